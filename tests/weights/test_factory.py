"""The factory, on a paper that exists for this test alone."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from melonb.training import Result
from melonb.weights import registry, training
from melonb.weights.factory import ordered, train_all
from melonb.weights.loading import load_net
from melonb.weights.training import finished, train


def test_needs_come_first(toy: None) -> None:
    assert ordered(["toy/second"], "book") == ["toy/first", "toy/second"]


def test_all_are_trained_measured_and_bundled_once(toy: None, root: Path) -> None:
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
    bundled = load_net("toy/second", source=root / "weights" / "toy" / "second.safetensors")
    norm = Result.load(root / "results" / "toy" / "second-norm.json")
    assert norm.value == float(bundled.output.weight.detach().norm())  # of the packed weights

    said.clear()
    before = (root / "results" / "toy" / "first-accuracy.json").read_bytes()
    assert train_all(say=said.append, **where) == rows
    assert "0 to train" in said[0]
    assert (root / "results" / "toy" / "first-accuracy.json").read_bytes() == before


def test_a_budget_shortens_every_recipe(toy: None, root: Path) -> None:
    where = {"results": root / "results", "weights": root / "weights"}
    train_all(seconds=1e-9, say=lambda line: None, steps=1000, **where)
    result = Result.load(root / "results" / "toy" / "second-accuracy.json")
    assert result.budget["steps"] == 50


def test_what_a_model_needs_is_trained_with_it(toy: None) -> None:
    train("toy/second", preset="tiny", progress=False, steps=5)
    assert finished(registry.run_folder("toy/first", "tiny"))
    assert not finished(registry.run_folder("toy/first", "book"))


def test_what_a_model_needs_must_be_whole(toy: None, monkeypatch) -> None:
    stopped = SimpleNamespace(stopped="interrupt")
    monkeypatch.setattr(training, "train", lambda *args, **named: stopped)
    with pytest.raises(KeyboardInterrupt):
        training.needed(training.recipe_of("toy/second", "tiny", None, {}), progress=False)
