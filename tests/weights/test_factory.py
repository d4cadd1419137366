"""The factory and the tables, on a paper that exists for this test alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from melonb.errors import MelonbError
from melonb.training import Result
from melonb.weights import registry, tables, training
from melonb.weights.factory import ordered, train_all
from melonb.weights.tables import Choice, check, table, write
from melonb.weights.training import finished, train

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))

from toy import Toy, ToyTask, recipe


class Paper(SimpleNamespace):
    """Two models, of which ``second`` needs ``first``; it counts what it is asked to train."""

    MODELS = ("second", "first")

    def build(self, model: str, preset: str = "book", **size: object) -> Toy:
        return Toy(0.0)

    def recipe(self, model: str, preset: str = "book", **changes: object):
        needs = ("toy/first",) if model == "second" else ()
        return recipe(model=f"toy/{model}", preset=preset, needs=needs).replace(**changes)

    def task(self, recipe, *, needs):
        assert set(needs) == set(recipe.needs)
        assert all(path.exists() for path in needs.values())
        return ToyTask()

    def measure(self, model, net, source, *, limit=None, seed=0, split="test"):
        score = ToyTask().validate(net)["score"]
        name = f"{model}-accuracy"
        return [Result(name, f"toy/{model}", "accuracy", score, (0.1, 0.9), paper=0.95)]


@pytest.fixture
def toy(home, monkeypatch) -> Paper:
    paper = Paper()
    monkeypatch.setattr(registry, "PAPERS", ("toy",))
    monkeypatch.setattr(registry, "_module", lambda name: paper)
    corpus = SimpleNamespace(name="songs", hash="0123456789abcdef")
    monkeypatch.setattr("melonb.weights.measuring._source", lambda *a: (corpus, ()))
    return paper


@pytest.fixture
def root(tmp_path: Path, monkeypatch) -> Path:
    (tmp_path / "results").mkdir()
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(tables, "TABLES", {"toy": Choice("The toy", "toy", "accuracy")})
    monkeypatch.setattr(tables, "LISTED", {"toy-rows": ("Toy: rows", "toy", "first-rows")})
    monkeypatch.setattr(tables, "PAPERS", ("toy",))
    return tmp_path


def test_needs_come_first(toy: Paper) -> None:
    assert ordered(["toy/second"], "book") == ["toy/first", "toy/second"]


def test_all_are_trained_measured_and_bundled_once(toy: Paper, root: Path) -> None:
    said: list[str] = []
    where = {"results": root / "results", "weights": root / "weights"}
    rows = train_all(say=said.append, **where)
    assert [row["model"] for row in rows] == ["toy/first", "toy/second"]
    assert all(row["score"] > 0.5 for row in rows)
    assert any("in all" in line for line in said)
    result = Result.load(root / "results" / "toy" / "first-accuracy.json")
    assert result.budget["steps"] == 40
    assert result.data == "songs"
    assert result.command == "melonb measure toy/first"  # and not what called this test
    card = json.loads((root / "weights" / "toy" / "second.json").read_text())
    assert card["figures"][0]["value"] == result.value
    assert card["curve"]

    said.clear()
    before = (root / "results" / "toy" / "first-accuracy.json").read_bytes()
    assert train_all(say=said.append, **where) == rows
    assert "0 to train" in said[0]
    assert (root / "results" / "toy" / "first-accuracy.json").read_bytes() == before


def test_a_budget_shortens_every_recipe(toy: Paper, root: Path) -> None:
    where = {"results": root / "results", "weights": root / "weights"}
    train_all(seconds=1e-9, say=lambda line: None, steps=1000, **where)
    result = Result.load(root / "results" / "toy" / "second-accuracy.json")
    assert result.budget["steps"] == 50


def test_what_a_model_needs_is_trained_with_it(toy: Paper) -> None:
    train("toy/second", preset="tiny", progress=False, steps=5)
    assert finished(registry.run_folder("toy/first", "tiny"))
    assert not finished(registry.run_folder("toy/first", "book"))


def test_what_a_model_needs_must_be_whole(toy: Paper, monkeypatch) -> None:
    stopped = SimpleNamespace(stopped="interrupt")
    monkeypatch.setattr(training, "train", lambda *args, **named: stopped)
    with pytest.raises(KeyboardInterrupt):
        training.needed(training.recipe_of("toy/second", "tiny", None, {}), progress=False)


def test_tables_are_drawn_from_results_and_checked(toy: Paper, root: Path) -> None:
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


def test_the_rows_of_a_result_are_a_table_too(toy: Paper, root: Path) -> None:
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
    write(root)
    assert "### Toy: rows" in (root / "book" / "reference" / "status.md").read_text()
    errors = [{"error": 0.5, "low": 0.25, "high": 0.75, "paper": 0.125}]
    Result("first-rows", "toy/first", "errors", rows=errors).save(root / "results" / "toy")
    assert table("toy-rows", root).rows == (("0.500 (0.250 to 0.750); 0.125",),)
    assert [path.name for path in check(root)] == ["status.md"]


def test_what_the_benchmarks_noted_is_told(toy: Paper, root: Path) -> None:
    row = {"goal": 2.5, "below": True}
    Result("a-b", "melonb", "a over b", 2.25, rows=(row,)).save(root / "results" / "speed")
    write(root)
    page = (root / "book" / "reference" / "status.md").read_text()
    assert "| a over b | below 2.5 | 2.250 |" in page.split("## Speed")[1]


def test_a_table_or_a_project_that_is_not_there_is_named(toy: Paper, root: Path) -> None:
    with pytest.raises(MelonbError, match="choose from toy, toy-rows, goals"):
        table("nothing", root)
    (root / "results" / "toy").mkdir()
    (root / "results" / "toy" / "broken.json").write_text("{")
    with pytest.raises(MelonbError, match=r"broken\.json"):
        table("goals", root)
