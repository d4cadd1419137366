"""Any melody as a phrase that the models can read, and back, with an account of what it took.

The models know 8 bars inside pitch 55 to 84. A longer melody lends them the 8 bars around the
target, a shorter one is repeated, for the models have hardly heard silence and answer it with
silence, but its target is heard once alone; one that lies outside the range is moved for the
model's eyes and moved back afterwards; notes that no move can bring inside are read an octave
or more away, and stay untouched in what is given back, unless they stand in the target.

To the models, a hold after the target goes on with whatever was written there. Whoever asked for
other bars and no more wants to hear the old note, so it is struck anew (`Fitted.restored`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from melonb.clsm.spans import BARS, LOWEST, PITCHES, STEPS, STEPS_PER_BAR, Span
from melonb.clsm.spans import HOLD as SYMBOL_HOLD
from melonb.clsm.spans import REST as SYMBOL_REST
from melonb.errors import UsageError
from melonb.music import Melody
from melonb.music.encodings import to_clsm
from melonb.music.grid import HOLD, REST

__all__ = ["ODE", "Fitted", "fitted"]

_HIGHEST = LOWEST + PITCHES - 1


def _ode() -> Melody:
    """Write Beethoven's tune in C: (pitch, sixteenths)."""
    line = [(64, 4), (64, 4), (65, 4), (67, 4), (67, 4), (65, 4), (64, 4), (62, 4), (60, 4)]
    line += [(60, 4), (62, 4), (64, 4)]
    ends = [[(64, 6), (62, 2), (62, 8)], [(62, 6), (60, 2), (60, 8)]]
    notes = [note for end in ends for note in (*line, *end)]
    return Melody([t for pitch, steps in notes for t in (pitch, *[HOLD] * (steps - 1))])


ODE = _ode()  # what the models begin with where the reader gives no melody


@dataclass(frozen=True)
class Fitted:
    """A melody's phrase in the 32 symbols, and the way back.

    Parameters
    ----------
    melody
        The melody as it came.
    symbols
        (128,) int64.
    first_bar
        The bar of the melody at which the phrase begins, from 0.
    shift
        Semitones that the phrase was moved by to come into range.
    folded
        Notes that are read an octave or more from where they stand.
    span
        The target, in steps of the phrase.
    """

    melody: Melody
    symbols: NDArray[np.int64]
    first_bar: int
    shift: int
    folded: int
    span: Span

    def restored(self, symbols: NDArray[np.integer]) -> Melody:
        """Put the target of a written phrase (128,) into the melody; all else sounds as it came.

        A note that was tied out of the target is struck anew where the target ends, unless what is
        written there ends on the same pitch and can be held.
        """
        symbols = np.asarray(symbols, dtype=np.int64)
        # Not `from_clsm`: a first hold may go on with a note from before the phrase.
        pitched = symbols + (LOWEST - self.shift)
        written = np.select([symbols == SYMBOL_HOLD, symbols == SYMBOL_REST], [HOLD, REST], pitched)
        start = self.first_bar * STEPS_PER_BAR
        stop = min(start + self.span.stop, self.melody.steps)
        result = self.melody.tokens.astype(np.int64)
        result[start + self.span.first : stop] = written[self.span.first : stop - start]
        if stop < self.melody.steps and self.melody.tokens[stop] == HOLD:
            pitch = _last(self.melody.tokens[:stop])
            if _last(result[:stop]) != pitch:
                result[stop] = pitch
        return Melody(result)

    def __str__(self) -> str:
        first, last = self.first_bar + 1, min(self.first_bar + BARS, self.melody.bars)
        lines = [f"bars {first} to {last}" if first < last else f"bar {first}"]
        if self.melody.bars < BARS:
            lines.append(f"repeated up to {BARS}")
        if self.shift:
            lines.append(f"read {abs(self.shift)} semitones {'up' if self.shift > 0 else 'down'}")
        if self.folded:
            lines.append(f"{self.folded} notes out of range, read octaves away")
        return ", ".join(lines)


def fitted(melody: Melody, bars: tuple[int, int] | None = None) -> Fitted:
    """Choose the 8 bars around a target and bring them into the models' range.

    Parameters
    ----------
    melody
        Of any length from one bar.
    bars
        First bar of the target and the one after its last, counted from 0. Bars 3 and 4 if left
        out, or all of a melody that has fewer.

    Examples
    --------
    >>> print(fitted(ODE.transpose(24), (2, 4)))
    bars 1 to 8, read 7 semitones down
    """
    first, stop = bars or ((2, 4) if melody.bars >= 4 else (0, melody.bars))
    if not 0 <= first < stop <= melody.bars:
        raise UsageError(
            f"bars {first + 1} to {stop} are not in a melody of {melody.bars}",
            remedy="name bars that it has",
        )
    if stop - first > BARS:
        raise UsageError(f"{stop - first} bars are too many", remedy=f"rewrite {BARS} at most")
    latest = max(0, melody.bars - BARS)
    first_bar = min(max(0, (first + stop - BARS) // 2), latest)

    span = Span.of_bars(first - first_bar, stop - first_bar)
    phrase = melody.tokens[first_bar * STEPS_PER_BAR :][:STEPS]
    own = np.full(min(melody.bars, BARS) * STEPS_PER_BAR, REST, dtype=np.int64)
    own[: len(phrase)] = Melody(phrase).tokens
    tokens = _repeated(own, span)
    shift = _shift(tokens[tokens < HOLD])
    pitched = tokens < HOLD
    moved = np.where(pitched, tokens + shift, tokens)
    out = pitched & ((moved < LOWEST) | (moved > _HIGHEST))
    moved = np.where(out, LOWEST + 5 + (moved - LOWEST - 5) % 12, moved)
    return Fitted(
        melody,
        to_clsm(moved).astype(np.int64),
        first_bar,
        shift,
        int(out[: len(own)].sum()),
        span,
    )


def _repeated(own: NDArray[np.int64], span: Span) -> NDArray[np.int64]:
    """Say a short phrase again up to 8 bars, its target only if there is nothing else to say."""
    tokens, target = np.resize(own, STEPS), np.zeros(len(own), dtype=bool)
    target[span.first : span.stop] = True
    if len(own) < STEPS and not target.all():
        again = tokens[len(own) :]
        again[np.resize(target, STEPS)[len(own) :]] = REST
        again[:] = Melody(again).tokens  # a note that was tied out of the target is cut off
    return tokens


def _last(tokens: NDArray[np.integer]) -> int:
    """Say which pitch sounds at the end of melody tokens, or that none does."""
    struck = tokens[tokens != HOLD]
    return int(struck[-1]) if len(struck) else REST


def _shift(pitches: NDArray[np.int64]) -> int:
    """Find the least move that brings the most notes into range."""
    if not len(pitches):
        return 0
    moves = sorted(range(-127, 128), key=abs)
    inside = [int(((pitches + m >= LOWEST) & (pitches + m <= _HIGHEST)).sum()) for m in moves]
    return moves[int(np.argmax(inside))]
