"""The paper's figures, from what the models wrote: R(J), likelihood, accuracy, use of context.

Section 4 reports two cases apart, "left context only" and "otherwise"; so does every table here.
Intervals come from drawing whole songs again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from melonb.clsm.experiments.generation import device_of, reconstructions, written
from melonb.clsm.experiments.held import Group, Held
from melonb.clsm.judge import Judge
from melonb.clsm.model import CLSM
from melonb.clsm.vae import VAE
from melonb.measures.accuracy import Interval, by_song
from melonb.measures.smoothness import edit_ratios

__all__ = ["CASES", "DIVISIONS", "accuracy", "context_use", "likelihood", "smoothness", "surprise"]

CASES = ("all", "left context only", "otherwise")
DIVISIONS = (2, 4, 8)
Row = Mapping[str, Any]


def _cases(held: Held) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    left = held.left_only
    yield from zip(CASES, (np.ones_like(left), left, ~left), strict=True)


def _row(values: NDArray[np.float64], songs: NDArray[np.int32], **names: Any) -> dict[str, Any]:
    kept = ~np.isnan(values)
    if not kept.any():
        return {**names, "value": None, "low": None, "high": None, "n": 0}
    found: Interval = by_song(values[kept], songs[kept])
    return {
        **names,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "n": int(kept.sum()),
    }


def smoothness(written_paths: NDArray[np.int64], held: Held) -> list[Row]:
    """R(J) of equation (12) for J = 2, 4, 8 and each case.

    Parameters
    ----------
    written_paths
        (n, 9, 128), from `generation.paths`.

    Returns
    -------
    list
        Rows with ``divisions``, ``case``, ``value``, ``low``, ``high``, ``n`` (paths that count)
        and ``excluded`` (paths whose ends are equal).
    """
    targets = [held.target(path, i) for i, path in enumerate(written_paths)]
    rows: list[Row] = []
    for divisions in DIVISIONS:
        ratios = edit_ratios(targets, divisions)
        for case, chosen in _cases(held):
            row = _row(ratios[chosen], held.songs[chosen], divisions=divisions, case=case)
            rows.append({**row, "excluded": int(np.isnan(ratios[chosen]).sum())})
    return rows


@torch.no_grad()
def surprise(judge: Judge, phrases: NDArray[np.int64], batch: int = 256) -> NDArray[np.float64]:
    """Negative log-likelihood of each symbol of phrases (..., 128) under the judge, in nats."""
    flat = torch.from_numpy(phrases.reshape(-1, phrases.shape[-1]))
    parts = [judge.surprise(part.to(device_of(judge))).cpu() for part in flat.split(batch)]
    return torch.cat(parts).double().numpy().reshape(phrases.shape)


def likelihood(judge: Judge, samples: NDArray[np.int64], held: Held) -> list[Row]:
    """NLL of what was written, in nats a symbol, over the phrase, the target and what follows it.

    Parameters
    ----------
    samples
        (n, k, 128).

    Returns
    -------
    list
        Rows with ``part`` (``phrase`` is the paper's), ``case`` and an interval.
    """
    nats = surprise(judge, samples).mean(1)  # (n, 128)
    parts = {
        "phrase": nats.mean(1),
        "target": np.array([held.target(row, i).mean() for i, row in enumerate(nats)]),
        "after": np.array([_mean(row[held.spans[i].stop :]) for i, row in enumerate(nats)]),
    }
    return [
        _row(values[chosen], held.songs[chosen], part=part, case=case)
        for part, values in parts.items()
        for case, chosen in _cases(held)
    ]


def accuracy(net: CLSM | VAE, held: Held) -> list[Row]:
    """Left-contextual reconstruction accuracy, for each length of target and for all symbols."""
    right = reconstructions(net, held)
    rows = [_row(each.mean(1), held.songs, bars=bars) for bars, each in enumerate(right, start=1)]
    together = np.mean([each.mean(1) for each in right], axis=0)
    return [_row(together, held.songs, bars="all"), *rows]


def context_use(net: nn.Module, held: Held, seed: int = 0) -> list[Row]:
    """Share of the target that changes when what follows it is another phrase's.

    The same random numbers are drawn for both, so that nothing else changes. ``redrawn`` is
    the share that changes with other random numbers and the same context: the scale to hold
    the first against.
    """
    # One phrase of a span has no other to swap with; begin with nothing, which may be all there is.
    moved, redrawn = [np.zeros(0)], [np.zeros(0)]
    songs = [np.zeros(0, dtype=np.int32)]
    held = held.to(device_of(net))
    for group in held.groups():
        if group.span.left_context_only or len(group.index) < 2:
            continue
        moved.append(_changed(net, group, _swapped(group), seed, seed))
        redrawn.append(_changed(net, group, group, seed, seed + 1))
        songs.append(held.songs[group.index])
    names = {"right context swapped": moved, "redrawn": redrawn}
    return [
        _row(np.concatenate(values), np.concatenate(songs), change=name)
        for name, values in names.items()
    ]


def _swapped(group: Group) -> Group:
    """Give every phrase of a group the right context of the phrase before it."""
    symbols = group.symbols.clone()
    symbols[:, group.span.stop :] = symbols.roll(1, 0)[:, group.span.stop :]
    return Group(group.span, group.index, symbols)


def _changed(net: nn.Module, a: Group, b: Group, seed_a: int, seed_b: int) -> NDArray[np.float64]:
    def target(group: Group, seed: int) -> Tensor:
        generator = torch.Generator(group.symbols.device).manual_seed(seed)
        return written(net, group, 1, generator, None)[:, 0, group.span.slice]

    return (target(a, seed_a) != target(b, seed_b)).double().mean(1).cpu().numpy()


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")
