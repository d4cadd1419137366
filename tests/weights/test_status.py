"""The status page of a paper that exists for these tests alone."""

from __future__ import annotations

import json
from pathlib import Path

from melonb.training import Result
from melonb.weights.status import check, write
from melonb.weights.tables import table


def test_tables_are_drawn_from_results_and_checked(toy: None, root: Path) -> None:
    folder = root / "results" / "toy"
    Result(
        "first-accuracy", "toy/first", "accuracy", 0.9123, (0.9, 0.92), paper=0.95, preset="book"
    ).save(folder)
    Result("first-accuracy", "toy/first", "accuracy", 0.5, paper=0.95, preset="paper").save(
        folder / "paper"
    )
    Result("first-curve", "toy/first", "curve", rows=[{"t": 1}]).save(folder)
    drawn = table("toy", root)
    assert drawn.rows == (("first: accuracy", "0.950", "0.912 (0.900 to 0.920)", "0.500"),)
    assert [path.name for path in check(root)] == ["status.md"]
    write(root)
    assert check(root) == []

    shown = {"data": {"text/markdown": drawn.markdown()}}
    notebook = {"cells": [{"outputs": [shown]}, {"outputs": []}, {}]}
    path = root / "book" / "toy" / "5-against-the-paper.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook))
    assert check(root) == []
    Result("first-accuracy", "toy/first", "accuracy", 0.93, preset="book").save(folder)
    assert [path.name for path in check(root)] == ["status.md", "5-against-the-paper.ipynb"]
    write(root)
    assert check(root) == [path]


def test_rows_that_change_are_found_too(toy: None, root: Path) -> None:
    for size in (8, 16):
        rows = [{"who": "a", "size": size}]
        Result("first-rows", "toy/first", "metrics", rows=rows).save(root / "results" / "toy")
        assert [path.name for path in check(root)] == ["status.md"]
        write(root)
        text = (root / "book" / "reference" / "status.md").read_text()
        assert f"| a | {size} |" in text.split("### Toy: rows")[1]


def test_what_the_benchmarks_noted_is_told(toy: None, root: Path) -> None:
    row = {"goal": 2.5, "below": True}
    Result("a-b", "melonb", "a over b", 2.25, rows=(row,)).save(root / "results" / "speed")
    write(root)
    page = (root / "book" / "reference" / "status.md").read_text()
    assert "| a over b | below 2.5 | 2.250 |" in page.split("## Speed")[1]
