"""Several players: the trio of MusicVAE and the loop of the loop VQ-VAE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from melonb.errors import TokenError
from melonb.music.drums import Drums
from melonb.music.grid import (
    DRUM_CLASSES,
    HOLD,
    REST,
    STEPS_PER_BAR,
    Monophony,
    frozen,
)
from melonb.music.loss import LossReport
from melonb.music.melody import BASS_PROGRAM, Bass, Melody, voice_notes
from melonb.music.percussion import GENERAL_MIDI
from melonb.music.piece import Piece, Track

if TYPE_CHECKING:
    from melonb.music.midi_file import Source

__all__ = ["LOOP_BARS", "LOOP_LOW", "LOOP_PITCHES", "LOOP_WIDTH", "Loop", "Trio"]

LOOP_BARS = 8
LOOP_LOW = 24  # C1, the lowest bass pitch of a loop
LOOP_PITCHES = 84  # up to B7
LOOP_WIDTH = LOOP_PITCHES + DRUM_CLASSES
_LOOP_STEPS = LOOP_BARS * STEPS_PER_BAR


@dataclass(frozen=True, eq=False, repr=False)
class Trio(Piece):
    """A melody, a bass line and drums of one length.

    Examples
    --------
    >>> Trio(Melody([60, 128] * 8), Bass([36, 128] * 8), Drums([1, 0] * 8))
    <Trio 1 bar, melody 8 notes, bass 8 notes, drums 8 hits>
    """

    melody: Melody
    bass: Bass
    drums: Drums

    def __post_init__(self) -> None:
        lengths = [len(part) for part in (self.melody, self.bass, self.drums)]
        if len(set(lengths)) > 1:
            raise TokenError(
                f"melody, bass and drums have {lengths} steps",
                remedy="cut all three to the same bars",
            )

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Give the tokens of the three."""
        return (self.melody.tokens, self.bass.tokens, self.drums.tokens)

    def tracks(self) -> tuple[Track, ...]:
        """Give the notes of the three."""
        return (*self.melody.tracks(), *self.bass.tracks(), *self.drums.tracks())

    def slice_steps(self, first: int, stop: int) -> Trio:
        """Cut out steps."""
        return Trio(
            self.melody.slice_steps(first, stop),
            self.bass.slice_steps(first, stop),
            self.drums.slice_steps(first, stop),
        )

    def transpose(self, semitones: int) -> Trio:
        """Move melody and bass."""
        melody, bass = self.melody.transpose(semitones), self.bass.transpose(semitones)
        return Trio(melody, bass, self.drums)

    @classmethod
    def from_midi(
        cls,
        source: Source,
        *,
        tracks: tuple[int | str | None, int | str | None, int | str | None] = (None, None, None),
        mapping: NDArray[np.int8] = GENERAL_MIDI,
        bars: tuple[int, int] | None = None,
    ) -> Trio:
        """Read a trio: one melody track, one bass track, all drums, or the tracks asked for.

        Who is not there is silent. See `Melody.from_midi` and `Drums.from_midi`.
        """
        from melonb.music.midi_in import read_drums, read_voice, reading

        with reading(source) as score:
            melody, first = read_voice(score, "melody", tracks[0], "highest", bars, in_band=True)
            bass, second = read_voice(score, "bass", tracks[1], "lowest", bars, in_band=True)
            drums, third = read_drums(score, tracks[2], mapping, bars, in_band=True)
        return cls(Melody(melody), Bass(bass), Drums(drums), loss=first + second + third)


