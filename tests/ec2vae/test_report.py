"""The chapter's further results: curves from cards, and one kind of negatives beside the other."""

from __future__ import annotations

import json
from pathlib import Path

from melonb.corpora.corpus import Corpus
from melonb.ec2vae import recipe, report
from melonb.ec2vae.data import task
from melonb.training import fit


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
