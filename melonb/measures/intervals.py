"""The range that a figure would have on other songs.

**Task.** A figure is measured on windows of some songs; how far could it lie from what it would be
on others?

**Conventions.** Windows of one song overlap and resemble each other, so intervals come from drawing
whole *songs* again, with replacement, not windows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Interval", "ratio_by_song"]


@dataclass(frozen=True)
class Interval:
    """A mean and its interval.

    Parameters
    ----------
    value
        The mean over all windows.
    low, high
        The ends of the interval.
    n
        The songs that it rests on.
    """

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, {self.n} songs)"


def ratio_by_song(
    parts: np.ndarray,
    wholes: np.ndarray,
    songs: np.ndarray,
    *,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Divide a sum over windows by another, with a bootstrap interval over songs.

    Parameters
    ----------
    parts, wholes
        Two numbers a window, ``(N,)``: the notes that are in key, say, and all notes. A draw of
        songs in which the wholes add up to 0 does not count.
    songs, draws, level, seed
        The song of each window, ``(N,)``; how often the songs are drawn again; the share of those
        ratios that lies within the interval; what decides the draws.

    Examples
    --------
    >>> ratio_by_song(np.array([1, 3]), np.array([2, 4]), np.array([0, 0])).value
    0.6666666666666666
    """
    parts, wholes = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    if parts.size == 0 or not parts.shape == wholes.shape == np.shape(songs):
        raise ValueError(f"{parts.shape} values cannot belong to {np.shape(songs)} songs")
    _, song = np.unique(songs, return_inverse=True)
    count = int(song.max()) + 1
    above = np.bincount(song, weights=parts, minlength=count)
    below = np.bincount(song, weights=wholes, minlength=count)
    if not below.sum():
        return Interval(float("nan"), float("nan"), float("nan"), count)
    chance = np.random.default_rng(seed)
    ratios = np.full(draws, np.nan)
    for draw in range(draws):  # one at a time: thousands of songs would not fit together
        drawn = np.bincount(chance.integers(count, size=count), minlength=count)
        whole = drawn @ below
        if whole:
            ratios[draw] = drawn @ above / whole
    low, high = np.nanquantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(parts.sum() / wholes.sum()), float(low), float(high), count)
