"""The chapter's further results: curves from cards, and one kind of negatives beside the other."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from melonb.corpora.corpus import Corpus
from melonb.ec2vae import build, recipe, report
from melonb.ec2vae.data import task
from melonb.ec2vae.held_out import Phrases
from melonb.training import Result, fit


def test_curves_are_read_off_the_cards(tmp_path: Path) -> None:
    valid = {"step": 2, "valid/accuracy": 0.5, "valid/rhythm": 0.75}
    card = {
        "preset": "book",
        "recipe": {"batch_size": 8, "data": ["a", "b"]},
        "data_hash": "0",
        "steps": 2,
        "seconds": 1.5,
        "curve": [{"step": 1, "loss": 3.0}, valid],
    }
    (tmp_path / "8bar-long.json").write_text(json.dumps(card))
    (curve,) = report.curves(tmp_path)
    assert curve.name == "8bar-long-curve"
    assert curve.rows == ({"step": 2, "accuracy": 0.5, "rhythm": 0.75},)
    assert curve.budget == {"steps": 2, "batch_size": 8, "seconds": 1.5}
    assert curve.data == "a+b"


def test_both_kinds_of_negatives_are_trained_and_measured(corpus: Corpus, tmp_path: Path) -> None:
    plan = recipe("2bar", "tiny", steps=1)
    fit(plan, task(plan), tmp_path, progress=False)
    result = report.negatives(tmp_path, ["made-up"], 2, preset="tiny", limit=8)
    assert [row["negatives"] for row in result.rows] == ["ours", "published"]
    for row in result.rows:
        assert row["low"] <= row["accuracy"] <= row["high"]
        assert row["transposition ratio"] > 0
    assert result.songs


def test_negatives_are_measured_where_the_model_was_trained(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = build("4bar", "tiny").to("meta")  # stands for a GPU
    run = SimpleNamespace(model=SimpleNamespace(net=net))
    heard: list[Phrases] = []

    def look(model: str, net: Any, held_out: Phrases, seed: int = 0) -> list[Result]:
        heard.append(held_out)
        return [Result("a", model, name, 0.5) for name in ("accuracy", "accuracy-rhythm")]

    monkeypatch.setattr(report, "task", lambda plan, needs: None)
    monkeypatch.setattr(report, "fit", lambda plan, task, progress: run)
    monkeypatch.setattr(report, "reconstruction", look)
    monkeypatch.setattr(report, "transposition", lambda *given: look(*given)[0])
    report.negatives(Path("2bar"), ["made-up"], 2, preset="tiny", limit=8)
    assert len(heard) == 4
    assert {held_out.melody.device.type for held_out in heard} == {"meta"}
