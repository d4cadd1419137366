"""One voice: melodies, bass lines, and their rhythm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from melonb.music import encodings
from melonb.music.grid import HOLD, MELODY_SIZE, REST, Monophony, frozen, tokens_array
from melonb.music.piece import Piece, Track

if TYPE_CHECKING:
    from melonb.music.midi_file import Source

__all__ = ["BASS_PROGRAM", "Bass", "Melody", "Rhythm", "voice_notes"]

BASS_PROGRAM = 33
_RHYTHM_PITCH = 76  # E5: bright and short on a piano, like a clave
V = TypeVar("V", bound="Melody")


def voice_notes(tokens: NDArray[np.int16]) -> NDArray[np.int64]:
    """Read melody tokens (steps,) as notes (N, 3): start, length, pitch."""
    starts = np.flatnonzero(tokens < HOLD)
    stops = np.append(np.flatnonzero(tokens != HOLD), len(tokens))
    ends = stops[np.searchsorted(stops, starts, side="right")]
    return np.column_stack([starts, ends - starts, tokens[starts]]).astype(np.int64)


@dataclass(frozen=True, eq=False, repr=False)
class Melody(Piece):
    """One voice at sixteenths.

    Parameters
    ----------
    tokens
        One a step: 0..127 a note of that pitch starts, 128 it goes on, 129 rest. A 128 that has no
        note to hold, at the start or after a rest, is read as a rest.

    Examples
    --------
    >>> Melody([60, 128, 62, 129] * 4)
    <Melody 1 bar, 8 notes, C4-D4>
    """

    tokens: NDArray[np.int16]

    _name: ClassVar[str] = "melody"
    _program: ClassVar[int] = 0
    _monophony: ClassVar[Monophony] = "highest"

    def __init__(self, tokens: ArrayLike, *, loss: object = None) -> None:
        array = encodings.canonical(tokens_array(tokens, MELODY_SIZE, "melody"))
        object.__setattr__(self, "tokens", frozen(array))
        object.__setattr__(self, "loss", loss)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Give the tokens."""
        return (self.tokens,)

    def tracks(self) -> tuple[Track, ...]:
        """Give the notes as one track."""
        return (Track(self._name, "pitch", self._program, voice_notes(self.tokens)),)

    def slice_steps(self: V, first: int, stop: int) -> V:
        """Cut out steps; a note that started before them is lost."""
        return type(self)(self.tokens[first:stop])

    def transpose(self: V, semitones: int) -> V:
        """Move all notes; `TokenError` if one would leave 0..127."""
        return type(self)(encodings.transpose(self.tokens, semitones))

    def rhythm(self) -> Rhythm:
        """Keep when notes start, go on and stop."""
        return Rhythm(encodings.to_rhythm(self.tokens))

    @property
    def pitches(self) -> NDArray[np.int64]:
        """The pitches of the notes, in order."""
        return self.tokens[self.tokens < HOLD].astype(np.int64)

    @classmethod
    def from_midi(
        cls: type[V],
        source: Source,
        *,
        track: int | str | None = None,
        monophony: Monophony | None = None,
        bars: tuple[int, int] | None = None,
    ) -> V:
        """Read one voice from MIDI; what that lost is in ``.loss``.

        Parameters
        ----------
        source
            A path, the bytes of a file, a `pretty_midi.PrettyMIDI` or a `symusic.Score`.
        track
            Number (from 0) or name of the track to read. Without it: the one of this name, or else
            the one that looks most like it.
        monophony
            Which of the notes that start together stays: ``"highest"`` (a melody's default),
            ``"lowest"`` (a bass line's), ``"latest"``, or ``"refuse"`` to raise `MusicError`.
        bars
            First bar and the one after the last, counted from 0. Without it: all.
        """
        from melonb.music.midi_in import read_voice

        rule = monophony or cls._monophony
        tokens, loss = read_voice(source, cls._name, track, rule, bars)
        return cls(tokens, loss=loss)


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Bass(Melody):
    """A bass line: the tokens of a `Melody`, played on a bass guitar (program 33)."""

    _name: ClassVar[str] = "bass"
    _program: ClassVar[int] = BASS_PROGRAM
    _monophony: ClassVar[Monophony] = "lowest"


@dataclass(frozen=True, eq=False, repr=False)
class Rhythm(Piece):
    """When notes start (0), go on (1) and are absent (2), with no pitch.

    Examples
    --------
    >>> Rhythm([0, 1, 2, 2])
    <Rhythm 4 steps, 1 note>
    """

    tokens: NDArray[np.int16]

    def __init__(self, tokens: ArrayLike, *, loss: object = None) -> None:
        array = tokens_array(tokens, 3, "rhythm")
        pitched = np.array([_RHYTHM_PITCH, HOLD, REST], dtype=np.int16)[array]
        object.__setattr__(self, "tokens", frozen(encodings.to_rhythm(pitched)))
        object.__setattr__(self, "loss", loss)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Give the tokens."""
        return (self.tokens,)

    def with_pitch(self, pitch: int = _RHYTHM_PITCH) -> Melody:
        """Play the rhythm on one pitch."""
        return Melody(np.array([pitch, HOLD, REST])[self.tokens])

    def tracks(self) -> tuple[Track, ...]:
        """Give the notes as one track on one pitch."""
        return (Track("rhythm", "pitch", 0, voice_notes(self.with_pitch().tokens)),)

    def slice_steps(self, first: int, stop: int) -> Rhythm:
        """Cut out steps."""
        return Rhythm(self.tokens[first:stop])

    def transpose(self, semitones: int) -> Rhythm:
        """Give the same rhythm, which has no pitch to move."""
        return self

    def _summary(self) -> list[str]:
        return list(super()._summary())[:2]

    @classmethod
    def from_midi(
        cls,
        source: Source,
        *,
        track: int | str | None = None,
        monophony: Monophony | None = None,
        bars: tuple[int, int] | None = None,
    ) -> Rhythm:
        """Read the rhythm of one voice (see `Melody.from_midi`)."""
        from melonb.music.midi_in import read_voice

        tokens, loss = read_voice(source, "rhythm", track, monophony or "highest", bars)
        return cls(encodings.to_rhythm(tokens), loss=loss)
