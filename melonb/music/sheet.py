"""Chords, and lead sheets: a melody with chords above it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from melonb.errors import TokenError
from melonb.music import harmony
from melonb.music.grid import Monophony, frozen
from melonb.music.melody import Melody, Rhythm
from melonb.music.piece import ChordSpan, Piece, Track

if TYPE_CHECKING:
    from melonb.music.midi_file import Source

__all__ = ["Chords", "LeadSheet"]


@dataclass(frozen=True, eq=False, repr=False)
class Chords(Piece):
    """Which pitch classes accompany each step.

    Parameters
    ----------
    chroma
        0 or 1, shape (steps, 12), from C upwards. A step without a one has no chord.

    Examples
    --------
    >>> Chords.from_names(["C", "G7"], steps_each=16)
    <Chords 2 bars, C G7>
    """

    chroma: NDArray[np.uint8]

    def __init__(self, chroma: ArrayLike, *, loss: object = None) -> None:
        array = np.asarray(chroma)
        if array.ndim != 2 or array.shape[1] != 12 or not len(array):
            raise TokenError(f"chords have shape {array.shape}", remedy="give (steps, 12)")
        if not np.isin(array, (0, 1)).all():
            raise TokenError("chords hold other values than 0 and 1")
        object.__setattr__(self, "chroma", frozen(array.astype(np.uint8)))
        object.__setattr__(self, "loss", loss)

    @classmethod
    def from_names(cls, names: Iterable[str], steps_each: int = 1) -> Chords:
        """Make chords from names such as ``Am7``, ``C:min7/b3``, ``N``.

        Parameters
        ----------
        names
            Chord names (see `melonb.music.harmony`).
        steps_each
            How many steps each name lasts: 1, or for example 16 for one chord a bar.
        """
        rows = [harmony.chroma(name) for name in names]
        return cls(np.repeat(np.array(rows).reshape(-1, 12), steps_each, axis=0))

    @classmethod
    def from_mask(cls, mask: ArrayLike) -> Chords:
        """Make chords from one number a step, bit *i* for pitch class *i*."""
        return cls(harmony.from_mask(mask))

    @property
    def mask(self) -> NDArray[np.uint16]:
        """One number a step, bit *i* for pitch class *i*, shape (steps,)."""
        return harmony.to_mask(self.chroma)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of the chord at each step, ``N`` where there is none."""
        return tuple(harmony.chord_name(row) for row in self.chroma)

    def chord_spans(self) -> tuple[ChordSpan, ...]:
        """Give each chord once, with its start and length; steps without a chord are left out."""
        mask = self.mask
        starts = np.flatnonzero(np.diff(mask.astype(np.int64), prepend=-1))
        ends = np.append(starts[1:], len(mask))
        return tuple(
            ChordSpan(
                int(start),
                int(end - start),
                harmony.chord_name(self.chroma[start]),
                tuple(np.flatnonzero(self.chroma[start]).tolist()),
            )
            for start, end in zip(starts, ends, strict=True)
            if mask[start]
        )

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Give the chroma."""
        return (self.chroma,)

    def tracks(self) -> tuple[Track, ...]:
        """Give no track: chords are heard as an accompaniment, from `chord_spans`."""
        return ()

    def slice_steps(self, first: int, stop: int) -> Chords:
        """Cut out steps."""
        return Chords(self.chroma[first:stop])

    def transpose(self, semitones: int) -> Chords:
        """Move all chords."""
        return Chords(np.roll(self.chroma, semitones, axis=1))

    def _summary(self) -> list[str]:
        names = [span.name for span in self.chord_spans()]
        shown = " ".join(names[:8]) + (" ..." if len(names) > 8 else "")
        return [*super()._summary(), shown or "none"]

    @classmethod
    def from_midi(
        cls,
        source: Source,
        *,
        track: int | str | None = None,
        bars: tuple[int, int] | None = None,
    ) -> Chords:
        """Read the pitch classes that sound in one track.

        Parameters
        ----------
        source
            A path, the bytes of a file, a `pretty_midi.PrettyMIDI` or a `symusic.Score`.
        track
            Number (from 0) or name. Without it: the track named ``chords``, else no chords.
        bars
            First bar and the one after the last, counted from 0. Without it: all.
        """
        from melonb.music.midi_in import read_chords

        chroma, loss = read_chords(source, track, bars)
        return cls(chroma, loss=loss)


@dataclass(frozen=True, eq=False, repr=False)
class LeadSheet(Piece):
    """A melody with chords, step by step.

    Examples
    --------
    >>> LeadSheet(Melody([60, 128, 62, 129] * 4), Chords.from_names(["C"], 16))
    <LeadSheet 1 bar, 8 notes, C4-D4, C>
    """

    melody: Melody
    chords: Chords

    def __post_init__(self) -> None:
        if self.melody.steps != self.chords.steps:
            raise TokenError(
                f"the melody has {self.melody.steps} steps, the chords {self.chords.steps}",
                remedy="cut both to the same bars",
            )

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Give the melody's tokens and the chroma."""
        return (self.melody.tokens, self.chords.chroma)

    def tracks(self) -> tuple[Track, ...]:
        """Give the melody's notes; the chords are in `chord_spans`."""
        return self.melody.tracks()

    def chord_spans(self) -> tuple[ChordSpan, ...]:
        """Give each chord once, with its start and length."""
        return self.chords.chord_spans()

    def slice_steps(self, first: int, stop: int) -> LeadSheet:
        """Cut out steps."""
        return LeadSheet(self.melody.slice_steps(first, stop), self.chords.slice_steps(first, stop))

    def transpose(self, semitones: int) -> LeadSheet:
        """Move melody and chords together."""
        return LeadSheet(self.melody.transpose(semitones), self.chords.transpose(semitones))

    def rhythm(self) -> Rhythm:
        """Keep when the melody's notes start, go on and stop."""
        return self.melody.rhythm()

    def _summary(self) -> list[str]:
        return [*super()._summary(), *self.chords._summary()[1:]]

    @classmethod
    def from_midi(
        cls,
        source: Source,
        *,
        track: int | str | None = None,
        chord_track: int | str | None = None,
        monophony: Monophony | None = None,
        bars: tuple[int, int] | None = None,
    ) -> LeadSheet:
        """Read a melody and the chords of a second track (see `Melody` and `Chords`)."""
        from melonb.music.midi_in import read_chords, read_voice, reading

        rule = monophony or "highest"
        with reading(source) as score:
            chroma, _ = read_chords(score, chord_track, bars)
            # Under chords a melody may be silent; alone, some track must be the melody.
            in_band = bool(chroma.any())
            melody, loss = read_voice(score, "melody", track, rule, bars, in_band=in_band)
        return cls(Melody(melody), Chords(chroma), loss=loss)
