"""The twins are trained and measured on the sizes for tests."""

from __future__ import annotations

from melonb.musicvae.twins import twins


def test_each_twin_is_trained_with_openings_and_without() -> None:
    result = twins(["folk"], 20, preset="tiny", limit=8)
    assert [(row["model"], row["openings"]) for row in result.rows] == [
        ("mel-16bar", True),
        ("mel-16bar", False),
        ("mel-16bar-flat", True),
        ("mel-16bar-flat", False),
    ]
    for row in result.rows:
        assert 0 <= row["sampled low"] <= row["sampled"] <= row["sampled high"] <= 1
    assert result.rows[0]["teacher-forced"] != result.rows[1]["teacher-forced"]
    assert result.budget["steps"] == 20
