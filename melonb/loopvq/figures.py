"""The chapter's figures: from rows of result files, or from arrays, to matplotlib figures.

`moving_codebook` is the one that moves: a drawing in SVG that the reader starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import Tensor

    from melonb.loopvq.model import VQVAE
    from melonb.training.record import Result

__all__ = ["code_rows", "diagram", "errors", "metric_table", "moving_codebook", "rolls", "usage"]

BAR, BARS, PITCHES = 16, 8, 84
DRUMS = 9
# Measure -> its title, what it is multiplied by, its decimals.
METRICS = {
    "hd": ("HD, ‰", 1e3, 2),
    "fnd": ("FND", 1, 2),
    "fnb": ("FNB", 1, 2),
    "db": ("DB, ‰", 1e3, 2),
    "os": ("OS", 1, 3),
    "us": ("US", 1, 3),
    "up": ("UP", 1, 2),
    "nd": ("ND", 1, 2),
}


def rolls(pictures: Mapping[str, NDArray[np.bool_]]) -> Figure:
    """Draw loops ``(128, 93)`` one below another, bass over drums, as the paper's Fig. 1."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        len(pictures), 1, figsize=(7.0, 1.9 * len(pictures)), squeeze=False, sharex=True
    )
    for axis, (title, roll) in zip(axes[:, 0], pictures.items(), strict=True):
        used = np.flatnonzero(roll[:, :PITCHES].any(0))
        low, high = (used.min(), used.max()) if len(used) else (12, 24)
        bass = roll[:, low : high + 1]
        rows = np.concatenate([roll[:, PITCHES:], np.zeros((len(roll), 1), bool), bass], axis=1)
        step, row = np.nonzero(rows)
        is_bass = row > DRUMS
        axis.scatter(step[is_bass] + 0.5, row[is_bass], s=7, marker="s", label="bass")
        axis.scatter(step[~is_bass] + 0.5, row[~is_bass], s=7, marker="o", label="drums")
        axis.set(title=title, xlim=(0, BAR * BARS), xticks=range(0, BAR * BARS + 1, BAR))
        axis.set_yticks([4, DRUMS + 1 + (high - low) / 2], ["drums", "bass"])
        axis.set_xticklabels([str(bar + 1) for bar in range(BARS)] + [""])
        axis.grid(axis="y", visible=False)
    axes[-1, 0].set_xlabel("bar")
    return figure


def code_rows(codes: NDArray[np.integer], size: int) -> Figure:
    """Draw rows of codes ``(N, l)`` as points, a panel each: the paper's Fig. 4."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(codes), figsize=(7.0, 2.6), sharey=True, squeeze=False)
    length = codes.shape[1]
    for axis, row in zip(axes[0], codes, strict=True):
        axis.plot(np.arange(length), row, linestyle="none", marker="o", markersize=3)
        axis.axvline(length / 2 - 0.5, linestyle=":", linewidth=1)
        axis.set(xlim=(-1, length), ylim=(-size * 0.02, size), xticks=[0, length // 2])
    axes[0, 0].set_ylabel("code")
    figure.supxlabel("latent step", fontsize=10)
    return figure


def diagram(vq: VQVAE, roll: Tensor) -> Figure:
    """Draw a VQ-VAE as a chain of boxes, from the shapes that a batch ``(B, 128, 93)`` takes."""
    import matplotlib.pyplot as plt

    shapes: list[tuple[str, int, int]] = [("roll", roll.shape[1], roll.shape[2])]
    names = dict.fromkeys(vq.encoder, "encoder")
    names |= dict.fromkeys(vq.decoder, "decoder") | {vq.output: "logits"}

    def note(layer: Any, _: Any, output: Tensor) -> None:
        shapes.append((names[layer], output.shape[2], output.shape[1]))

    hooks = [layer.register_forward_hook(note) for layer in names]
    out = vq(roll)
    for hook in hooks:
        hook.remove()
    _, length, size = out.quantised.vectors.shape
    shapes.insert(len(vq.encoder) + 1, ("codebook", length, size))
    figure, axis = plt.subplots(figsize=(7.0, 2.8))
    colours = {"encoder": "C0", "decoder": "C0", "codebook": "C1"}
    for place, (name, steps, channels) in enumerate(shapes):
        width, height = 0.2 + 0.6 * steps / 128, channels / 93
        colour = colours.get(name, "C3")
        axis.add_patch(plt.Rectangle((place - width / 2, -height / 2), width, height, fc=colour))
        axis.text(place, -0.62, f"{steps}\n×{channels}", ha="center", va="top", fontsize=8)
        if place == 0 or shapes[place - 1][0] != name:
            high = 0.25 if name == "codebook" else 0.6
            axis.text(place, high, name, ha="center", va="bottom", fontsize=9)
    axis.set(xlim=(-0.7, len(shapes) - 0.3), ylim=(-1.0, 0.85))
    axis.axis("off")
    return figure


def usage(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw how many codes share each latent step, bar by bar."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(7.0, 2.6))
    steps = [row["step"] for row in rows]
    bars = axis.bar(steps, [row["perplexity"] for row in rows])
    for first in bars[:: len(rows) // BARS]:
        first.set(hatch="//", facecolor="C1")
    axis.set(ylabel="perplexity", xlabel="latent step, the first of each bar hatched")
    axis.set_xticks(range(0, len(steps), len(rows) // BARS))
    return figure


def errors(results: Mapping[str, Result]) -> Figure:
    """Draw reconstruction errors with their intervals, the paper's beside."""
    import matplotlib.pyplot as plt

    size = (7.0, 0.6 * len(results) + 1.1)
    figure, axis = plt.subplots(figsize=size, layout="constrained")
    for place, result in enumerate(results.values()):
        value = (result.value or 0.0) * 1e3
        low, high = (end * 1e3 for end in result.interval or (value / 1e3, value / 1e3))
        label = "here, 95 % interval over songs" if place == 0 else None
        axis.errorbar(
            value, place, xerr=[[value - low], [high - value]], fmt="o", capsize=3, label=label
        )
        if result.paper is not None:
            label = "paper" if place == 0 else None
            axis.plot(result.paper * 1e3, place, "D", color="0.5", markersize=6, label=label)
    axis.set_yticks(range(len(results)), list(results))
    axis.set(xlabel="wrong cells in a thousand", xlim=(0, None), ylim=(len(results) - 0.5, -0.5))
    figure.legend(loc="outside upper right", ncols=2)
    return figure


