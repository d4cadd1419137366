"""The twins are trained and measured on the sizes for tests."""

from __future__ import annotations

import pytest

from melonb.musicvae import twins


def test_each_twin_is_trained_with_openings_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    plans, fit = [], twins.fit

    def watched(plan, *words, **named):
        plans.append(plan)
        return fit(plan, *words, **named)

    monkeypatch.setattr(twins, "fit", watched)
    result = twins.twins(["folk"], 4, preset="tiny", limit=8)
    assert [(row["model"], row["openings"]) for row in result.rows] == [
        ("mel-16bar", True),
        ("mel-16bar", False),
        ("mel-16bar-flat", True),
        ("mel-16bar-flat", False),
    ]
    assert [plan.openings for plan in plans] == [((1, 8), (2, 4), (3, 2)), ()] * 2
    for row in result.rows:
        assert 0 <= row["sampled low"] <= row["sampled"] <= row["sampled high"] <= 1
    assert result.budget["steps"] == 4
