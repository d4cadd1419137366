"""The grid that all music here lies on: sixteenths, four to a beat, sixteen to a bar of 4/4.

Notes come in as arrays of ticks and leave as arrays of tokens, one a step. Everything is numpy,
with no loop over notes, since whole corpora go through these functions.

Conventions
-----------
* A melody token is 0..127 (a note of that pitch starts), ``HOLD`` (it goes on) or ``REST``.
* A drum token is 0..511: bit *i* says that drum class *i* is struck (see `percussion`).
* A start goes to the nearest step, the later one if it lies half-way. So does an end, but no note
  is shorter than one step.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from melonb.errors import MusicError, TokenError
from melonb.music.loss import LossReport
from melonb.signs import HOLD, MELODY_SIZE, PITCHES, REST, STEPS_PER_BAR, STEPS_PER_BEAT

__all__ = [
    "DRUM_CLASSES",
    "FASTEST",
    "HOLD",
    "MELODY_SIZE",
    "PITCHES",
    "REST",
    "SLOWEST",
    "STEPS_PER_BAR",
    "STEPS_PER_BEAT",
    "Monophony",
    "Quantised",
    "chord_chroma",
    "drum_tokens",
    "melody_tokens",
    "quantise",
    "tokens_array",
]

DRUM_CLASSES = 9
SLOWEST, FASTEST = 1.0, 1000.0  # quarter notes a minute

Ints = NDArray[np.int64]
Monophony = Literal["highest", "lowest", "latest", "refuse"]


class Quantised(NamedTuple):
    """Notes on the grid: first step, step after the last, and whether either was off the grid."""

    starts: Ints
    ends: Ints
    moved: NDArray[np.bool_]
    resized: NDArray[np.bool_]


def tokens_array(tokens: ArrayLike, size: int, what: str, ndim: int = 1) -> NDArray[np.int16]:
    """Check tokens and give them as a read-only array of their own.

    Parameters
    ----------
    tokens
        Whole numbers in ``[0, size)``, at least one.
    size
        Number of symbols.
    what
        The word for them in an error message.
    ndim
        Number of axes asked for.
    """
    array = np.asarray(tokens)
    if array.ndim != ndim or array.size == 0:
        raise TokenError(
            f"{what} tokens have shape {array.shape}",
            remedy="give one array with at least one step on one axis",
        )
    if not np.issubdtype(array.dtype, np.integer) and array.dtype != bool:
        raise TokenError(
            f"{what} tokens are of type {array.dtype}", remedy="give whole numbers (int16)"
        )
    if array.min() < 0 or array.max() >= size:
        step = int(np.flatnonzero((array < 0) | (array >= size))[0])
        raise TokenError(
            f"{what} token {int(array[step])} at step {step} is not in 0..{size - 1}",
            bar=step // STEPS_PER_BAR + 1,
        )
    return frozen(array.astype(np.int16))


def frozen(array: np.ndarray) -> np.ndarray:
    """Make an array read-only, since music objects are values."""
    array.setflags(write=False)
    return array


def quantise(starts: ArrayLike, ends: ArrayLike, ticks_per_quarter: int) -> Quantised:
    """Put notes given in ticks on the sixteenth grid.

    Examples
    --------
    >>> quantise([0, 119, 250], [120, 240, 251], 480).starts.tolist()
    [0, 1, 2]
    """
    first = np.asarray(starts, dtype=np.int64)
    last = np.asarray(ends, dtype=np.int64)
    per_beat = STEPS_PER_BEAT
    half = ticks_per_quarter // 2
    start_steps = (first * per_beat + half) // ticks_per_quarter
    end_steps = np.maximum((last * per_beat + half) // ticks_per_quarter, start_steps + 1)
    moved = start_steps * ticks_per_quarter != first * per_beat
    resized = (end_steps - start_steps) * ticks_per_quarter != (last - first) * per_beat
    return Quantised(start_steps, end_steps, moved, resized)


def melody_tokens(
    starts: ArrayLike,
    ends: ArrayLike,
    pitches: ArrayLike,
    steps: int,
    monophony: Monophony = "highest",
    moved: ArrayLike | None = None,
    resized: ArrayLike | None = None,
) -> tuple[NDArray[np.int16], LossReport]:
    """Write notes on the grid as one voice.

    Of the notes that start on one step, one stays; a note ends at the latest where the next one
    starts.

    Parameters
    ----------
    starts, ends
        First step and step after the last, one a note (see `quantise`).
    pitches
        MIDI pitches 0..127, one a note.
    steps
        Length of the result. Notes that start outside it are dropped.
    monophony
        Which note of a step stays: ``"highest"``, ``"lowest"``, ``"latest"`` (the last in the
        order given), or ``"refuse"``, which raises `MusicError` if two notes sound together.
    moved, resized
        Which notes the grid has already changed (see `quantise`), for the report.

    Returns
    -------
    tokens
        Melody tokens, shape (steps,).
    loss
        What was merged, dropped and cut short.
    """
    if monophony not in get_args(Monophony):
        raise MusicError(
            f"no rule {monophony!r} for monophony", remedy=f"use one of {get_args(Monophony)}"
        )
    first, last, pitch = (np.asarray(each, dtype=np.int64) for each in (starts, ends, pitches))
    chosen = np.flatnonzero((first >= 0) & (first < steps))
    outside = len(first) - len(chosen)
    rank = {"lowest": pitch, "latest": -np.arange(len(pitch))}.get(monophony, -pitch)
    chosen = chosen[np.lexsort((-last[chosen], rank[chosen], first[chosen]))]
    wins = np.diff(first[chosen], prepend=-1) > 0
    winners = pitch[chosen[wins]][np.cumsum(wins) - 1]
    merged = int(np.count_nonzero(~wins & (pitch[chosen] == winners)))
    voices = int(np.count_nonzero(~wins)) - merged
    chosen = chosen[wins]
    limit = np.append(first[chosen][1:], steps)
    cut = last[chosen] > limit
    if monophony == "refuse" and (voices or cut[:-1].any()):
        raise MusicError(
            "two notes sound together",
            bar=_first_clash(first, last),
            remedy='choose monophony "highest", "lowest" or "latest"',
        )
    reasons = {"another voice": voices, "same step": merged, "outside the bars": outside}
    loss = LossReport(
        notes=len(first),
        kept=len(chosen),
        merged=merged,
        dropped=voices + outside,
        moved=_count(moved, chosen),
        resized=int(np.sum(cut | (np.asarray(resized)[chosen] if resized is not None else False))),
        reasons={reason: count for reason, count in reasons.items() if count},
    )
    return _paint(first[chosen], np.minimum(last[chosen], limit), pitch[chosen], steps), loss


def _count(mask: ArrayLike | None, chosen: Ints) -> int:
    """Count the chosen notes that a mask marks, none if there is no mask."""
    return 0 if mask is None else int(np.count_nonzero(np.asarray(mask)[chosen]))


def _paint(first: Ints, last: Ints, pitch: Ints, steps: int) -> NDArray[np.int16]:
    """Write notes that do not overlap as tokens: a hold from start to end, then the starts."""
    sounding = np.zeros(steps + 1, dtype=np.int16)
    sounding[first] += 1
    np.subtract.at(sounding, last, 1)
    tokens = np.where(np.cumsum(sounding[:-1]) > 0, HOLD, REST).astype(np.int16)
    tokens[first] = pitch
    return tokens


def _first_clash(first: Ints, last: Ints) -> int:
    """Count the bar, from 1, in which a note starts while another one sounds."""
    order = np.argsort(first, kind="stable")
    reach = np.maximum.accumulate(last[order])
    clash = np.flatnonzero(first[order][1:] < reach[:-1])
    return int(first[order][clash[0] + 1] // STEPS_PER_BAR + 1)


def drum_tokens(
    starts: ArrayLike,
    pitches: ArrayLike,
    steps: int,
    mapping: NDArray[np.int8],
    moved: ArrayLike | None = None,
) -> tuple[NDArray[np.int16], LossReport]:
    """Write drum notes as tokens of nine bits.

    Parameters
    ----------
    starts, pitches
        First step and MIDI pitch, one a note.
    steps
        Length of the result.
    mapping
        Drum class of each of the 128 pitches, -1 where there is none.
    moved
        Which notes the grid has already moved (see `quantise`), for the report.

    Returns
    -------
    tokens
        Drum tokens, shape (steps,).
    loss
        What was merged, dropped, or has no class.
    """
    first = np.asarray(starts, dtype=np.int64)
    drum = mapping[np.asarray(pitches, dtype=np.int64)].astype(np.int64)
    inside = (first >= 0) & (first < steps)
    usable = np.flatnonzero(inside & (drum >= 0))
    cells, chosen = np.unique(first[usable] * DRUM_CLASSES + drum[usable], return_index=True)
    struck = np.zeros(steps * DRUM_CLASSES, dtype=np.int16)
    struck[cells] = 1
    outside, strange = int(np.sum(~inside)), int(np.sum(inside & (drum < 0)))
    merged = len(usable) - len(cells)
    reasons = {
        "no class for this drum": strange,
        "same step": merged,
        "outside the bars": outside,
    }
    loss = LossReport(
        notes=len(first),
        kept=len(cells),
        merged=merged,
        dropped=outside,
        out_of_range=strange,
        moved=_count(moved, usable[chosen]),
        reasons={reason: count for reason, count in reasons.items() if count},
    )
    bits = (1 << np.arange(DRUM_CLASSES)).astype(np.int16)
    return (struck.reshape(steps, DRUM_CLASSES) @ bits).astype(np.int16), loss


def chord_chroma(
    starts: ArrayLike, ends: ArrayLike, pitches: ArrayLike, steps: int
) -> NDArray[np.uint8]:
    """Mark the pitch classes that sound at each step.

    Returns
    -------
    chroma
        0 or 1, shape (steps, 12), pitch class 0 is C.
    """
    first = np.clip(np.asarray(starts, dtype=np.int64), 0, steps)
    last = np.clip(np.asarray(ends, dtype=np.int64), 0, steps)
    classes = np.asarray(pitches, dtype=np.int64) % 12
    change = np.zeros((steps + 1, 12), dtype=np.int64)
    np.add.at(change, (first, classes), 1)
    np.subtract.at(change, (last, classes), 1)
    return (np.cumsum(change[:-1], axis=0) > 0).astype(np.uint8)
