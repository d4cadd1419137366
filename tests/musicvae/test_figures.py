"""Figures are drawn from result files and music."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from melonb import musicvae
from melonb.music import Melody
from melonb.musicvae import figures
from melonb.musicvae.experiments import AMOUNTS, PAPER
from melonb.training import Result


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def test_table_1_has_a_row_for_all_that_the_paper_reports():
    ours = Result("mel-2bar-accuracy-melody-sampled", "musicvae/mel-2bar", "accuracy", 0.9)
    rows = figures.table([ours])
    assert len(rows) == len(PAPER) == 12
    row = next(row for row in rows if row["model"] == "mel-2bar")
    assert row["ours, sampled"] == 0.9
    assert row["paper, sampled"] == 0.951
    assert row["ours, teacher-forced"] is None


def test_figure_3_has_a_line_for_each_model_and_for_the_data():
    rows = [
        {"alpha": a, "latent distance": a, "data distance": a, "latent cost": 1, "data cost": 1}
        for a in (0, 0.5, 1)
    ]
    result = Result("mel-16bar-interpolation", "musicvae/mel-16bar", "interpolation", rows=rows)
    figure = figures.interpolation({"hierarchical": result, "flat": result})
    assert [len(axes.get_lines()) for axes in figure.axes] == [3, 4]


def test_attributes_have_a_plot_each():
    row = {"attribute": "density", "original": 3.0, **{f"{a:+.1f}": a for a in AMOUNTS}}
    figure = figures.attributes(Result("a", "musicvae/mel-2bar", "attributes", rows=[row] * 5))
    titles = [axes.get_title() or axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["density"] * 5  # on the left in the book's style


def test_accuracy_by_bar():
    rows = [{"bar": bar, "sampled": 0.5} for bar in (1, 2)]
    figure = figures.by_bar({"flat": Result("b", "musicvae/mel-16bar-flat", "by bar", rows=rows)})
    assert len(figure.axes[0].get_lines()) == 1


def test_rolls_share_an_axis_of_pitch():
    low, high = Melody([48] + [128] * 15), Melody([72] + [128] * 15)
    first, second = figures.rolls([low, high], ["low", "high"]).axes
    assert first.get_ylim() == second.get_ylim()
    assert [label.get_text() for label in first.get_yticklabels()] == ["C3", "C4", "C5"]
    figures.rolls([Melody([129] * 16)], ["silence"])  # no pitch at all


@pytest.mark.parametrize("model", ["mel-2bar", "drums-2bar", "trio-16bar"])
def test_rolls_and_diagrams(model):
    net = musicvae.build(model, "tiny")
    music = musicvae.instrument(model, net).sample(2)
    assert len(figures.rolls(music, ["one", "two"]).axes) == 2
    texts = [text.get_text() for text in figures.diagram(net).axes[0].texts]
    assert any("z\n6 numbers" in text for text in texts)
