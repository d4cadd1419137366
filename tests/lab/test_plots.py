from __future__ import annotations

import re
from types import SimpleNamespace
from urllib.parse import unquote

import matplotlib.pyplot as plt
import numpy as np
import pytest

from melonb import lab
from melonb.errors import UsageError
from melonb.lab.plots.style import DARK

ALT = "A picture that is drawn for a test."


@pytest.fixture(autouse=True)
def _style() -> None:
    plt.close("all")  # what other tests of this process left open
    lab.plots.use_house_style()


def drawing(element: lab.Element) -> str:
    return unquote(re.search(r'src="data:image/svg\+xml,([^"]*)"', element.html)[1])


def test_every_chart_draws_and_closes_its_figure() -> None:
    interval = SimpleNamespace(value=0.5, low=0.4, high=0.6)
    rows = [{"step": 1, "loss": 3.0}, {"step": 2, "loss": 2.0, "score": 0.1}]
    charts = [
        lab.plots.curves(rows, y=["loss", "score"], log=True, alt=ALT),
        lab.plots.bars({"a": interval, "b": 1}, paper={"a": 0.5}, alt=ALT),
        lab.plots.boxes({"a": [1, 2, 3], "b": [2, 2, 5]}, alt=ALT),
        lab.plots.clusters({"x": {"a": interval, "b": 1}, "y": {"a": 2, "b": interval}}, alt=ALT),
        lab.plots.plane({"a": np.eye(2), "b": np.zeros((3, 2))}, lines=True, alt=ALT),
        lab.plots.heat(np.eye(3), rows="abc", columns="xyz", scale="how much", alt=ALT),
        lab.plots.similarity(np.arange(32).reshape(2, 16), alt=ALT),
    ]
    assert plt.get_fignums() == []
    for chart in charts:
        assert f'alt="{ALT}"' in chart.html
        assert len(chart.html) < 40_000


@pytest.mark.parametrize("alt", ["", "   ", "curve"])
def test_an_alt_text_is_required(alt: str) -> None:
    with pytest.raises(UsageError, match="alt text"):
        lab.plots.curves({"a": ([0], [1])}, alt=alt)
    plt.close("all")


def test_every_house_colour_has_a_dark_twin() -> None:
    curves = {f"line {n}": ([0, 1], [n, n]) for n in range(6)}
    text = drawing(lab.plots.curves(curves, alt=ALT))
    body = text.split("</style>", 1)[1]
    assert [colour for colour in DARK if colour in body] == []
    assert "prefers-color-scheme:dark" in text
    assert text.count("var(--c") > 12


def test_black_and_white_have_a_dark_twin_too() -> None:
    figure, axes = plt.subplots()
    axes.barh(0, 4, edgecolor="white")
    axes.text(2, 0, "bars 1-4", color="white")
    axes.annotate("", (1, 1), (0, 0), arrowprops={"arrowstyle": "->"})
    body = drawing(lab.plots.show(figure, alt=ALT)).split("</style>", 1)[1]
    assert "#ffffff" not in body
    assert "#000000" not in body


def test_a_legend_stays_inside_where_there_is_room_and_moves_out_where_there_is_none() -> None:
    def height(lines: dict[str, tuple[list[int], list[float]]]) -> float:
        """Find where the highest grid line stands: lower where a legend is over the axes."""
        text = drawing(lab.plots.curves(lines, alt=ALT))
        return min(
            float(y) for y in re.findall(r"<path d=\"M [\d.]+ [\d.]+ L [\d.]+ ([\d.]+)", text)
        )

    name = "a name that is so long that it crosses the figure from its left to its right side"
    roomy = {"a": ([0, 1], [0, 0.1]), "b": ([0, 1], [0.2, 1])}
    full = {name: ([0, 1, 2, 3] * 9, [0, 3, 3, 0, 1, 2] * 6), "b": ([0, 3], [3, 0])}
    assert height(full) > height(roomy) + 10


def test_columns_of_a_history_are_named_in_words() -> None:
    rows = [{"step": 1, "valid/kl_bits": 3.0, "error": 1.0}, {"step": 2, "valid/kl_bits": 2.0}]
    text = drawing(lab.plots.curves(rows, y=["valid/kl_bits", "error"], alt=ALT))
    assert ">held-out KL bits</text>" in text


def test_the_bars_of_a_piece_are_counted_from_one() -> None:
    text = drawing(lab.plots.similarity(np.arange(48).reshape(3, 16), alt=ALT))
    assert ">0</text>" not in text
    assert text.count(">3</text>") >= 2


def test_bars_in_clusters_differ_in_form_as_well_as_in_colour() -> None:
    groups = {"x": dict.fromkeys("abc", 2.0), "y": dict.fromkeys("abc", 3.0)}
    text = drawing(lab.plots.clusters(groups, ground=1, top=5, alt=ALT))
    assert text.count("<pattern") == 2  # the first is plain
    assert all(f">{name}</text>" in text for name in "abcxy")
    assert ">0.0</text>" not in text


def test_the_same_plot_is_the_same_text() -> None:
    first, second = (lab.plots.curves({"a": ([0, 1], [0, 1])}, alt=ALT).html for _ in range(2))
    assert first == second


def test_small_numbers_at_an_axis_are_written_in_full() -> None:
    text = drawing(lab.plots.curves({"a": ([0, 1], [0.0012, 0.0048])}, alt=ALT))
    written = {float(label) for label in re.findall(r">(0\.\d+)</text>", text)}
    assert {0.0015, 0.0025} <= written
    assert not re.search(r"<[^>]*\d\.\d{3}[^>]*>", text)  # what nobody reads stays short


def test_a_heavy_picture_travels_as_png() -> None:
    points = np.random.default_rng(0).normal(size=(6000, 2))
    shown = lab.plots.plane({"all": points}, alt=ALT)
    assert "data:image/png;base64" in shown.html
    assert len(shown.html) < 250_000


def test_a_caption_is_safe_and_emphasised() -> None:
    shown = lab.plots.curves({"a": ([0], [1])}, alt=ALT, caption="*See* the <rise>.")
    assert "<figcaption><em>See</em> the &lt;rise&gt;.</figcaption>" in shown.html


def test_any_figure_can_be_shown() -> None:
    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, 1])
    assert repr(lab.plots.show(figure, alt=ALT)) == f"Figure: {ALT}"
