"""What every type of music here has in common.

A piece is a value: its arrays cannot be written to, two pieces with the same arrays are equal, and
its hash is the same on every machine. Whatever leaves the house (MIDI, score, sound, picture) is
made from one description, the notes of its `Track` objects, so all of them agree.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from melonb.errors import MusicError
from melonb.music.grid import STEPS_PER_BAR
from melonb.music.loss import LossReport

if TYPE_CHECKING:
    import music21
    import pretty_midi
    from matplotlib.figure import Figure

    from melonb.music.sound import Sound

__all__ = ["ChordSpan", "Piece", "Track", "note_name"]

P = TypeVar("P", bound="Piece")
_NOTES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True)
class Track:
    """The notes of one player: start, length and pitch (or drum class) of each, in steps."""

    name: str
    kind: Literal["pitch", "drums"]
    program: int
    notes: NDArray[np.int64]  # (N, 3)


class ChordSpan(NamedTuple):
    """A chord and how long it lasts, in steps."""

    start: int
    length: int
    name: str
    classes: tuple[int, ...]


def note_name(pitch: int) -> str:
    """Name a MIDI pitch; 60 is ``C4``."""
    return f"{_NOTES[pitch % 12]}{pitch // 12 - 1}"


@dataclass(frozen=True, eq=False, repr=False)
class Piece(ABC):
    """Music on the grid of sixteenths in 4/4."""

    loss: LossReport | None = field(default=None, kw_only=True)

    @abstractmethod
    def arrays(self) -> tuple[np.ndarray, ...]:
        """Give the arrays that this piece is, each with time on its first axis."""

    @abstractmethod
    def tracks(self) -> tuple[Track, ...]:
        """Give the notes, one `Track` a player."""

    @abstractmethod
    def slice_steps(self: P, first: int, stop: int) -> P:
        """Cut out the steps from ``first`` up to, not including, ``stop``."""

    @abstractmethod
    def transpose(self: P, semitones: int) -> P:
        """Move all that has a pitch by a number of semitones."""

    def chord_spans(self) -> tuple[ChordSpan, ...]:
        """Give the chords, if this piece has any."""
        return ()

    @property
    def steps(self) -> int:
        """Length in sixteenths."""
        return len(self.arrays()[0])

    @property
    def bars(self) -> int:
        """Length in bars, the last of which may be incomplete."""
        return -(-self.steps // STEPS_PER_BAR)

    def slice_bars(self: P, first: int, stop: int) -> P:
        """Cut out bars, counted from 0, from ``first`` up to, not including, ``stop``."""
        if not 0 <= first < stop <= self.bars:
            raise MusicError(
                f"bars {first} to {stop} are not in a piece of {self.bars} bars",
                remedy=f"choose 0 <= first < stop <= {self.bars}",
            )
        return self.slice_steps(first * STEPS_PER_BAR, min(stop * STEPS_PER_BAR, self.steps))

    def hash(self) -> str:
        """Give 32 hexadecimal digits that depend on the music alone."""
        digest = hashlib.blake2b(type(self).__name__.encode(), digest_size=16)
        for array in self.arrays():
            digest.update(str(array.shape).encode())
            digest.update(np.ascontiguousarray(array, dtype="<i2").tobytes())
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        theirs = other.arrays()
        return all(map(np.array_equal, self.arrays(), theirs))

    def __hash__(self) -> int:
        return int(self.hash()[:15], 16)

    def __len__(self) -> int:
        return self.steps

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(self._summary())}>"

    def _summary(self) -> Sequence[str]:
        """Say in a few words what this is: length first, then what each track plays."""
        whole = self.steps % STEPS_PER_BAR == 0
        length = f"{self.bars} bar{'s' * (self.bars != 1)}"
        words = [length if whole else f"{self.steps} step{'s' * (self.steps != 1)}"]
        tracks = self.tracks()
        for track in tracks:
            unit = "hit" if track.kind == "drums" else "note"
            count = len(track.notes)
            label = f"{track.name} " if len(tracks) > 1 else ""
            words.append(f"{label}{count} {unit}{'s' * (count != 1)}")
            if track.kind == "pitch" and count and len(tracks) == 1:
                ends = {int(track.notes[:, 2].min()), int(track.notes[:, 2].max())}
                words.append("-".join(note_name(pitch) for pitch in sorted(ends)))
        return words

    def to_midi(
        self, path: str | PathLike[str] | None = None, qpm: float = 120.0
    ) -> pretty_midi.PrettyMIDI:
        """Give this as a `pretty_midi.PrettyMIDI`, and write it to ``path`` if one is given."""
        from melonb.music.midi_out import to_midi

        return to_midi(self, path, qpm)

    def to_sound(self, rate: int = 22050, qpm: float = 120.0) -> Sound:
        """Play this into an array of samples."""
        from melonb.music.sound import render

        return render(self, rate, qpm)

    def to_score(self, qpm: float = 120.0) -> music21.stream.Score:
        """Give this as a music21 score."""
        from melonb.music.score import to_score

        return to_score(self, qpm)

    def to_musicxml(self, path: str | PathLike[str] | None = None, qpm: float = 120.0) -> str:
        """Give this as MusicXML text, and write it to ``path`` if one is given."""
        from melonb.music.score import to_musicxml

        return to_musicxml(self, path, qpm)

    def to_roll_json(self, qpm: float = 120.0) -> dict[str, Any]:
        """Describe this in plain values, as the player in a page reads it."""
        from melonb.music.element import to_roll_json

        return to_roll_json(self, qpm)

    def describe(self) -> str:
        """Say in a sentence what is heard, for those who cannot see the picture."""
        from melonb.music.picture import describe

        return describe(self)

    def svg(self, label: str | None = None) -> str:
        """Draw this as a piano roll, in SVG, with `describe` as its text."""
        from melonb.music.picture import svg

        return svg(self, label)

    def figure(self) -> Figure:
        """Draw this as a piano roll with matplotlib."""
        from melonb.music.picture import figure

        return figure(self)

    def to_element(self, label: str | None = None, qpm: float = 120.0) -> str:
        """Give HTML that shows this, and plays it where the page has the player."""
        from melonb.music.element import to_element

        return to_element(self, label, qpm)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.to_element()}
