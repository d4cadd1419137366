"""Chord words as pitch classes, and a harmoniser for tunes that come without chords."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from melonb.corpora.song import chord_mask
from melonb.measures.tonality import closest_key
from melonb.music.grid import HOLD, STEPS_PER_BAR

__all__ = ["harmonise", "key_of", "parse_chord"]

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHIFT = {"": 0, "#": 1, "b": -1, "♯": 1, "♭": -1, "##": 2, "bb": -2}

#: Quality -> intervals above the root. The longest word that fits the beginning is taken.
_QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "maj": (0, 4, 7),
    "M": (0, 4, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "maj6": (0, 4, 7, 9),
    "7": (0, 4, 7, 10),
    "9": (0, 4, 7, 10, 2),
    "11": (0, 4, 7, 10, 2, 5),
    "13": (0, 4, 7, 10, 2, 9),
    "maj7": (0, 4, 7, 11),
    "M7": (0, 4, 7, 11),
    "maj9": (0, 4, 7, 11, 2),
    "m": (0, 3, 7),
    "min": (0, 3, 7),
    "-": (0, 3, 7),
    "m6": (0, 3, 7, 9),
    "min6": (0, 3, 7, 9),
    "m7": (0, 3, 7, 10),
    "min7": (0, 3, 7, 10),
    "min9": (0, 3, 7, 10, 2),
    "m9": (0, 3, 7, 10, 2),
    "minmaj7": (0, 3, 7, 11),
    "m7b5": (0, 3, 6, 10),
    "hdim7": (0, 3, 6, 10),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "o": (0, 3, 6),
    "aug": (0, 4, 8),
    "+": (0, 4, 8),
    "sus": (0, 5, 7),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "7sus4": (0, 5, 7, 10),
}
_WORDS = sorted(_QUALITIES, key=len, reverse=True)


@lru_cache(maxsize=4096)
def parse_chord(word: str) -> int | None:
    """Return the pitch classes of a chord word as a mask, None if it is no chord.

    Words of lead sheets (``Am7``, ``F#dim``, ``D7/F#``) and of POP909 (``B:min7``, ``C:maj/5``,
    ``N``, which is silence, 0) are read. A bass note that is given by letter joins the chord.

    Examples
    --------
    >>> parse_chord("C") == chord_mask([0, 4, 7])
    True
    >>> parse_chord("A:min7/b3") == chord_mask([9, 0, 4, 7])
    True
    """
    word = word.strip()
    if word in ("N", "NC", "N.C.", "X"):
        return 0
    match = re.match(r"([A-Ga-g])(##|bb|#|b|♯|♭)?:?([^/]*)(?:/(.+))?$", word)
    if match is None:
        return None
    letter, shift, quality, bass = match.groups()
    quality = quality.strip().strip("()")
    root = _LETTERS[letter.upper()] + _SHIFT[shift or ""]
    known = next((q for q in _WORDS if quality.startswith(q)), "")
    notes = [root + i for i in _QUALITIES[known]]
    if bass and (below := re.match(r"([A-G])(#|b)?$", bass)):
        notes.append(_LETTERS[below[1]] + _SHIFT[below[2] or ""])
    return chord_mask(notes)


#: Degree above the tonic, intervals, cost of leaving the middle of the key; major, then minor.
_DEGREES = (
    (
        (0, (0, 4, 7), 0.0),
        (7, (0, 4, 7), 0.1),
        (5, (0, 4, 7), 0.1),
        (9, (0, 3, 7), 0.35),
        (2, (0, 3, 7), 0.35),
        (4, (0, 3, 7), 0.6),
    ),
    (
        (0, (0, 3, 7), 0.0),
        (7, (0, 4, 7), 0.1),
        (5, (0, 3, 7), 0.15),
        (8, (0, 4, 7), 0.3),
        (3, (0, 4, 7), 0.3),
        (10, (0, 4, 7), 0.3),
    ),
)
_ROOT_WEIGHT = np.array([1.0, 0.8, 0.9])  # root, third, fifth of a triad
_HALF = STEPS_PER_BAR // 2
_STAY, _CHANGE_INSIDE = 0.25, 0.55  # reward for staying, cost of a new chord inside a bar


def key_of(tokens: NDArray[np.integer]) -> int:
    """Return the key of a melody as `closest_key` numbers it; notes on the beat count more.

    Parameters
    ----------
    tokens
        Canonical melody tokens, (steps,).
    """
    return int(closest_key(_weights(tokens).sum(0)))


def _weights(tokens: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return how much each pitch class sounds at each step, (steps, 12); beats count more."""
    position = np.arange(len(tokens))
    last = np.maximum.accumulate(np.where(tokens < HOLD, position, -1))
    sounding = np.where((tokens <= HOLD) & (last >= 0), tokens[np.maximum(last, 0)], -1)
    accent = np.where(position % _HALF == 0, 2.0, np.where(position % 4 == 0, 1.4, 1.0))
    weight = np.zeros((len(tokens), 12))
    heard = np.flatnonzero(sounding >= 0)
    weight[heard, sounding[heard] % 12] = accent[heard]
    return weight


def harmonise(tokens: NDArray[np.integer]) -> NDArray[np.uint16]:
    """Give a melody one triad a half bar.

    The key is found first (`key_of`). Six triads of it compete for every half bar: a triad earns
    the weighted time of the melody notes that it holds and loses half of what it does not hold, it
    earns a little by staying, pays for a change inside a bar, and the last half bar is drawn to the
    tonic. The best path is found by dynamic programming (Viterbi).

    Parameters
    ----------
    tokens
        Canonical melody tokens, (steps,), whole bars.

    Returns
    -------
    numpy.ndarray
        Chord masks, uint16 (steps,).
    """
    key = key_of(tokens)
    degrees = _DEGREES[key // 12]
    roots = [(key + degree) % 12 for degree, _, _ in degrees]
    masks = [chord_mask(r + i for i in d[1]) for r, d in zip(roots, degrees, strict=True)]
    fit = np.full((12, len(degrees)), -0.5)
    for column, (root, (_, intervals, _)) in enumerate(zip(roots, degrees, strict=True)):
        fit[[(root + i) % 12 for i in intervals], column] = _ROOT_WEIGHT
    weight = _weights(tokens).reshape(-1, _HALF, 12).sum(1)
    score = weight @ fit / _HALF - np.array([cost for _, _, cost in degrees])
    score[-1, 0] += 0.5
    path = _best_path(score)
    return np.repeat(np.array(masks, np.uint16)[path], _HALF)


def _best_path(score: NDArray[np.float64]) -> NDArray[np.int64]:
    """Find the best chord of each half bar, (halves, chords) -> (halves,)."""
    halves, chords = score.shape
    same = np.eye(chords, dtype=bool)
    total, back = score[0].copy(), np.zeros((halves, chords), np.int64)
    for half in range(1, halves):
        move = np.where(same, _STAY, -_CHANGE_INSIDE if half % 2 else 0.0)
        reached = total[:, None] + move
        back[half] = reached.argmax(0)
        total = reached.max(0) + score[half]
    path = np.zeros(halves, np.int64)
    path[-1] = total.argmax()
    for half in range(halves - 1, 0, -1):
        path[half - 1] = back[half, path[half]]
    return path
