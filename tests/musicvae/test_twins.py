"""The twins are trained and measured on the sizes for tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from melonb import musicvae
from melonb.musicvae import twins
from melonb.training.checkpoint import write_checkpoint


def test_each_twin_is_trained_with_each_head_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    short = tmp_path / "short.safetensors"
    write_checkpoint(short, musicvae.build("mel-2bar", "tiny").state_dict(), {})
    plans, fit = [], twins.fit

    def watched(plan, *words, **named):
        plans.append(plan)
        return fit(plan, *words, **named)

    monkeypatch.setattr(twins, "fit", watched)
    result = twins.twins(["folk"], 4, start=short, preset="tiny", limit=8)
    assert [(row["model"], row["start"], row["openings"]) for row in result.rows] == [
        (model, *head)
        for model in ("mel-16bar", "mel-16bar-flat")
        for head in ((True, True), (False, True), (False, False))
    ]
    opened = ((1, 8), (2, 4), (3, 2))
    assert [plan.openings for plan in plans] == [opened, opened, ()] * 2
    assert [plan.needs for plan in plans] == [("musicvae/mel-2bar",), (), ()] * 2
    for row in result.rows:
        assert 0 <= row["sampled low"] <= row["sampled"] <= row["sampled high"] <= 1
    assert result.budget["steps"] == 4
    assert result.songs