@dataclass(frozen=True, eq=False, repr=False)
class Loop(Piece):
    """Eight bars of bass and drums as one picture (Han et al., 2021).

    Parameters
    ----------
    roll
        Zeros and ones, shape (128, 93): a column for each bass pitch C1..B7 (24..107), then the
        nine drum classes. A bass pitch marked at successive steps is one note.
    """

    roll: NDArray[np.bool_]

    def __init__(self, roll: ArrayLike, *, loss: object = None) -> None:
        array = np.asarray(roll)
        if array.shape != (_LOOP_STEPS, LOOP_WIDTH):
            raise TokenError(
                f"a loop's roll has shape {array.shape}",
                remedy=f"give ({_LOOP_STEPS}, {LOOP_WIDTH})",
            )
        if not np.isin(array, (0, 1)).all():
            raise TokenError("a loop's roll holds other values than 0 and 1")
        object.__setattr__(self, "roll", frozen(array.astype(bool)))
        object.__setattr__(self, "loss", loss)

    @classmethod
    def from_parts(cls, bass: Bass, drums: Drums) -> Loop:
        """Put eight bars of bass and drums together.

        Successive notes of one pitch become one, and pitches outside C1..B7 fall silent: both are
        counted in ``.loss``.
        """
        if bass.steps != _LOOP_STEPS or drums.steps != _LOOP_STEPS:
            raise TokenError(
                f"bass and drums have {bass.steps} and {drums.steps} steps",
                remedy=f"give {LOOP_BARS} bars, {_LOOP_STEPS} steps, of each",
            )
        notes = voice_notes(bass.tokens)
        within = (notes[:, 2] >= LOOP_LOW) & (notes[:, 2] < LOOP_LOW + LOOP_PITCHES)
        pitched = np.zeros((_LOOP_STEPS, LOOP_PITCHES), dtype=bool)
        for start, length, pitch in notes[within]:
            pitched[start : start + length, pitch - LOOP_LOW] = True
        loop = cls(np.concatenate([pitched, drums.roll()], axis=1))
        kept = len(loop.tracks()[0].notes)
        outside, joined = int(np.sum(~within)), int(np.sum(within)) - kept
        reasons = {"outside C1..B7": outside, "joined to the same pitch before": joined}
        loss = LossReport(
            notes=len(notes),
            kept=kept,
            merged=joined,
            out_of_range=outside,
            reasons={reason: count for reason, count in reasons.items() if count},
        )
        hits = int(drums.roll().sum())
        return cls(loop.roll, loss=loss + LossReport(notes=hits, kept=hits))

    def bass(self) -> Bass:
        """Give the bass line: the lowest pitch of each step, successive equal ones joined."""
        pitched = self.roll[:, :LOOP_PITCHES]
        lowest = np.where(pitched.any(axis=1), pitched.argmax(axis=1) + LOOP_LOW, REST)
        again = lowest == np.concatenate([[REST], lowest[:-1]])
        return Bass(np.where(again & (lowest != REST), HOLD, lowest))

    def drums(self) -> Drums:
        """Give the drums."""
        return Drums.from_roll(self.roll[:, LOOP_PITCHES:])

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Give the roll."""
        return (self.roll,)

    def tracks(self) -> tuple[Track, ...]:
        """Give the notes of bass (all its pitches, joined) and drums."""
        edges = np.diff(self.roll[:, :LOOP_PITCHES].T.astype(np.int8), prepend=0, append=0)
        pitch, starts = np.nonzero(edges == 1)
        lengths = np.nonzero(edges == -1)[1] - starts
        notes = np.column_stack([starts, lengths, pitch + LOOP_LOW]).astype(np.int64)
        notes = notes[np.argsort(starts, kind="stable")]
        return (Track("bass", "pitch", BASS_PROGRAM, notes), *self.drums().tracks())

    def slice_steps(self, first: int, stop: int) -> Loop:
        """Give the loop with all outside these steps silent, since a loop is always eight bars."""
        roll = np.zeros_like(self.roll)
        roll[first:stop] = self.roll[first:stop]
        return Loop(roll)

    def transpose(self, semitones: int) -> Loop:
        """Move the bass; `TokenError` if it would leave C1..B7."""
        pitched = self.roll[:, :LOOP_PITCHES]
        moved = np.zeros_like(pitched)
        low, high = max(semitones, 0), min(LOOP_PITCHES, LOOP_PITCHES + semitones)
        if low < high:
            moved[:, low:high] = pitched[:, low - semitones : high - semitones]
        if moved.sum() != pitched.sum():
            raise TokenError(
                f"moving by {semitones} semitones takes the bass out of C1..B7",
                remedy="transpose by less",
            )
        return Loop(np.concatenate([moved, self.roll[:, LOOP_PITCHES:]], axis=1))

    @classmethod
    def from_midi(
        cls,
        source: Source,
        *,
        track: int | str | None = None,
        monophony: Monophony = "lowest",
        mapping: NDArray[np.int8] = GENERAL_MIDI,
        bars: tuple[int, int] | None = None,
    ) -> Loop:
        """Read eight bars of bass and drums: the first eight, or of ``bars`` the first eight.

        Shorter music is followed by silence. Whether it is a loop in the sense of the paper is for
        the paper's own rules to say.
        """
        from melonb.music.midi_in import check_band, read_drums, read_voice, reading, whole_steps

        with reading(source) as score:
            last = -(-whole_steps(score) // STEPS_PER_BAR)
            begin, end = bars or (0, last)
            window = (begin, min(end, begin + LOOP_BARS))
            bass, first = read_voice(score, "bass", track, monophony, window, in_band=True)
            drums, second = read_drums(score, None, mapping, window, in_band=True)
            if track is None:
                check_band(score)
        loop = cls.from_parts(Bass(_padded(bass, REST)), Drums(_padded(drums, 0)))
        return cls(loop.roll, loss=_chained(first + second, loop.loss or LossReport()))


def _padded(tokens: NDArray[np.int16], silence: int) -> NDArray[np.int16]:
    """Cut or fill up to eight bars."""
    missing = max(0, _LOOP_STEPS - len(tokens))
    return np.pad(tokens[:_LOOP_STEPS], (0, missing), constant_values=silence)


def _chained(first: LossReport, second: LossReport) -> LossReport:
    """Report two steps as one: the notes of the first, what is kept by the second."""
    both = first + second
    return LossReport(
        notes=first.notes,
        kept=second.kept,
        merged=both.merged,
        dropped=both.dropped,
        out_of_range=both.out_of_range,
        moved=first.moved,
        resized=first.resized,
        reasons=both.reasons,
    )
