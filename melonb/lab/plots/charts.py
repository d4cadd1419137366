"""The charts that chapters draw most. Each requires an alt text and shows itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from melonb.lab.element import Element
from melonb.lab.plots.showing import show
from melonb.lab.plots.style import COLOURS, HATCHES, INK, MARKERS

__all__ = ["bars", "boxes", "clusters", "curves", "heat", "plane", "similarity"]

MANY_POINTS = 25
SIGNS = 80  # that a legend over a figure of the usual width has room for, in one row


def _axes(width: float = 7.0, height: float = 3.4) -> tuple[Any, Any]:
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height))


def _legend(figure: Any, axes: Any, **look: Any) -> None:
    """Put the legend where nothing is drawn; over the figure where there is no such place."""
    legend = axes.legend(**look)
    figure.canvas.draw()
    box = legend.get_window_extent()
    paths = [(line, line.get_transform().transform_path(line.get_path())) for line in axes.lines]
    if not any(
        box.count_contains(path.vertices)
        or (line.get_linestyle() != "None" and path.intersects_bbox(box, filled=False))
        for line, path in paths
    ):
        return
    legend.remove()
    longest = max(len(line.get_label()) for line in axes.lines)
    columns = min(len(axes.lines), max(1, SIGNS // (longest + 8)))
    figure.legend(loc="outside upper right", ncols=columns, **look)


def _in_words(column: str) -> str:
    """Give the name of a column of a run's history as a reader would say it."""
    said = column.replace("valid/", "held-out ").replace("_", " ").split()
    return " ".join("KL" if word == "kl" else word for word in said)


def curves(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]] | Sequence[Mapping[str, Any]],
    *,
    alt: str,
    caption: str = "",
    x: str = "step",
    y: Sequence[str] = (),
    xlabel: str | None = None,
    ylabel: str = "",
    log: bool = False,
) -> Element:
    """Draw curves: a training history, a sweep.

    Parameters
    ----------
    series
        ``{name: (x values, y values)}``; or the rows of a run's history, with the names of the
        columns to draw in ``y`` (rows that lack one are passed over).
    log
        Logarithmic y axis.
    """
    figure, axes = _axes()
    if not isinstance(series, Mapping):
        rows = series
        series = {
            _in_words(name): (
                [row[x] for row in rows if name in row],
                [row[name] for row in rows if name in row],
            )
            for name in y
        }
    for place, (name, (across, up)) in enumerate(series.items()):
        few = len(across) <= MANY_POINTS
        axes.plot(across, up, label=name, marker=MARKERS[place % 6] if few else None)
    axes.set(xlabel=xlabel or x, ylabel=ylabel)
    if log:
        axes.set_yscale("log")
    if len(series) > 1:
        _legend(figure, axes)
    return show(figure, alt=alt, caption=caption)


def bars(
    values: Mapping[str, Any],
    *,
    alt: str,
    caption: str = "",
    xlabel: str = "",
    paper: Mapping[str, float] | None = None,
) -> Element:
    """Draw one horizontal bar for each value, with its interval and the paper's figure.

    Parameters
    ----------
    values
        Numbers, or anything with ``value``, ``low`` and ``high``.
    paper
        What the paper reports under the same names; drawn as a diamond.
    """
    figure, axes = _axes(height=0.9 + 0.42 * len(values))
    places = np.arange(len(values))[::-1]
    heights = [float(getattr(one, "value", one)) for one in values.values()]
    axes.barh(places, heights, height=0.62, color=COLOURS[0], alpha=0.85)
    for place, one in zip(places, values.values(), strict=True):
        if getattr(one, "low", None) is not None:
            axes.plot([one.low, one.high], [place, place], "-", color=INK, linewidth=1.6)
            axes.plot([one.low, one.high], [place, place], "|", color=INK, markersize=8)
    if paper:
        marks = [
            (paper[name], place)
            for name, place in zip(values, places, strict=True)
            if name in paper
        ]
        across, up = zip(*marks, strict=True)
        axes.plot(across, up, "D", color=COLOURS[1], label="the paper", markersize=7)
        figure.legend(loc="outside upper right")
    axes.set_yticks(places, list(values))
    axes.set(xlabel=xlabel)
    axes.grid(axis="y", visible=False)
    return show(figure, alt=alt, caption=caption)


def boxes(
    groups: Mapping[str, Sequence[float]], *, alt: str, caption: str = "", ylabel: str = ""
) -> Element:
    """Draw a box for each group: median as a line, mean as a triangle."""
    figure, axes = _axes()
    axes.boxplot(
        [np.asarray(group, float) for group in groups.values()],
        tick_labels=list(groups),
        showmeans=True,
        medianprops={"color": COLOURS[3], "linewidth": 2.2, "linestyle": "-"},
        meanprops={"marker": "^", "markerfacecolor": COLOURS[1], "markeredgecolor": COLOURS[1]},
        boxprops={"color": INK, "linestyle": "-"},
        whiskerprops={"color": INK, "linestyle": "-"},
        capprops={"color": INK, "linestyle": "-"},
        flierprops={"markeredgecolor": INK, "markersize": 4},
    )
    axes.set(ylabel=ylabel)
    axes.grid(axis="x", visible=False)
    return show(figure, alt=alt, caption=caption)


