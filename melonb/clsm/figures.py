"""Pictures of the model and of its results, with plain matplotlib."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from scipy.optimize import isotonic_regression
from torch import Tensor, nn

from melonb.clsm.infiller import Bars
from melonb.clsm.spans import STEPS_PER_BAR, Span, decoder_mask
from melonb.music import Melody
from melonb.training.record import Result

__all__ = ["anatomy", "bent_grid", "fillings", "mask", "planes", "planes_in_words", "ratios"]

_MARKERS = {"clsm": "o", "vae": "s", "arnn": "^", "arnn-t": "v", "data": "D"}
_NAMES = {"clsm": "CLSM", "vae": "VAE", "arnn": "ARNN", "arnn-t": "ARNN_T", "data": "music"}
_AREAS = {"R(8)": 25, "R(4)": 60, "R(2)": 120}  # the paper's small, medium and large markers
_LINE = 0.045  # of an axis' height, from one small label to the next


def mask(span: Span) -> Figure:
    """Draw who may look at whom in the decoder (Fig. 2b), from the mask that the code uses."""
    figure, axes = plt.subplots(figsize=(4.6, 4.6))
    axes.imshow(
        decoder_mask(span).numpy(), cmap=ListedColormap(["#00000000", "C0"]), origin="upper"
    )
    middles = {
        "left context": (span.first + 1) / 2,
        "target": span.first + 1 + span.steps / 2,
        "right context": (span.stop + 129) / 2,
    }
    if span.left_context_only:
        del middles["right context"]
    for edge in (span.first + 0.5, span.stop + 0.5):
        axes.axhline(edge, color="C1", linewidth=1)
        axes.axvline(edge, color="C1", linewidth=1)
    axes.set_xticks(list(middles.values()), list(middles))
    axes.set_yticks(list(middles.values()), list(middles), rotation=90, va="center")
    axes.set_xlabel("looked at")
    axes.set_ylabel("looks")
    axes.grid(False)
    return figure


def bent_grid(*maps: Callable[[Tensor], Tensor], reach: float = 2.0) -> Figure:
    """Draw a square grid, and what maps of the plane do to it.

    Parameters
    ----------
    maps
        Each from points (N, 2) to points (N, 2).
    reach
        The grid goes from minus to plus this.
    """
    figure, every = plt.subplots(1, 1 + len(maps), figsize=(2.6 * (1 + len(maps)), 2.6))
    lines = np.linspace(-reach, reach, 13)
    fine = np.linspace(-reach, reach, 200)
    for axes, forward in zip(every, (lambda points: points, *maps), strict=True):
        for colour, flip in (("C0", False), ("C1", True)):
            for line in lines:
                points = np.stack((fine, np.full_like(fine, line)), axis=1)[:, :: -1 if flip else 1]
                moved = forward(torch.from_numpy(points.copy()).float()).detach().numpy()
                style = "--" if flip else "-"
                axes.plot(*moved.T, color=colour, linestyle=style, linewidth=0.8)
        axes.set_aspect("equal")
        axes.grid(False)
    return figure


def anatomy(net: nn.Module) -> Figure:
    """Draw the parts of a network and what each weighs, read off the modules themselves."""
    parts = [
        (f"{name}.{inner}" if inner else name, _count(module))
        for name, child in net.named_children()
        for inner, module in (list(child.named_children()) or [("", child)])
        if _count(module)
    ]
    figure, axes = plt.subplots(figsize=(6.5, 0.28 * len(parts) + 0.8))
    owners = list(dict.fromkeys(name.split(".")[0] for name, _ in parts))
    for row, (name, count) in enumerate(parts):
        axes.barh(row, count, color=f"C{owners.index(name.split('.')[0])}")
        axes.annotate(f" {count:,}", (count, row), va="center", fontsize=8)
    axes.set_yticks(range(len(parts)), [name for name, _ in parts])
    axes.invert_yaxis()
    axes.set_xlabel("parameters")
    axes.margins(x=0.18)
    return figure


def fillings(tunes: Mapping[str, Melody], bars: Bars) -> Figure:
    """Draw tunes one below another, all but ``bars`` shaded (Figs 1 and 3a)."""
    size = (7.0, 0.9 * len(tunes) + 0.5)
    figure, every = plt.subplots(
        len(tunes), 1, figsize=size, sharex=True, sharey=True, squeeze=False
    )
    for axes, (name, tune) in zip(every[:, 0], tunes.items(), strict=True):
        (track,) = tune.tracks()
        for start, length, pitch in track.notes.tolist():
            axes.barh(pitch, length - 0.3, left=start, height=0.9, color="C0")
        first, stop = (bar * STEPS_PER_BAR for bar in bars)
        for edges in ((0, first), (stop, tune.steps)):
            axes.axvspan(*edges, color="0.5", alpha=0.2, linewidth=0)
        axes.set_ylabel(name, rotation=0, ha="right", va="center")
        axes.set(yticks=[], xlim=(0, tune.steps), xticks=range(0, tune.steps + 1, STEPS_PER_BAR))
        axes.set_xticklabels([str(bar + 1) for bar in range(tune.bars)] + [""])
    every[-1, 0].set_xlabel("bar")
    return figure


def ratios(results: Mapping[str, Iterable[Result]], case: str = "all") -> Figure:
    """Draw R(J) against J, with the best that a path can do, 1/J.

    Parameters
    ----------
    results
        Model's name -> its results R(2), R(4), R(8).
    case
        ``all``, ``left context only`` or ``otherwise``.
    """
    figure, axes = plt.subplots(figsize=(5, 3.4))
    for number, (name, every) in enumerate(results.items()):
        rows = [row for result in every for row in result.rows if row["case"] == case and row["n"]]
        divisions = [row["divisions"] for row in rows]
        values = np.array([row["value"] for row in rows])
        ends = np.array([[row["low"], row["high"]] for row in rows]).reshape(-1, 2)
        errors = np.abs(ends.T - values)
        marker = list(_MARKERS.values())[number]
        axes.errorbar(divisions, values, errors, marker=marker, capsize=3, label=name)
    axes.plot([2, 4, 8], [1 / 2, 1 / 4, 1 / 8], linestyle=":", label="even path, 1/J")
    axes.set_xticks([2, 4, 8])
    axes.set_xlabel("J, steps from end to end")
    axes.set_ylabel("R(J), lower is smoother")
    axes.legend()
    return figure


def planes(result: Result, case: str = "otherwise") -> Figure:
    """Draw both planes of Fig. 3b for one case; a point without an R(J) is not drawn."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
    left.margins(x=0.2)  # room for the column of the last model
    right.margins(x=0.2)
    rows = [row for row in result.rows if row["case"] == case and row["value"] is not None]
    drawn = []
    for number, (model, name) in enumerate(_NAMES.items()):
        mine = [row for row in rows if row["model"] == model]
        likely = [row for row in mine if row["figure"] == "NLL of samples"]
        if model in ("clsm", "vae"):
            smooth = [row for row in mine if row["figure"] in _AREAS]
            drawn += [(left, smooth, f"C{number}"), (right, likely, f"C{number}")]
            for axes, chosen, colour in drawn[-2:]:
                _scatter(axes, chosen, _MARKERS[model], colour, name)
        else:
            for row in likely:
                style = (0, (1 + number, 1 + number))
                right.axhline(row["value"], color=f"C{number}", linestyle=style, label=name)
    for axes, chosen, colour in drawn:
        _weights(axes, chosen, colour)
    for axes, ylabel in ((left, "R(J), lower is smoother"), (right, "NLL, nats a symbol")):
        axes.set_xlabel("reconstruction accuracy, left context only")
        axes.set_ylabel(ylabel)
    signs = right.get_legend_handles_labels()
    figure.legend(*signs, loc="outside upper right", ncols=len(_NAMES))
    return figure


