"""What can be turned up and down in a piece by moving its latent point along one direction.

Section 5.5: the mean of the latent points of pieces that have much of an attribute, less the mean
of those that have little, is a direction along which the attribute grows.  The paper's example
is note density; each kind of music has five here.

An attribute is a function from tokens ``(N, T)`` (melody tokens 0..129, or drum tokens 0..511)
to one number a piece ``(N,)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from melonb.measures.tonality import note_density
from melonb.musicvae.model import ATTRIBUTES, MusicVAE
from melonb.signs import HOLD, STEPS_PER_BAR, STEPS_PER_BEAT

__all__ = ["attributes", "directions", "names", "values"]

_CYMBALS = 0b110001100  # closed and open hat, crash and ride

Tokens = NDArray[np.integer]
Values = NDArray[np.float64]


def _ratio(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def _off_beat(onsets: NDArray[np.bool_]) -> Values:
    """Share of the notes between two beats that are not followed by a note on the next beat."""
    steps = np.arange(onsets.shape[1])
    next_beat = -(-steps // STEPS_PER_BEAT) * STEPS_PER_BEAT
    padded = np.pad(onsets, ((0, 0), (0, STEPS_PER_BEAT)))
    syncopated = onsets & (steps % STEPS_PER_BEAT != 0) & ~padded[:, next_beat]
    return _ratio(syncopated.sum(1).astype(float), onsets.sum(1).astype(float))


def _pitches(tokens: Tokens) -> NDArray[np.float64]:
    """Give the pitch where a note starts and NaN elsewhere."""
    return np.where(tokens < HOLD, tokens, np.nan)


def _mean_pitch(tokens: Tokens) -> Values:
    pitches = np.nan_to_num(_pitches(tokens))
    return _ratio(pitches.sum(1), (tokens < HOLD).sum(1).astype(float))


def _pitch_range(tokens: Tokens) -> Values:
    highest = np.where(tokens < HOLD, tokens, -1).max(1)
    lowest = np.where(tokens < HOLD, tokens, HOLD).min(1)
    return np.maximum(highest - lowest, 0).astype(float)


def _steps_share(tokens: Tokens) -> Values:
    """Share of the moves from note to note that are one or two semitones."""
    last = np.full(len(tokens), -1)
    small, moves = np.zeros(len(tokens)), np.zeros(len(tokens))
    for column in tokens.T.astype(int):
        starts = column < HOLD
        moved = starts & (last >= 0)
        size = np.abs(column - last)
        moves += moved
        small += moved & (size >= 1) & (size <= 2)
        last = np.where(starts, column, last)
    return _ratio(small, moves)


def _drum_bits(tokens: Tokens) -> NDArray[np.bool_]:
    return ((tokens[..., None] >> np.arange(9)) & 1).astype(bool)


def _hits(tokens: Tokens) -> Values:
    return _drum_bits(tokens).sum((1, 2)) * (STEPS_PER_BAR / tokens.shape[1])


def _cymbals(tokens: Tokens) -> Values:
    bits = _drum_bits(tokens)
    cymbals = bits[..., [bool(_CYMBALS >> i & 1) for i in range(9)]]
    return _ratio(cymbals.sum((1, 2)).astype(float), bits.sum((1, 2)).astype(float))


def _repetition(tokens: Tokens) -> Values:
    return (tokens[:, STEPS_PER_BAR:] == tokens[:, :-STEPS_PER_BAR]).mean(1)


_MELODY: dict[str, Callable[[Tokens], Values]] = {
    "density": note_density,
    "pitch": _mean_pitch,
    "range": _pitch_range,
    "syncopation": lambda tokens: _off_beat(tokens < HOLD),
    "steps": _steps_share,
}
_DRUMS: dict[str, Callable[[Tokens], Values]] = {
    "density": _hits,
    "variety": lambda tokens: _drum_bits(tokens).any(1).sum(1).astype(float),
    "cymbals": _cymbals,
    "syncopation": lambda tokens: _off_beat(tokens > 0),
    "repetition": _repetition,
}
assert len(_MELODY) == len(_DRUMS) == ATTRIBUTES


def attributes(stream: str) -> Mapping[str, Callable[[Tokens], Values]]:
    """Give the attributes of a melody (or bass) or of drums, by name."""
    return _DRUMS if stream == "drums" else _MELODY


def names(model: MusicVAE) -> list[str]:
    """Name the attributes of a model's first stream (a trio's melody)."""
    return list(attributes(model.sizes.streams[0].name))


def values(name: str, stream: str, tokens: Tokens) -> Values:
    """Measure an attribute of pieces ``(N, T)``, ``(N,)``."""
    return np.asarray(attributes(stream)[name](tokens), dtype=float)


def directions(means: Tensor, tokens: Tokens, stream: str, share: float = 0.25) -> Tensor:
    """Find the attribute vectors: mean of the pieces with most, less mean of those with least.

    Parameters
    ----------
    means
        ``(N, Z)``, the posterior means of the pieces.
    tokens
        ``(N, T)``, the pieces.
    stream
        ``melody``, ``bass`` or ``drums``.
    share
        How many of the pieces count as having much, and as having little.

    Returns
    -------
    Tensor
        ``(ATTRIBUTES, Z)``, in the order of `names`.
    """
    many = max(1, int(len(tokens) * share))
    rows = []
    for name in attributes(stream):
        order = torch.from_numpy(np.argsort(values(name, stream, tokens), kind="stable"))
        rows.append(means[order[-many:]].mean(0) - means[order[:many]].mean(0))
    return torch.stack(rows)