def clusters(
    groups: Mapping[str, Mapping[str, Any]],
    *,
    alt: str,
    caption: str = "",
    ylabel: str = "",
    ground: float = 0.0,
    top: float | None = None,
) -> Element:
    """Draw bars in clusters side by side, each with its interval.

    Parameters
    ----------
    groups
        ``{cluster: {bar: value}}``, the same bars in each cluster; a value is a number, or anything
        with ``value``, ``low`` and ``high``. Each bar has a colour and a hatching of its own.
    ground
        What the bars stand on: the lowest answer, where a scale does not begin at 0.
    top
        Where the scale ends.
    """
    figure, axes = _axes()
    names = list(next(iter(groups.values())))
    width = 0.8 / len(names)
    for number, name in enumerate(names):
        places = np.arange(len(groups)) + (number - (len(names) - 1) / 2) * width
        found = [group[name] for group in groups.values()]
        heights = [float(getattr(one, "value", one)) - ground for one in found]
        look = {"color": COLOURS[number % 6], "hatch": HATCHES[number % 6], "edgecolor": INK}
        axes.bar(places, heights, 0.9 * width, bottom=ground, label=name, alpha=0.85, **look)
        for place, one in zip(places, found, strict=True):
            if getattr(one, "low", None) is not None:
                axes.plot([place, place], [one.low, one.high], "-", color=INK, linewidth=1.6)
                axes.plot([place, place], [one.low, one.high], "_", color=INK, markersize=8)
    axes.set_xticks(range(len(groups)), list(groups))
    axes.set(ylabel=ylabel, ylim=(ground, top))
    axes.grid(axis="x", visible=False)
    figure.legend(loc="outside upper right", ncols=len(names))
    return show(figure, alt=alt, caption=caption)


def plane(
    points: Mapping[str, np.ndarray],
    *,
    alt: str,
    caption: str = "",
    xlabel: str = "first direction",
    ylabel: str = "second direction",
    lines: bool = False,
) -> Element:
    """Draw a map of latent points.

    Parameters
    ----------
    points
        Arrays (N, 2), one a group; each group gets a colour and a marker of its own.
    lines
        Join the points of a group, for paths.
    """
    figure, axes = _axes(width=5.6, height=4.6)
    for place, (name, group) in enumerate(points.items()):
        array = np.asarray(group, float)
        style = "-" if lines else ""
        axes.plot(
            array[:, 0],
            array[:, 1],
            linestyle=style,
            marker=MARKERS[place % 6],
            alpha=0.75,
            color=COLOURS[place % 6],
            label=name,
            markersize=4,
            markeredgewidth=0,
        )
    axes.set(xlabel=xlabel, ylabel=ylabel)
    if len(points) > 1:
        _legend(figure, axes, markerscale=1.6)
    return show(figure, alt=alt, caption=caption)


def heat(
    matrix: np.ndarray,
    *,
    alt: str,
    caption: str = "",
    xlabel: str = "",
    ylabel: str = "",
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    scale: str = "",
    first: int = 0,
) -> Element:
    """Draw a matrix (rows, columns) as colours, with a bar that tells their values.

    Parameters
    ----------
    rows, columns
        Names instead of numbers along the axes.
    scale
        What the colours measure.
    first
        The number of the first row and column, where they have no names: 1 for bars.
    """
    array = np.asarray(matrix, float)
    figure, axes = _axes(
        width=6.2, height=max(2.2, min(5.2, 6.2 * array.shape[0] / array.shape[1]))
    )
    left, below = first - 0.5, first - 0.5 + array.shape[0]
    edges = (left, left + array.shape[1], below, left)
    image = axes.imshow(array, aspect="auto", interpolation="nearest", extent=edges)
    axes.grid(visible=False)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.locator_params(integer=True)
    if rows is not None:
        axes.set_yticks(range(len(rows)), list(rows))
    if columns is not None:
        axes.set_xticks(range(len(columns)), list(columns))
    figure.colorbar(image, label=scale)
    return show(figure, alt=alt, caption=caption)


def similarity(
    bars_or_steps: np.ndarray, *, alt: str, caption: str = "", unit: str = "bar"
) -> Element:
    """Draw how much each part of a piece is like each other part.

    Parameters
    ----------
    bars_or_steps
        One row a bar (or step), its tokens or features as columns; likeness is the share of columns
        that are equal.
    """
    array = np.asarray(bars_or_steps)
    likeness = (array[:, None, :] == array[None, :, :]).mean(axis=-1)
    scale = "share of equal steps"
    return heat(likeness, alt=alt, caption=caption, xlabel=unit, ylabel=unit, scale=scale, first=1)
