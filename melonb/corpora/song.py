"""What a reader of files hands to a store: songs in tokens, and refusals with their reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from melonb.music.grid import STEPS_PER_BAR

__all__ = ["Reading", "Rejection", "Song", "SongPart", "chord_mask"]


@dataclass(frozen=True)
class SongPart:
    """One voice of a song, on the song's own bar grid.

    Parameters
    ----------
    kind
        ``melody``, ``bass`` or ``drums``.
    tokens
        Melody tokens or drum tokens, int16 (steps,), a whole number of bars.
    program, track
        General MIDI program and the number of the track in the file.
    monophonic
        Whether the voice was monophonic before it was written in tokens.
    chords
        Pitch classes that sound beside a melody, one 12-bit mask a step, uint16 (steps,).
    """

    kind: str
    tokens: NDArray[np.int16]
    program: int = 0
    track: int = 0
    monophonic: bool = True
    chords: NDArray[np.uint16] | None = None


@dataclass(frozen=True)
class Song:
    """One song: its name in the corpus, its identity for the split, and its voices."""

    name: str
    group: str
    parts: tuple[SongPart, ...]
    source: str
    licence: str
    split: str | None = None

    def __post_init__(self) -> None:
        for name in ("name", "group"):
            object.__setattr__(self, name, _text(getattr(self, name)))

    @property
    def bars(self) -> int:
        """Number of bars that every voice has."""
        return len(self.parts[0].tokens) // STEPS_PER_BAR


@dataclass(frozen=True)
class Rejection:
    """A file or tune that was left out, and why."""

    file: str
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", _text(self.file))


def _text(name: str) -> str:
    """Write bytes of a file's name that are no UTF-8 by number: no store could hold them else."""
    return name.encode("utf-8", "backslashreplace").decode()


@dataclass
class Reading:
    """What came out of some files."""

    songs: list[Song] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


def chord_mask(pitch_classes: Iterable[int]) -> int:
    """Return the 12-bit mask of some pitch classes, bit 0 = C.

    Examples
    --------
    >>> chord_mask([0, 4, 7])
    145
    """
    return sum(1 << p for p in {int(p) % 12 for p in pitch_classes})