def metric_table(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Write rows of the metric tables as text, the paper's value in brackets behind ours."""
    table = []
    for row in rows:
        line = {"loops of": row["who"]}
        for name, (title, factor, decimals) in METRICS.items():
            values = (row.get(name), row.get(f"paper_{name}"))
            ours, paper = (
                "–" if value is None else f"{value * factor:.{decimals}f}" for value in values
            )
            line[title] = ours if values[1] is None else f"{ours} ({paper})"
        table.append(line)
    return table


def moving_codebook(
    points: NDArray[np.floating], history: NDArray[np.floating], label: str, seconds: float = 4.0
) -> str:
    """Draw points and a codebook that moves through them, as HTML with a button to start it.

    Parameters
    ----------
    points
        ``(N, 2)``.
    history
        The codebook after each step, ``(S, K, 2)``.
    label
        What is seen, for those who do not see it.
    """
    every = np.concatenate([points, history.reshape(-1, 2)])
    low, span = every.min(0), np.ptp(every, axis=0).max()

    def place(xy: NDArray[np.floating]) -> NDArray[np.int64]:
        scaled = (xy - low) / span * 360 + 20
        return np.rint(np.stack([scaled[..., 0], 400 - scaled[..., 1]], -1)).astype(np.int64)

    dots = "".join(f'<circle cx="{x}" cy="{y}" r="2"/>' for x, y in place(points))
    codes = "".join(_moving(path, seconds) for path in place(history).swapaxes(0, 1))
    start = "this.previousElementSibling.querySelectorAll('animate').forEach(a => a.beginElement())"
    return (
        f'<div><svg role="img" aria-label="{escape(label, quote=True)}" viewBox="0 0 400 400" '
        f'width="360" style="max-width:100%"><g fill="currentColor" opacity=".35">{dots}</g>'
        f'{codes}</svg><button type="button" onclick="{escape(start, quote=True)}">'
        f"Watch the codes move</button></div>"
    )


def _moving(path: NDArray[np.int64], seconds: float) -> str:
    """Draw one code: its trail, and a diamond that runs along it and stays at the end."""
    trail = " ".join(f"{x},{y}" for x, y in path)
    moves = "".join(
        f'<animate attributeName="{name}" dur="{seconds:g}s" begin="indefinite" fill="freeze" '
        f'values="{";".join(map(str, path[:, axis]))}"/>'
        for axis, name in enumerate(("x", "y"))
    )
    x, y = path[-1]
    return (
        f'<polyline points="{trail}" fill="none" stroke="#b34a00" opacity=".5"/>'
        f'<svg x="{x}" y="{y}" overflow="visible"><path d="M0-7 7 0 0 7-7 0Z" fill="#b34a00" '
        f'stroke="currentColor"/>{moves}</svg>'
    )
