"""How well pitch and rhythm are kept apart, and how a phrase's bars agree in rhythm.

The task: a model writes a piece of music as two latent vectors, one for its pitches and one for
its rhythm. *Transposition* asks whether each hears only what it should: all notes of a piece move
by some semitones, nothing else changes, and each vector's change is summed over its dimensions
(Wei and Xia 2021, Fig. 4; Yang et al. 2019). *Self-similarity* asks what rhythm a piece repeats:
two bars are as alike as the shares of their onsets that fall on the same steps.

Conventions: latent vectors are float, (N, Z), one piece a row. Rhythms are integers, (N, steps):
0 onset, 1 hold, 2 rest. Nothing here knows which model the numbers are from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from melonb.signs import STEPS_PER_BAR

__all__ = [
    "TranspositionCurve",
    "absolute_change",
    "bar_similarity",
    "coherence",
    "form_kept",
    "transposition_curve",
]

_ONSET = 0


def absolute_change(before: ArrayLike, after: ArrayLike) -> NDArray[np.float64]:
    """Sum ``|after - before|`` over the dimensions of each latent vector.

    Parameters
    ----------
    before, after
        (N, Z).

    Returns
    -------
    ndarray
        (N,); 0 where nothing changed.

    Examples
    --------
    >>> absolute_change([[0.0, 1.0]], [[0.5, -1.0]])
    array([2.5])
    """
    first, second = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if first.shape != second.shape or first.ndim != 2:
        raise ValueError(f"latent vectors of shapes {first.shape} and {second.shape}, not (N, Z)")
    return np.abs(second - first).sum(axis=1)


@dataclass(frozen=True)
class TranspositionCurve:
    """How far each factor moves as the music is transposed.

    Attributes
    ----------
    semitones
        (S,).
    pitch, rhythm
        Mean over pieces of the summed absolute change, (S,).
    ratio
        Change of pitch over change of rhythm, all transpositions together; above 1 where the
        pitch vector hears the transposition more than the rhythm vector does.
    """

    semitones: NDArray[np.int64]
    pitch: NDArray[np.float64]
    rhythm: NDArray[np.float64]
    ratio: float


def transposition_curve(
    semitones: ArrayLike, pitch: ArrayLike, rhythm: ArrayLike
) -> TranspositionCurve:
    """Average over pieces.

    Parameters
    ----------
    semitones
        (S,).
    pitch, rhythm
        Summed absolute changes of each piece under each transposition, (S, N).

    Examples
    --------
    >>> transposition_curve([1, 2], [[4.0], [6.0]], [[1.0], [1.0]]).ratio
    5.0
    """
    moved_pitch = np.atleast_2d(np.asarray(pitch, np.float64)).mean(axis=1)
    moved_rhythm = np.atleast_2d(np.asarray(rhythm, np.float64)).mean(axis=1)
    below = moved_rhythm.sum()
    ratio = float(moved_pitch.sum() / below) if below > 0 else float("inf")
    return TranspositionCurve(np.asarray(semitones, np.int64), moved_pitch, moved_rhythm, ratio)


def bar_similarity(rhythm: ArrayLike) -> NDArray[np.float64]:
    """Compare every bar of a piece with every other.

    Parameters
    ----------
    rhythm
        (N, steps), a whole number of bars.

    Returns
    -------
    ndarray
        (N, bars, bars), from 0 to 1: of the onsets of two bars together, the share that both
        have (twice the common onsets over the sum of both). Two bars without onsets are alike.

    Examples
    --------
    >>> one = [0, 1, 1, 1] * 4
    >>> two = [0, 1, 0, 1] * 4
    >>> bar_similarity([one + two])[0].round(2)
    array([[1.  , 0.67],
           [0.67, 1.  ]])
    """
    tokens = np.asarray(rhythm)
    if tokens.ndim != 2 or tokens.shape[1] % STEPS_PER_BAR:
        raise ValueError(f"rhythms of shape {tokens.shape}, not (N, bars x {STEPS_PER_BAR})")
    onsets = (
        (tokens == _ONSET)
        .reshape(len(tokens), tokens.shape[1] // STEPS_PER_BAR, STEPS_PER_BAR)
        .astype(np.float64)
    )
    common = onsets @ onsets.transpose(0, 2, 1)
    count = onsets.sum(axis=2)
    total = count[:, :, None] + count[:, None, :]
    return np.where(total > 0, 2 * common / np.maximum(total, 1), 1.0)


def coherence(rhythm: ArrayLike) -> NDArray[np.float64]:
    """Average similarity of two different bars of each piece, (N,); a single bar gives 1."""
    alike = bar_similarity(rhythm)
    bars = alike.shape[1]
    if bars < 2:
        return np.ones(len(alike))
    return alike[:, ~np.eye(bars, dtype=bool)].mean(axis=1)


def form_kept(theme: ArrayLike, variation: ArrayLike) -> NDArray[np.float64]:
    """Say how much of a theme's form a variation keeps: which bars repeat which.

    Both have a matrix of similarities between bars. This is 1 less the mean absolute difference of
    the two, over pairs of different bars: 1 where the variation's bars agree with each other as
    the theme's do, whatever rhythm they now have.

    Parameters
    ----------
    theme, variation
        (N, steps).

    Returns
    -------
    ndarray
        (N,), from 0 to 1.
    """
    first, second = bar_similarity(theme), bar_similarity(variation)
    if first.shape != second.shape:
        raise ValueError("a theme and its variation must have the same length")
    bars = first.shape[1]
    if bars < 2:
        return np.ones(len(first))
    return 1 - np.abs(first - second)[:, ~np.eye(bars, dtype=bool)].mean(axis=1)
