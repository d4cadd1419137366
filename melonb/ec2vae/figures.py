"""The paper's figures, drawn from result files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from melonb.training import Result

__all__ = ["accuracy_table", "curves", "diagram", "table_1", "transpositions", "variations"]

_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def _named(results: Iterable[Result]) -> dict[str, Result]:
    return {result.name: result for result in results}


def accuracy_table(results: Iterable[Result], models: Iterable[str]) -> list[dict[str, object]]:
    """Put Table 1 together, the paper's figures beside ours, one mapping a row."""
    named = _named(results)
    rows: list[dict[str, object]] = []
    for model in models:
        row: dict[str, object] = {"model": model}
        row["steps"] = named[f"{model}-accuracy"].budget.get("steps", "")
        for figure, title in (("accuracy", "accuracy"), ("accuracy-rhythm", "rhythm")):
            result = named[f"{model}-{figure}"]
            low, high = result.interval or (float("nan"), float("nan"))
            row[title] = f"{result.value:.3f} ({low:.3f} to {high:.3f})"
            row[f"{title}, paper"] = "" if result.paper is None else f"{result.paper:.3f}"
        rows.append(row)
    return rows


def table_1(results: Iterable[Result], models: Iterable[str]) -> Figure:
    """Draw Table 1: our accuracies with their intervals over songs, the paper's as crosses."""
    named, names = _named(results), list(models)
    figure, axes = plt.subplots(
        1, 2, figsize=(7.5, 0.5 * len(names) + 1.2), sharey=True, layout="constrained"
    )
    places = np.arange(len(names))[::-1]
    for ax, key, title in zip(
        axes, ("accuracy", "accuracy-rhythm"), ("all tokens", "rhythm alone"), strict=True
    ):
        for place, name in zip(places, names, strict=True):
            result = named[f"{name}-{key}"]
            low, high = result.interval or (result.value, result.value)
            ax.plot([low, high], [place, place], "-", color="C0", linewidth=3)
            ax.plot(result.value, place, "o", color="C0", label="ours" if place == 0 else None)
            if result.paper is not None:
                ax.plot(result.paper, place, "x", color="C1", label="paper" if place == 0 else None)
        ax.set(title=title, xlabel="share of steps that come back", xlim=(0, 1.02))
        ax.set_yticks(places, names)
    _legend(figure, axes[0])
    return figure


def curves(results: Mapping[str, Result]) -> Figure:
    """Draw Figure 3: held-out accuracy while training; one line a label."""
    figure, axes = plt.subplots(1, 2, figsize=(7.5, 3), sharey=True, layout="constrained")
    for ax, key, title in zip(
        axes, ("accuracy", "rhythm"), ("all tokens", "rhythm alone"), strict=True
    ):
        for number, (label, result) in enumerate(results.items()):
            steps = [row["step"] for row in result.rows]
            values = [row[key] for row in result.rows]
            ax.plot(steps, values, marker=_MARKERS[number % len(_MARKERS)], label=label)
        ax.set(title=title, xlabel="step")
    axes[0].set_ylabel("accuracy on held-out songs")
    _legend(figure, axes[0])
    return figure


def transpositions(results: Mapping[str, Result]) -> Figure:
    """Draw Figure 4: how far each factor moves when the notes are transposed."""
    count = len(results)
    figure, axes = plt.subplots(
        1, count, figsize=(2.5 * count, 3), sharey=True, squeeze=False, layout="constrained"
    )
    for ax, (label, result) in zip(axes[0], results.items(), strict=True):
        semitones = np.array([row["semitones"] for row in result.rows])
        ax.bar(semitones - 0.2, [row["pitch"] for row in result.rows], 0.4, label="$z_p$")
        ax.bar(
            semitones + 0.2, [row["rhythm"] for row in result.rows], 0.4, hatch="//", label="$z_r$"
        )
        ax.set(title=f"{label}\nratio {result.value:.1f}", xlabel="semitones")
        ax.set_xticks([1, 4, 7, 10, 12])
    axes[0, 0].set_ylabel("sum of absolute change")
    _legend(figure, axes[0, 0])
    return figure


def variations(results: Iterable[Result], models: Mapping[str, str], key: str = "form") -> Figure:
    """Draw what a varied rhythm keeps of the theme's form, model by model.

    Parameters
    ----------
    models
        Label -> model.
    key
        ``form``, ``coherence`` or ``rhythm-kept``.
    """
    named = _named(results)
    figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
    variances = ("0.8", "1.3")
    for number, (label, model) in enumerate(models.items()):
        found = [named[f"{model}-{key}-{variance}"] for variance in variances]
        values = [result.value or 0.0 for result in found]
        spread = [
            [v - (r.interval or (v, v))[0] for v, r in zip(values, found, strict=True)],
            [(r.interval or (v, v))[1] - v for v, r in zip(values, found, strict=True)],
        ]
        places = np.arange(len(variances)) + 0.12 * (number - (len(models) - 1) / 2)
        ax.errorbar(
            places, values, spread, fmt=_MARKERS[number % len(_MARKERS)], capsize=4, label=label
        )
    ax.set_xticks(range(len(variances)), [f"variance {each}" for each in variances])
    ax.set_ylabel({"form": "form kept", "coherence": "similarity of bars"}.get(key, key))
    ax.set_xlim(-0.5, len(variances) - 0.5)
    _legend(figure, ax)
    return figure


def _legend(figure: Figure, axes: Axes) -> None:
    """Say over the figure, once for all its plots, what the signs of one of them mean."""
    signs = axes.get_legend_handles_labels()
    figure.legend(*signs, loc="outside upper right", ncols=len(signs[0]))


def diagram(net: nn.Module) -> Figure:
    """Draw the parts of a network from top to bottom, each with its number of parameters.

    Parts that stand side by side (pitch and rhythm on one level) share a row.
    """
    rows: dict[str, list[tuple[str, float]]] = {}
    for name, part in net.named_children():
        level = name.split("_to_")[-1] if "_to_" in name else name
        count = sum(parameter.numel() for parameter in part.parameters())
        rows.setdefault(level, []).append((name.replace("_", " "), count / 1e3))
    figure, ax = plt.subplots(figsize=(6, 0.9 * len(rows) + 0.4), layout="constrained")
    for row, parts in enumerate(rows.values()):
        width = 1 / len(parts)
        for column, (name, thousands) in enumerate(parts):
            height = 0.35 + 0.4 * min(1.0, thousands / 400)
            left = column * width + 0.02
            ax.add_patch(
                plt.Rectangle(
                    (left, -row - height / 2), width - 0.04, height, color="C0", alpha=0.25
                )
            )
            label = f"{name}\n{thousands:,.0f} k"
            ax.text(left + width / 2 - 0.02, -row, label, ha="center", va="center")
        if row:
            ax.annotate("", (0.5, -row + 0.42), (0.5, -row + 0.58), arrowprops={"arrowstyle": "->"})
    ax.set(xlim=(0, 1), ylim=(-len(rows) + 0.4, 0.6))
    ax.axis("off")
    return figure