def planes_in_words(result: Result, case: str = "otherwise") -> str:
    """Say what `planes` draws, a clause a model, for those who do not see it."""
    said: dict[str, list[str]] = {}
    for row in result.rows:
        if row["case"] == case and row["value"] is not None:
            who = _NAMES[row["model"]]
            if row["accuracy"] is not None:
                who += f" {row['weight']:g} at accuracy {row['accuracy']:.2f}"
            figure = row["figure"].removesuffix(" of samples")
            said.setdefault(who, []).append(f"{figure} {row['value']:.2f}")
    return "; ".join(f"{who}: {', '.join(figures)}" for who, figures in said.items())


def _scatter(
    axes: Axes, rows: Iterable[Mapping[str, Any]], marker: str, colour: str, name: str
) -> None:
    """Draw a model's points, those of one figure joined in the order of their weights."""
    ordered = sorted(rows, key=lambda row: row["weight"])
    look: dict[str, Any] = {"marker": marker, "color": colour}
    for figure in dict.fromkeys(row["figure"] for row in ordered):
        points = [(row["accuracy"], row["value"]) for row in ordered if row["figure"] == figure]
        x, y = zip(*points, strict=True)
        axes.plot(x, y, color=colour, linestyle="-" if marker == "o" else "--", linewidth=0.7)
        axes.scatter(x, y, s=_AREAS.get(figure, 60), **look)
    axes.scatter([], [], s=60, label=name, **look)


def _weights(axes: Axes, rows: Iterable[Mapping[str, Any]], colour: str) -> None:
    """Write the weight of each point in a column to the right, none over another."""
    ordered = sorted(rows, key=lambda row: row["value"])
    if not ordered:
        return
    (least, most), (near, far) = axes.get_ylim(), axes.get_xlim()
    steps = _LINE * (most - least) * np.arange(len(ordered))
    heights = isotonic_regression([row["value"] for row in ordered] - steps).x + steps
    column = max(row["accuracy"] for row in ordered) + 0.06 * (far - near)
    for row, height in zip(ordered, heights, strict=True):
        axes.annotate(
            f"{row['weight']:g}",
            (row["accuracy"], row["value"]),
            xytext=(column, height),
            va="center",
            fontsize=7,
            arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": colour},
        )


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
