"""Tables from the results of a paper that exists for these tests alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from melonb.errors import MelonbError
from melonb.training import Result
from melonb.weights.tables import table


def test_the_rows_of_a_result_are_a_table_too(toy: None, root: Path) -> None:
    assert "Not measured yet." in table("toy-rows", root).markdown()
    rows = [
        {"who": "a", "copied": False, "db": 0.25, "paper_db": 0.5, "size": 8, "up": None},
        {"who": "b", "copied": False, "db": 0.125, "paper_db": None, "size": 16, "up": 2.0},
    ]
    one = Result("first-rows", "toy/first", "metrics", rows=rows, budget={"loops": 2048})
    one.save(root / "results" / "toy")
    drawn = table("toy-rows", root)
    assert drawn.head == ("", "DB", "size", "up")
    assert drawn.rows == (("a", "0.250; 0.500", "8", "–"), ("b", "0.125", "16", "2.000"))
    assert "2,048 loops" in drawn.markdown()
    errors = [{"error": 0.5, "low": 0.25, "high": 0.75, "paper": 0.125}]
    Result("first-rows", "toy/first", "errors", rows=errors).save(root / "results" / "toy")
    assert table("toy-rows", root).rows == (("0.500 (0.250 to 0.750); 0.125",),)


def test_a_table_or_a_project_that_is_not_there_is_named(toy: None, root: Path) -> None:
    with pytest.raises(MelonbError, match="choose from toy, toy-rows, goals"):
        table("nothing", root)
    (root / "results" / "toy").mkdir()
    (root / "results" / "toy" / "broken.json").write_text("{")
    with pytest.raises(MelonbError, match=r"broken\.json"):
        table("goals", root)
