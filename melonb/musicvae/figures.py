"""From result files and music to the paper's figures, in plain matplotlib.

The style (colours, sizes) is the caller's: `melonb.lab.setup` sets the book's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from melonb.music import Drums, Melody, Trio
from melonb.musicvae.experiments import AMOUNTS, PAPER
from melonb.musicvae.model import MusicVAE
from melonb.training.record import Result

__all__ = ["attributes", "by_bar", "diagram", "frontier", "interpolation", "rolls", "table"]

_MARKS = ("o", "s", "D", "^", "v", "P")


def table(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Table 1: a row for each model and stream, ours beside the paper's.

    A figure that has not been measured is None.
    """
    found = {result.name: result for result in results}
    rows = []
    for (model, stream), (forced, sampled) in PAPER.items():
        row: dict[str, Any] = {"model": model, "stream": stream}
        for word, paper in (("teacher-forced", forced), ("sampled", sampled)):
            ours = found.get(f"{model}-accuracy-{stream}-{word}")
            row[f"paper, {word}"] = paper
            row[f"ours, {word}"] = ours.value if ours else None
            row[f"interval, {word}"] = ours.interval if ours else None
        rows.append(row)
    return rows


def by_bar(results: Mapping[str, Result]) -> Figure:
    """Draw sampled accuracy bar by bar: how a decoder remembers as it goes on.

    Parameters
    ----------
    results
        Label -> a model's ``accuracy-by-bar``.
    """
    figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for (label, result), mark in zip(results.items(), _MARKS, strict=False):
        bars = [row["bar"] for row in result.rows]
        axes.plot(bars, [row["sampled"] for row in result.rows], marker=mark, label=label)
    axes.set(xlabel="bar", ylabel="sampled accuracy")
    axes.legend()
    return figure


def interpolation(results: Mapping[str, Result]) -> Figure:
    """Figure 3: distance from the start (top) and relative cost (bottom) along the path.

    Parameters
    ----------
    results
        Label -> a model's ``interpolation``; the naive path is taken from the first.
    """
    figure, (top, bottom) = plt.subplots(
        2, 1, figsize=(6.4, 5.2), sharex=True, layout="constrained"
    )
    lines = {label: ("latent", result) for label, result in results.items()}
    lines["blended data"] = ("data", next(iter(results.values())))
    for (label, (path, result)), mark in zip(lines.items(), _MARKS, strict=False):
        alphas = [row["alpha"] for row in result.rows]
        for axes, figure_name in ((top, "distance"), (bottom, "cost")):
            values = [row[f"{path} {figure_name}"] for row in result.rows]
            axes.plot(alphas, values, marker=mark, label=label)
    top.set(ylabel="Hamming distance\nfrom the start")
    bottom.set(ylabel="relative cost\n(5-gram model)", xlabel="from the start (0) to the end (1)")
    bottom.axhline(1, linewidth=0.8, linestyle=":")
    figure.legend(*top.get_legend_handles_labels(), loc="outside upper right", ncols=len(lines))
    return figure


def frontier(result: Result) -> Figure:
    """Draw what bits buy: accuracy (left) and the oddness of samples (right), a point a run."""
    figure, axes = plt.subplots(1, 2, figsize=(6.4, 3.0), layout="constrained")
    bits = [row["bits"] for row in result.rows]
    for how, mark in zip(("teacher-forced", "sampled"), _MARKS, strict=False):
        axes[0].plot(bits, [row[how] for row in result.rows], marker=mark, label=how)
    axes[0].set(xlabel="bits in z", ylabel="accuracy")
    axes[0].legend()
    costs = [row["samples cost"] for row in result.rows]
    axes[1].plot(bits, costs, marker=_MARKS[2], color="C2")
    axes[1].axhline(1, linewidth=0.8, linestyle=":")
    axes[1].set(xlabel="bits in z", ylabel="relative cost of samples")
    return figure


def attributes(result: Result) -> Figure:
    """Draw what each attribute becomes when it is turned, one small plot an attribute."""
    figure, axes = plt.subplots(
        1, len(result.rows), figsize=(2.1 * len(result.rows), 2.4), layout="constrained"
    )
    for axis, row in zip(np.atleast_1d(axes), result.rows, strict=True):
        axis.plot(AMOUNTS, [row[f"{amount:+.1f}"] for amount in AMOUNTS], marker="o")
        axis.axhline(row["original"], linewidth=0.8, linestyle=":")
        axis.set(title=row["attribute"], xlabel="amount")
    return figure


