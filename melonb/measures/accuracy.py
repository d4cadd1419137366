"""Accuracy of a reconstruction, with the range that it would have on other songs.

**Task.** A model rebuilds windows of music; how many steps does it get right?

**Paper.** MusicVAE, Table 1: *teacher-forced* accuracy gives the decoder the true step before
each step; *sampled* accuracy feeds it its own.  EC2-VAE, Table 1, and CLSM use the same count.

**Conventions.** Arrays are ``(N, T)`` tokens, ``N`` windows of ``T`` steps; a step is right or
wrong, and every step counts the same.  Windows of one song overlap and resemble each other,
so intervals come from drawing whole *songs* again, not windows.
"""

from __future__ import annotations

import numpy as np

from melonb.measures.intervals import Interval, ratio_by_song

__all__ = ["Interval", "by_song", "step_accuracy"]


def step_accuracy(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Give the share of steps that are right, for each window.

    Parameters
    ----------
    predicted, truth
        ``(N, T)`` or ``(T,)``, of one shape.

    Returns
    -------
    ndarray
        ``(N,)`` or a scalar, from 0 to 1.

    Examples
    --------
    >>> step_accuracy(np.array([[60, 128, 62, 129]]), np.array([[60, 128, 64, 129]]))
    array([0.75])
    """
    predicted, truth = np.asarray(predicted), np.asarray(truth)
    if predicted.shape != truth.shape:
        raise ValueError(f"shapes {predicted.shape} and {truth.shape} differ")
    if truth.shape[-1:] == (0,):
        raise ValueError("a window without steps has no accuracy")
    return (predicted == truth).mean(axis=-1)


def by_song(
    values: np.ndarray, songs: np.ndarray, *, draws: int = 1000, level: float = 0.95, seed: int = 0
) -> Interval:
    """Average over windows, with a bootstrap interval over songs.

    Parameters
    ----------
    values
        One number a window, ``(N,)``.
    songs
        The song of each window, ``(N,)``, as any labels.
    draws
        How often the songs are drawn again.
    level
        The share of those means that lies within the interval.

    Examples
    --------
    >>> by_song(np.array([1.0, 1.0, 0.0, 0.0]), np.array([7, 7, 9, 9])).value
    0.5
    """
    return ratio_by_song(
        values, np.ones(np.shape(values)), songs, draws=draws, level=level, seed=seed
    )
