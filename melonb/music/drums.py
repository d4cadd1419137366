"""Drum bars: nine classes, any of them struck at each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from melonb.music.grid import DRUM_CLASSES, frozen, tokens_array
from melonb.music.percussion import GENERAL_MIDI
from melonb.music.piece import Piece, Track

if TYPE_CHECKING:
    from melonb.music.midi_file import Source

__all__ = ["DRUM_SIZE", "Drums"]

DRUM_SIZE = 1 << DRUM_CLASSES
_BITS = np.arange(DRUM_CLASSES)


@dataclass(frozen=True, eq=False, repr=False)
class Drums(Piece):
    """Drums at sixteenths.

    Parameters
    ----------
    tokens
        One a step, 0..511: bit *i* says that class *i* of
        `melonb.music.percussion.DRUM_NAMES` is struck.

    Examples
    --------
    >>> Drums([1, 4, 6, 4] * 4)
    <Drums 1 bar, 20 hits>
    """

    tokens: NDArray[np.int16]

    def __init__(self, tokens: ArrayLike, *, loss: object = None) -> None:
        object.__setattr__(self, "tokens", frozen(tokens_array(tokens, DRUM_SIZE, "drum")))
        object.__setattr__(self, "loss", loss)

    @classmethod
    def from_roll(cls, roll: ArrayLike) -> Drums:
        """Make drums from zeros and ones, shape (steps, 9)."""
        struck = np.asarray(roll).astype(bool).reshape(-1, DRUM_CLASSES)
        return cls(struck @ (1 << _BITS))

    def roll(self) -> NDArray[np.bool_]:
        """Give which class is struck when, shape (steps, 9)."""
        return (self.tokens[:, None] >> _BITS & 1).astype(bool)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Give the tokens."""
        return (self.tokens,)

    def tracks(self) -> tuple[Track, ...]:
        """Give the hits as one track, each one step long."""
        steps, classes = np.nonzero(self.roll())
        notes = np.column_stack([steps, np.ones_like(steps), classes])
        return (Track("drums", "drums", 0, notes.astype(np.int64)),)

    def slice_steps(self, first: int, stop: int) -> Drums:
        """Cut out steps."""
        return Drums(self.tokens[first:stop])

    def transpose(self, semitones: int) -> Drums:
        """Give the same drums, which have no pitch to move."""
        return self

    @classmethod
    def from_midi(
        cls,
        source: Source,
        *,
        track: int | str | None = None,
        mapping: NDArray[np.int8] = GENERAL_MIDI,
        bars: tuple[int, int] | None = None,
    ) -> Drums:
        """Read drums from MIDI; what that lost is in ``.loss``.

        Parameters
        ----------
        source
            A path, the bytes of a file, a `pretty_midi.PrettyMIDI` or a `symusic.Score`.
        track
            Number (from 0) or name of the track to read. Without it: all drum tracks together.
        mapping
            Class of each of the 128 pitches: `percussion.GENERAL_MIDI` or `percussion.ROLAND`.
        bars
            First bar and the one after the last, counted from 0. Without it: all.
        """
        from melonb.music.midi_in import read_drums

        tokens, loss = read_drums(source, track, mapping, bars)
        return cls(tokens, loss=loss)
