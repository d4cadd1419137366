"""The frontier is run, drawn and read on the sizes for tests."""

from __future__ import annotations

import matplotlib.pyplot as plt

from melonb.musicvae import figures
from melonb.musicvae.frontier import frontier


def test_each_allowance_is_trained_measured_and_drawn() -> None:
    result = frontier(["folk"], 2, allowances=(0.0, 1000.0), preset="tiny", limit=8)
    assert [row["free bits"] for row in result.rows] == [0.0, 1000.0]
    for row in result.rows:
        assert row["bits"] > 0
        assert row["sampled low"] <= row["sampled"] <= row["sampled high"] <= 1
        assert row["samples cost"] > 0
    assert result.budget["steps"] == 2
    figure = figures.frontier(result)
    assert [len(axes.get_lines()) for axes in figure.axes] == [2, 2]
    plt.close(figure)
