"""Tunes as they are played: repeats followed, on one bar grid, in tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from melonb.corpora.abc_notation import WHOLE, Measure, bar_length, read_heads, read_measures
from melonb.corpora.chords import harmonise, parse_chord
from melonb.corpora.song import SongPart
from melonb.errors import MusicError
from melonb.music.grid import STEPS_PER_BAR, melody_tokens, quantise
from melonb.music.midi_file import MAX_BARS

__all__ = ["Tune", "fits_grid", "play", "read_tune", "tune_part"]

#: Measures of these lengths share the grid of 4/4: 2/4 two to a bar, 4/2 over two bars.
_FITTING = (WHOLE // 2, WHOLE, 2 * WHOLE)


@dataclass(frozen=True)
class Tune:
    """A tune as it is played, repeats and all, its first full bar at a bar line.

    Parameters
    ----------
    title, metre
        What the tune says of itself.
    notes
        ``(start, length, pitch)`` in ticks.
    chords
        ``(start, word)``.
    bars, odd
        Number of measures played, and of those that do not fit the metre.
    length
        Length in ticks.
    """

    title: str
    metre: str
    notes: list[tuple[int, int, int]]
    chords: list[tuple[int, str]]
    bars: int
    odd: int
    length: int


def fits_grid(metre: str) -> bool:
    """Tell whether a metre shares the grid of 4/4."""
    return bar_length(metre) in _FITTING


def read_tune(text: str) -> Tune:
    """Read one tune in ABC, from ``X:`` to its end, onto a grid of 4/4 bars."""
    heads, body = read_heads(text)
    return play(heads.get("T", "").strip(), heads.get("M", ""), read_measures(heads, body))


def play(title: str, metre: str, measures: list[Measure]) -> Tune:
    """Play measures in order, with their repeats, onto a grid of 4/4 bars."""
    if not any(measure.notes for measure in measures):
        raise MusicError("the tune has no notes")
    return _lay_out(title, metre, [measures[i] for i in _playing_order(measures)])


def _playing_order(measures: list[Measure]) -> Iterator[int]:
    """Yield the measures in the order they are played, repeats and endings followed."""
    start, turn, i = 0, 1, 0
    while i < len(measures):
        measure = measures[i]
        if measure.opens and i != start:
            start, turn = i, 1
        if measure.endings and turn not in measure.endings:
            i = _after_ending(measures, i)
            continue
        yield i
        if measure.closes and turn == 1:
            i, turn = start, 2
            continue
        # The second turn is over at its repeat sign, or where its ending has ended.
        if turn == 2 and (measure.closes or (measure.double and _in_ending(measures, i, start))):
            start, turn = i + 1, 1
        i += 1


def _after_ending(measures: list[Measure], i: int) -> int:
    """Return the measure after the ending that begins at ``i``."""
    while i + 1 < len(measures) and not (measures[i].closes or measures[i + 1].endings):
        i += 1
    return i + 1


def _in_ending(measures: list[Measure], i: int, start: int) -> bool:
    return any(measure.endings for measure in measures[start : i + 1])


def _lay_out(title: str, metre: str, played: list[Measure]) -> Tune:
    """Put measures on the bar grid.

    A measure goes on where the last one ended if it still fits in the bar (an upbeat after a short
    last measure), else to the next bar line. The upbeat of the tune ends at a bar line.
    """
    measure_length = bar_length(metre) or WHOLE
    notes: list[list[int]] = []
    chords: list[tuple[int, str]] = []
    odd = 0
    time = WHOLE - played[0].length if played[0].length < measure_length else 0
    for i, measure in enumerate(played):
        room = -time % measure_length or measure_length
        if i and measure.length > room:
            time += -time % measure_length
            odd += 1 if room < measure_length or measure.length > measure_length else 0
        for start, length, pitch, tied in measure.notes:
            _append(notes, [time + start, length, pitch, tied])
        chords += [(time + start, word) for start, word in measure.chords]
        time += measure.length
    return Tune(
        title,
        metre,
        [(start, length, pitch) for start, length, pitch, _ in notes if length > 0],
        chords,
        len(played),
        odd,
        time,
    )


def _append(notes: list[list[int]], note: list[int]) -> None:
    """Add a note, or lengthen the one before if it is tied to it."""
    before = notes[-1] if notes else None
    if before and before[3] and before[2] == note[2] and before[0] + before[1] == note[0]:
        before[1] += note[1]
        before[3] = note[3]
    else:
        notes.append(note)


def tune_part(tune: Tune) -> SongPart:
    """Write a tune in tokens, with its chords or else with the harmoniser's.

    Raises
    ------
    MusicError
        If the tune does not fit the grid of 4/4.
    """
    if not fits_grid(tune.metre):
        raise MusicError(f"metre {tune.metre or 'not given'}")
    if tune.odd > max(1, tune.bars // 8):
        raise MusicError("measures that do not fit the metre")
    bars = -(-tune.length // WHOLE)
    if bars < 2:
        raise MusicError("shorter than two bars")
    if bars > MAX_BARS:
        raise MusicError(f"longer than {MAX_BARS:,} bars")
    start, length, pitch = np.array(tune.notes, np.int64).T
    if pitch.min() < 0 or pitch.max() > 127:
        raise MusicError("pitches out of range")
    grid = quantise(start, start + length, WHOLE // 4)
    if np.mean(grid.moved) > 0.5:
        raise MusicError("most notes lie off the sixteenth grid")
    steps = bars * STEPS_PER_BAR
    tokens, loss = melody_tokens(grid.starts, grid.ends, pitch, steps)
    chords = _chords(tune, steps)
    return SongPart(
        "melody",
        tokens,
        monophonic=not loss.dropped,
        chords=harmonise(tokens) if chords is None else chords,
    )


def _chords(tune: Tune, steps: int) -> NDArray[np.uint16] | None:
    """Return the chords of a tune that has them, one mask a step; a chord lasts until the next."""
    known = [(time, mask) for time, word in tune.chords if (mask := parse_chord(word)) is not None]
    if len(known) < 2:
        return None
    chords = np.zeros(steps, np.uint16)
    for time, mask in known:
        chords[time * STEPS_PER_BAR // WHOLE :] = mask
    return chords
