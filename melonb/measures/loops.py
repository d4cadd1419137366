"""Eight measures of a set of loops (Loop VQ-VAE, "Musical Metrics").

The task: say of a set of bass-and-drum loops whether they keep the rules by which the
training loops were chosen (HD, FND, FNB, DB), whether they are new (OS, US), and whether
they are as busy as music is (UP, ND).  For all but OS and US the training set's own value is
the one to come near.

Conventions: loops are boolean rolls ``(N, 128, 93)``: eight bars of sixteen steps; columns
0-83 are bass pitches (MIDI 24-107) that sound at a step, columns 84-92 are hits of the nine
drum classes, 84 the kick and 91 the crash.  A share of no loops at all is ``nan``.

The paper leaves two of its measures open.  Its training loops use 10.50 pitches and play 0.92
notes "per bar"; loops extracted from Lakh by its rules use 6.6 columns in a bar and 11.0 in all
eight, and play 23.8 notes in a bar while something sounds at 0.89 of their steps.  UP is read
as columns in a loop and ND as the share of steps that sound, the readings that come nearest.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from melonb.signs import STEPS_PER_BAR as BAR

__all__ = [
    "LoopMetrics",
    "duplicate_bass",
    "first_note_bass",
    "first_note_drums",
    "hamming",
    "loop_metrics",
    "note_density",
    "overlap",
    "reconstruction_error",
    "unique_pitches",
    "unique_share",
]

BASS = slice(0, 84)
DRUMS = slice(84, 93)
KICK, CRASH = 84, 91


@dataclass(frozen=True)
class LoopMetrics:
    """The eight measures of one set of loops, by the paper's letters in lower case."""

    hd: float
    fnd: float
    fnb: float
    db: float
    os: float | None
    us: float
    up: float
    nd: float

    def as_dict(self) -> dict[str, float | None]:
        """Give name and value, in the order of the paper's table."""
        return asdict(self)


def _rolls(rolls: ArrayLike) -> NDArray[np.bool_]:
    array = np.asarray(rolls, dtype=bool)
    if array.ndim != 3 or array.shape[1:] != (8 * BAR, 93):
        raise ValueError(f"loops are (N, 128, 93), not {array.shape}")
    return array


def _mean(values: ArrayLike) -> float:
    array = np.asarray(values)
    return float(array.mean()) if array.size else float("nan")


def hamming(rolls: ArrayLike) -> NDArray[np.float64]:
    """Share of cells in which a loop's first and fifth bar differ, ``(N,)``.

    Examples
    --------
    >>> loop = np.zeros((1, 128, 93), dtype=bool)
    >>> loop[0, 0, 84] = True  # a kick in the first bar that the fifth has not
    >>> round(float(hamming(loop)[0]) * 16 * 93, 9)
    1.0
    """
    loops = _rolls(rolls)
    return (loops[:, :BAR] != loops[:, 4 * BAR : 5 * BAR]).mean(axis=(1, 2))


def first_note_drums(rolls: ArrayLike) -> float:
    """Share of loops with kick and crash on the first step (FND)."""
    first = _rolls(rolls)[:, 0]
    return _mean(first[:, KICK] & first[:, CRASH])


def first_note_bass(rolls: ArrayLike) -> float:
    """Share of loops with a bass note on the first step (FNB)."""
    return _mean(_rolls(rolls)[:, 0, BASS].any(-1))


def duplicate_bass(rolls: ArrayLike) -> float:
    """Share of steps at which two bass pitches or more sound (DB)."""
    return _mean(_rolls(rolls)[:, :, BASS].sum(-1) > 1)


def overlap(generated: ArrayLike, training: ArrayLike) -> float:
    """Share of generated rows that stand in the training set (OS).

    Parameters
    ----------
    generated, training
        ``(N, ...)`` and ``(M, ...)``: code sequences, as in the paper, or rolls.
    """
    known = {row.tobytes() for row in _rows(training)}
    return _mean(np.array([row.tobytes() in known for row in _rows(generated)], dtype=bool))


def unique_share(generated: ArrayLike) -> float:
    """Distinct rows over all rows (US).

    Examples
    --------
    >>> unique_share([[1, 2], [1, 2], [3, 4], [1, 2]])
    0.5
    """
    rows = _rows(generated)
    return len({row.tobytes() for row in rows}) / len(rows) if len(rows) else float("nan")


def _rows(values: ArrayLike) -> NDArray[np.generic]:
    array = np.asarray(values)
    rows = array.reshape(len(array), math.prod(array.shape[1:]))  # -1 fails on no rows
    return np.packbits(rows, axis=1) if rows.dtype == bool else rows.astype(np.int64, order="C")


def unique_pitches(rolls: ArrayLike) -> float:
    """Mean number of different columns, bass pitches and drum classes, in a loop (UP)."""
    return _mean(_rolls(rolls).any(axis=1).sum(-1))


def note_density(rolls: ArrayLike) -> float:
    """Share of steps at which anything sounds (ND)."""
    return _mean(_rolls(rolls).any(-1))


def reconstruction_error(rolls: ArrayLike, rebuilt: ArrayLike) -> NDArray[np.float64]:
    """Share of wrong cells of each loop (the paper's reconstruction error), ``(N,)``."""
    return (_rolls(rolls) != _rolls(rebuilt)).mean(axis=(1, 2))


def loop_metrics(
    rolls: ArrayLike, codes: ArrayLike | None = None, training: ArrayLike | None = None
) -> LoopMetrics:
    """Take all eight measures of a set of loops.

    Parameters
    ----------
    rolls
        ``(N, 128, 93)``.
    codes
        ``(N, l)``: what US and OS compare, as in the paper; without them, the rolls.
    training
        ``(M, l)`` or ``(M, 128, 93)``, of the same kind: what OS compares with; without it
        OS is None.
    """
    loops = _rolls(rolls)
    rows = loops if codes is None else codes
    known = training if codes is not None or training is None else _rolls(training)
    return LoopMetrics(
        hd=_mean(hamming(loops)),
        fnd=first_note_drums(loops),
        fnb=first_note_bass(loops),
        db=duplicate_bass(loops),
        os=None if known is None else overlap(rows, known),
        us=unique_share(rows),
        up=unique_pitches(loops),
        nd=note_density(loops),
    )