def rolls(music: Sequence[Melody | Drums | Trio], labels: Sequence[str]) -> Figure:
    """Draw pieces under one another, on equal axes, as in the paper's Figures 1, 4 and 6 to 12."""
    count = len(music)
    figure, axes = plt.subplots(
        count, 1, figsize=(7.2, 0.4 + 0.9 * count), sharex=True, sharey=True, layout="constrained"
    )
    octaves = _octaves(music)
    for axis, piece, label in zip(np.atleast_1d(axes), music, labels, strict=True):
        _roll(axis, piece)
        axis.set_yticks(octaves, [f"C{pitch // 12 - 1}" for pitch in octaves])
        axis.set_ylabel(label, rotation=0, ha="right", va="center")
    np.atleast_1d(axes)[-1].set_xlabel("bar")
    return figure


def _octaves(music: Sequence[Melody | Drums | Trio]) -> list[int]:
    """Give the Cs between the lowest note of all pieces and the highest."""
    tracks = (track for piece in music for track in piece.tracks() if track.kind == "pitch")
    heights = {int(pitch) for track in tracks for pitch in track.notes[:, 2]}
    low, high = min(heights, default=128), max(heights, default=0)
    return [pitch for pitch in range(12, 128, 12) if low <= pitch <= high]


def _roll(axis: Axes, piece: Melody | Drums | Trio) -> None:
    """Draw one piece; a trio's voices differ in colour and in thickness."""
    for number, track in enumerate(piece.tracks()):
        starts, lengths, heights = track.notes.T
        # Drum classes are few: drawn below the lowest pitch of a trio they leave the rest be.
        heights = heights if track.kind == "pitch" else 2 * heights
        axis.hlines(
            heights,
            starts / 16 + 1,
            (starts + lengths - 0.2) / 16 + 1,
            colors=f"C{number}",
            linewidth=(3.0, 4.5, 2.0)[number],
            rasterized=True,  # hundreds of notes weigh less as pixels
        )
    axis.set(xlim=(1, piece.bars + 1), xticks=range(1, piece.bars + 1, max(1, piece.bars // 8)))
    axis.grid(axis="x", linewidth=0.4)


def diagram(net: MusicVAE) -> Figure:
    """Draw the network with the sizes that it has: which part reads what, and how wide it is."""
    sizes = net.sizes
    words = ",\n".join(stream.name for stream in sizes.streams)
    columns = [
        [f"{words}\n{sizes.steps} steps"],
        [f"encoder\nLSTM {sizes.encoder}\nboth ways"],
        [f"z\n{sizes.latent} numbers"],
    ]
    if net.conductor is not None:
        columns.append([f"conductor\nLSTM {sizes.conductor}\n{sizes.bars} steps"])
        columns.append([f"bar {bar}\n{net.conductor.size} numbers" for bar in (1, 2, "U")])
    shared = net.conductor is not None
    core = f"core\nLSTM {sizes.decoder}" + ("\none a stream" if len(net.cores) > 1 else "")
    columns.append([core] * (3 if shared else 1))
    figure, axis = plt.subplots(figsize=(1.2 * len(columns), 2.8))
    for x, column in enumerate(columns):
        for y, text in enumerate(column):
            axis.text(
                x,
                (len(column) - 1) / 2 - y,
                text,
                ha="center",
                va="center",
                fontsize=8.5,
                bbox={"boxstyle": "round,pad=0.4", "facecolor": "none", "edgecolor": f"C{x % 6}"},
            )
    _arrows(axis, [len(column) for column in columns])
    axis.set(xlim=(-0.6, len(columns) - 0.4), ylim=(-1.5, 1.5))
    axis.axis("off")
    return figure


def _arrows(axis: Axes, heights: list[int]) -> None:
    """Join each column's boxes to the next one's: one to many, or side by side."""
    for x, (here, there) in enumerate(pairwise(heights)):
        for y in range(max(here, there)):
            start = (x + 0.38, (here - 1) / 2 - min(y, here - 1))
            end = (x + 0.62, (there - 1) / 2 - min(y, there - 1))
            axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "linewidth": 0.8})
