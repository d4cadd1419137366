"""Key and density of melodies: which key a melody is in, and how many notes stay in it.

Arrays are melody tokens with time on the last axis, any axes before it: 0..127 a note of that
pitch starts, 128 it goes on, 129 rest.  A key is a number 0..23: the pitch class of its tonic,
plus 12 for minor.

The key is the one whose profile correlates best with how long each pitch class sounds, after
Krumhansl and Kessler (1982).  "In key" means in its major scale, or in its natural, harmonic or
melodic minor scale.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from melonb.signs import HOLD, STEPS_PER_BAR

__all__ = [
    "closest_key",
    "durations",
    "find_key",
    "in_key",
    "key_name",
    "new_in_key",
    "note_density",
    "share_in_key",
    "share_of_new_in_key",
]

_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

# How well listeners found each of the twelve notes to fit a key on the first: the published
# probe-tone ratings, major and minor.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 9, 10, 11))


def note_density(tokens: ArrayLike) -> NDArray[np.float64]:
    """Count notes a bar, ``(...)``.

    Examples
    --------
    >>> float(note_density([60, 128, 128, 128, 62, 129, 129, 129] * 2))
    4.0
    """
    array = np.asarray(tokens)
    return (array < HOLD).sum(-1) * (STEPS_PER_BAR / array.shape[-1])


def durations(tokens: ArrayLike) -> NDArray[np.float64]:
    """Count the steps for which each pitch class sounds, ``(..., 12)``."""
    array = np.asarray(tokens)
    # A hold sounds with the pitch of the last step that was not a hold.
    place = np.where(array != HOLD, np.arange(array.shape[-1]), 0)
    sounding = np.take_along_axis(array, np.maximum.accumulate(place, axis=-1), axis=-1)
    pitched = sounding < HOLD
    return np.stack([(pitched & (sounding % 12 == c)).sum(-1) for c in range(12)], -1).astype(float)


def find_key(tokens: ArrayLike) -> NDArray[np.int64]:
    """Find the key of each melody, ``(...)``; silence counts as C major.

    Examples
    --------
    >>> key_name(find_key([60, 62, 64, 65, 67, 69, 71, 72]))
    'C major'
    """
    return closest_key(durations(tokens))


def closest_key(heard: ArrayLike) -> NDArray[np.int64]:
    """Find the key whose probe-tone ratings correlate best with how much each pitch class sounds.

    Parameters
    ----------
    heard
        ``(..., 12)``.

    Returns
    -------
    numpy.ndarray
        ``(...)``: 0..11 major from C up, 12..23 minor.
    """
    heard = np.asarray(heard)
    profiles = np.stack([np.roll(p, t) for p in (_MAJOR, _MINOR) for t in range(12)])  # (24, 12)
    centred = profiles - profiles.mean(-1, keepdims=True)
    unit = centred / np.linalg.norm(centred, axis=-1, keepdims=True)
    # The length of `heard` is the same for all keys, so the best correlation needs none of it.
    return ((heard - heard.mean(-1, keepdims=True)) @ unit.T).argmax(-1)


def key_name(key: int | np.integer | NDArray[np.int64]) -> str:
    """Name a key: 0 is C major, 21 is A minor."""
    minor, tonic = divmod(int(key), 12)
    return f"{_NAMES[tonic]} {'minor' if minor else 'major'}"


def in_key(tokens: ArrayLike, key: ArrayLike) -> NDArray[np.bool_]:
    """Say of each step whether a note of the key's scale starts there, ``(..., T)``."""
    array = np.asarray(tokens)
    scales = np.zeros((24, 12), dtype=bool)
    for minor, scale in enumerate(_SCALES):
        for tonic in range(12):
            scales[12 * minor + tonic, (np.array(scale) + tonic) % 12] = True
    allowed = scales[np.asarray(key)]  # (..., 12)
    return np.take_along_axis(allowed, array % 12, axis=-1) & (array < HOLD)


def share_in_key(tokens: ArrayLike, key: ArrayLike | None = None) -> NDArray[np.float64]:
    """Share of the notes that are in ``key`` (by default the melody's own), NaN for silence."""
    array = np.asarray(tokens)
    inside = in_key(array, find_key(array) if key is None else key).sum(-1)
    notes = (array < HOLD).sum(-1)
    return np.divide(inside, notes, out=np.full(inside.shape, np.nan), where=notes > 0)


def share_of_new_in_key(before: ArrayLike, after: ArrayLike) -> float:
    """Share of the notes that ``after`` adds which stay in the key of ``before``.

    A note is new where ``after`` starts a pitch at a step at which ``before`` did not.  The
    share is taken over the new notes of all melodies together; NaN if there is none.

    Parameters
    ----------
    before, after
        ``(N, T)``, each melody and what it was turned into.

    Examples
    --------
    >>> share_of_new_in_key([[60, 64, 67, 129]], [[60, 64, 67, 66]])
    0.0
    """
    inside, new = new_in_key(before, after)
    return float(inside.sum() / new.sum()) if new.any() else float("nan")


def new_in_key(before: ArrayLike, after: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the notes that `share_of_new_in_key` sets against each other, melody by melody.

    Returns
    -------
    tuple
        The new notes that stay in key, and all new notes, ``(N,)`` each.

    Examples
    --------
    >>> new_in_key([[60, 64, 67, 129]], [[60, 64, 67, 66]])
    (array([0]), array([1]))
    """
    old, now = np.asarray(before), np.asarray(after)
    new = (now < HOLD) & (now != old)
    return (in_key(now, find_key(old)) & new).sum(1), new.sum(1)
