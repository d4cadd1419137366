"""The chapter's further results: curves from cards, and trainings that differ in one thing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from melonb.corpora.corpus import Corpus
from melonb.ec2vae import build, recipe, report
from melonb.ec2vae.data import task
from melonb.ec2vae.held_out import Phrases
from melonb.training import Recipe, Result, fit


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


@pytest.fixture
def shorter(corpus: Corpus, tmp_path: Path) -> Path:
    """Weights of the models to build on, as a folder that comes with melonb has them."""
    for model in ("2bar", "4bar"):
        plan = recipe(model, "tiny", steps=1)
        needs = {name: tmp_path / f"{name.split('/')[1]}.safetensors" for name in plan.needs}
        run = fit(plan, task(plan, needs=needs), tmp_path / model, progress=False)
        shutil.copy(tmp_path / model / "best.safetensors", tmp_path / f"{model}.safetensors")
        assert run.best.step == 1
    return tmp_path


def test_both_kinds_of_negatives_are_trained_and_measured(shorter: Path) -> None:
    result = report.negatives(shorter, ["made-up"], 2, preset="tiny", limit=8)
    assert result.model == "ec2vae/4bar"
    assert [row["negatives"] for row in result.rows] == ["ours", "published"]
    for row in result.rows:
        assert row["low"] <= row["accuracy"] <= row["high"]
        assert row["transposition ratio"] > 0
    assert result.songs


def test_either_shorter_model_is_begun_from(shorter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[Any, ...]] = []

    def watched(plan: Recipe, needs: Any) -> Any:
        made = task(plan, needs=needs)
        net, start = made.model().net, made.objective.start
        same = all(
            torch.equal(value, net.decoder.state_dict()[name])
            for name, value in made.earlier[start].decoder.state_dict().items()
        )
        begun.append((start, made.objective.contrast, same))
        return made

    monkeypatch.setattr(report, "task", watched)
    result = report.starts(shorter, ["made-up"], 2, preset="tiny", limit=8)
    assert begun == [
        ("2bar", False, True),
        ("2bar", True, True),
        ("4bar", False, True),
        ("4bar", True, True),
    ]
    assert [row["start"] for row in result.rows] == [
        "2bar, no contrast",
        "2bar, contrast",
        "4bar, no contrast",
        "4bar, contrast",
    ]


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
