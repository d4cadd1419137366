"""Chord names to pitch classes and back.

Read are lead-sheet names (``Am7``, ``F#dim``, ``Bbmaj7/D``), Harte's syntax as in POP909
(``C:min7/b3``, ``N``), and plain lists of pitch classes (``{C E G}``), which every set of pitch
classes without a name of its own is written as. A chord is twelve zeros and ones from C upwards;
it does not know its bass note, so the part after the slash only adds that note.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from melonb.errors import MusicError

__all__ = ["NO_CHORD", "chord_name", "chroma", "from_mask", "pitch_class", "to_mask"]

NO_CHORD = "N"
_SHARPS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_DEGREES = (0, 2, 4, 5, 7, 9, 11)

# The name written for a set of intervals is the first here that has it, at the lowest root.
_QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "dim": (0, 3, 6),
    "m7b5": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
    "aug": (0, 4, 8),
    "sus4": (0, 5, 7),
    "7sus4": (0, 5, 7, 10),
    "mmaj7": (0, 3, 7, 11),
    "9": (0, 2, 4, 7, 10),
    "maj9": (0, 2, 4, 7, 11),
    "m9": (0, 2, 3, 7, 10),
    "add9": (0, 2, 4, 7),
    "madd9": (0, 2, 3, 7),
    "7b9": (0, 1, 4, 7, 10),
    "7#9": (0, 3, 4, 7, 10),
    "aug7": (0, 4, 8, 10),
    "7b5": (0, 4, 6, 10),
    "maj7#5": (0, 4, 8, 11),
    "11": (0, 2, 4, 5, 7, 10),
    "maj7#11": (0, 4, 6, 7, 11),
    "13": (0, 2, 4, 7, 9, 10),
    "m11": (0, 2, 3, 5, 7, 10),
    "69": (0, 2, 4, 7, 9),
    "9sus4": (0, 2, 5, 7, 10),
    "sus2": (0, 2, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "5": (0, 7),
    "1": (0,),
}

_SYNONYMS = {
    "maj": "", "M": "", "major": "", "min": "m", "-": "m", "mi": "m", "minor": "m",
    "dom": "7", "dominant": "7", "M7": "maj7", "ma7": "maj7", "Maj7": "maj7", "j7": "maj7",
    "^7": "maj7", "^": "maj7", "major-seventh": "maj7",
    "min7": "m7", "-7": "m7", "mi7": "m7", "minor-seventh": "m7",
    "o": "dim", "°": "dim", "diminished": "dim", "hdim7": "m7b5", "ø": "m7b5", "ø7": "m7b5",
    "min7b5": "m7b5", "-7b5": "m7b5", "hdim": "m7b5", "h7": "m7b5", "half-diminished": "m7b5",
    "o7": "dim7", "°7": "dim7", "diminished-seventh": "dim7",
    "+": "aug", "augmented": "aug", "sus": "sus4", "7sus": "7sus4",
    "sus4(b7)": "7sus4", "sus4b7": "7sus4", "minmaj7": "mmaj7", "mM7": "mmaj7", "m(maj7)": "mmaj7",
    "-maj7": "mmaj7", "min9": "m9", "-9": "m9", "M9": "maj9", "add2": "add9", "2": "add9",
    "maj(9)": "add9", "min(9)": "madd9", "+7": "aug7", "7#5": "aug7", "7+": "aug7",
    "min11": "m11", "maj6": "6", "M6": "6", "min6": "m6", "-6": "m6", "9sus": "9sus4",
    "power": "5",
}  # fmt: skip

_NAME = re.compile(r"(?P<root>[A-G][#b♯♭]*):?(?P<quality>[^/]*)(?:/(?P<bass>.+))?")
_DEGREE = re.compile(r"(?P<omit>\*?)(?P<accidental>[#b♯♭]*)(?P<number>1[0-3]|[1-9])")


def pitch_class(name: str) -> int:
    """Give the pitch class of a note name: 0 for ``C``, 10 for ``Bb``."""
    letter, accidentals = name[:1], name[1:].replace("♯", "#").replace("♭", "b").replace("-", "b")
    if letter not in _LETTERS or set(accidentals) - set("#b"):
        raise MusicError(f"{name!r} is no note name", remedy="write it like C, F# or Bb")
    return (_LETTERS[letter] + accidentals.count("#") - accidentals.count("b")) % 12


def chroma(name: str) -> NDArray[np.uint8]:
    """Read a chord name.

    Returns
    -------
    chroma
        0 or 1 for each pitch class from C, shape (12,). All zero for no chord (``N``).

    Raises
    ------
    MusicError
        If the name cannot be read.

    Examples
    --------
    >>> np.flatnonzero(chroma("Am7")).tolist()
    [0, 4, 7, 9]
    >>> np.flatnonzero(chroma("C:min7/b3")).tolist()
    [0, 3, 7, 10]
    """
    result = np.zeros(12, dtype=np.uint8)
    result[sorted(_classes(name.strip()))] = 1
    return result


@lru_cache(maxsize=4096)
def _classes(name: str) -> frozenset[int]:
    if name in ("", NO_CHORD, "N.C.", "NC", "X", "none"):
        return frozenset()
    if name.startswith("{") and name.endswith("}"):
        return frozenset(pitch_class(note) for note in name[1:-1].split())
    match = _NAME.fullmatch(name)
    if match is None:
        raise MusicError(f"{name!r} is no chord name", remedy="write it like Am7, F#dim or C:min7")
    root = pitch_class(match["root"])
    intervals = _intervals(match["quality"].strip(), name)
    sounding = {(root + interval) % 12 for interval in intervals}
    if bass := match["bass"]:
        degree = _DEGREE.fullmatch(bass)
        sounding.add((root + _degree(degree)) % 12 if degree else pitch_class(bass))
    return frozenset(sounding)


def _intervals(quality: str, name: str) -> set[int]:
    """Read what follows the root: a known quality, and degrees added or left out in brackets."""
    known = _quality(quality)
    if known is not None:
        return set(known)
    base, _, rest = quality.partition("(")
    known = _quality(base.strip()) if base or not rest else (0, 4, 7)
    degrees = [_DEGREE.fullmatch(part) for part in re.split(r"[ ,]+", rest.rstrip(") ")) if part]
    if known is None or not rest or None in degrees:
        raise MusicError(
            f"chord {name!r} has an unknown quality {quality!r}",
            remedy="list its notes instead, like {C E G#}",
        )
    intervals = set(known) if base or "1" not in rest else {0}
    for degree in degrees:
        if degree is not None:
            change = intervals.discard if degree["omit"] else intervals.add
            change(_degree(degree))
    return intervals


def _quality(quality: str) -> tuple[int, ...] | None:
    return _QUALITIES.get(_SYNONYMS.get(quality, quality))


def _degree(match: re.Match[str]) -> int:
    """Turn a scale degree such as ``b3`` or ``9`` into semitones above the root."""
    sharps = match["accidental"].count("#") + match["accidental"].count("♯")
    flats = len(match["accidental"]) - sharps
    return (_DEGREES[(int(match["number"]) - 1) % 7] + sharps - flats) % 12


def chord_name(chroma: ArrayLike) -> str:
    """Name the pitch classes of one step; ``chroma(chord_name(c))`` is ``c``.

    Examples
    --------
    >>> chord_name(chroma("A:min"))
    'Am'
    """
    classes = np.flatnonzero(np.asarray(chroma)).tolist()
    return _named(tuple(classes))


@lru_cache(maxsize=4096)
def _named(classes: tuple[int, ...]) -> str:
    if not classes:
        return NO_CHORD
    for suffix, intervals in _QUALITIES.items():
        if len(intervals) != len(classes):
            continue
        for root in classes:
            if {(root + interval) % 12 for interval in intervals} == set(classes):
                return _SHARPS[root] + suffix
    return "{" + " ".join(_SHARPS[each] for each in classes) + "}"


def to_mask(chroma: ArrayLike) -> NDArray[np.uint16]:
    """Pack twelve zeros and ones on the last axis into one number, bit *i* for pitch class *i*."""
    weights = (1 << np.arange(12)).astype(np.uint16)
    return (np.asarray(chroma).astype(bool) @ weights).astype(np.uint16)


def from_mask(mask: ArrayLike) -> NDArray[np.uint8]:
    """Undo `to_mask`: shape (...) to (..., 12)."""
    bits = np.asarray(mask).astype(np.int64)[..., None] >> np.arange(12)
    return (bits & 1).astype(np.uint8)
