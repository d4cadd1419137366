"""MIDI in bulk: all parts of a song on its bar grid.

`read` (in `melonb.music.midi_file`) checks a file, `parts` takes its tracks onto sixteenths; both
raise `Rejected`, whose ``reason`` is short enough to count by. Songs must be in 4/4 (2/2 has the
same bar), and bars are counted from tick 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from melonb.music.grid import STEPS_PER_BAR, Monophony, drum_tokens, melody_tokens, quantise
from melonb.music.loss import LossReport
from melonb.music.midi_file import Rejected, Source, check_metre, read, song_steps, tempo
from melonb.music.percussion import GENERAL_MIDI

if TYPE_CHECKING:
    import symusic

__all__ = [
    "BASS_PROGRAMS",
    "MELODY_PROGRAMS",
    "GridNotes",
    "Part",
    "Rejected",
    "Source",
    "grid_notes",
    "is_monophonic",
    "joined",
    "parts",
    "read",
    "tempo",
    "voice",
]

MELODY_PROGRAMS = range(0, 112)  # all that is pitched
BASS_PROGRAMS = range(32, 40)


@dataclass(frozen=True)
class GridNotes:
    """The notes of a track on the grid, by start: first step, step after the last, pitch."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    pitches: NDArray[np.int64]
    moved: NDArray[np.bool_]
    resized: NDArray[np.bool_]

    def shifted(self, steps: int) -> GridNotes:
        """Count the steps from another one on."""
        starts, ends = self.starts - steps, self.ends - steps
        return GridNotes(starts, ends, self.pitches, self.moved, self.resized)


@dataclass(frozen=True)
class Part:
    """What one player of a song plays, on the song's bar grid.

    Parameters
    ----------
    kind
        ``"melody"`` (any pitched program but the basses and the sound effects), ``"bass"``
        (programs 32..39), or ``"drums"`` (all drum tracks of the song together).
    program
        MIDI program 0..127; 0 for drums.
    track
        Number of the track in the file, from 0.
    name
        The track's name in the file.
    tokens
        Melody or drum tokens, shape (steps,), as long for every part of a song: whole bars.
    monophonic
        Whether it is one voice as it stands: no two notes start together, and none goes on for
        more than a step into the next.
    notes
        Number of notes in the file.
    loss
        What the grid and one voice lost.
    """

    kind: Literal["melody", "bass", "drums"]
    program: int
    track: int
    name: str
    tokens: NDArray[np.int16]
    monophonic: bool
    notes: int
    loss: LossReport


def grid_notes(track: symusic.core.TrackTick, ticks_per_quarter: int) -> GridNotes:
    """Put the notes of a track on the grid."""
    notes = track.notes.numpy()
    times = notes["time"].astype(np.int64)
    pitches = notes["pitch"].astype(np.int64)
    on_grid = quantise(times, times + notes["duration"], ticks_per_quarter)
    return GridNotes(on_grid.starts, on_grid.ends, pitches, on_grid.moved, on_grid.resized)


def joined(tracks: list[GridNotes]) -> GridNotes:
    """Put the notes of several tracks together."""
    if len(tracks) == 1:
        return tracks[0]
    names = ("starts", "ends", "pitches", "moved", "resized")
    return GridNotes(*(np.concatenate([getattr(each, name) for each in tracks]) for name in names))


def voice(
    notes: GridNotes, steps: int, monophony: Monophony = "highest"
) -> tuple[NDArray[np.int16], LossReport]:
    """Write the notes of a track as one voice (see `melonb.music.grid.melody_tokens`)."""
    return melody_tokens(
        notes.starts, notes.ends, notes.pitches, steps, monophony, notes.moved, notes.resized
    )


def parts(score: symusic.core.ScoreTick) -> list[Part]:
    """Take all parts of a song onto its bar grid, which begins at tick 0.

    Parameters
    ----------
    score
        What `read` gave.

    Returns
    -------
    parts
        Melodies and basses in the order of the file, then the drums. All are of one length, in
        whole bars. May be empty.

    Raises
    ------
    Rejected
        If the song is not in 4/4 throughout.
    """
    length = song_steps(score)
    check_metre(score, length)
    steps = max(1, -(-length // STEPS_PER_BAR)) * STEPS_PER_BAR
    found: list[Part] = []
    drums: list[tuple[int, GridNotes]] = []
    for number, track in enumerate(score.tracks):
        if not track.note_num():
            continue
        if track.is_drum:
            drums.append((number, grid_notes(track, score.ticks_per_quarter)))
        elif track.program in MELODY_PROGRAMS:
            notes = grid_notes(track, score.ticks_per_quarter)
            found.append(_voice_part(number, track, notes, steps))
    if drums:
        found.append(_drum_part(drums, score, steps))
    return found


def _voice_part(number: int, track: symusic.core.TrackTick, notes: GridNotes, steps: int) -> Part:
    kind: Literal["melody", "bass"] = "bass" if track.program in BASS_PROGRAMS else "melody"
    tokens, loss = voice(notes, steps, "lowest" if kind == "bass" else "highest")
    count = len(notes.starts)
    return Part(kind, track.program, number, track.name, tokens, is_monophonic(notes), count, loss)


def _drum_part(
    drums: list[tuple[int, GridNotes]], score: symusic.core.ScoreTick, steps: int
) -> Part:
    notes = joined([each for _, each in drums])
    tokens, loss = drum_tokens(notes.starts, notes.pitches, steps, GENERAL_MIDI, notes.moved)
    first = drums[0][0]
    name = score.tracks[first].name
    return Part("drums", 0, first, name, tokens, False, len(notes.starts), loss)


def is_monophonic(notes: GridNotes) -> bool:
    """Say whether notes are one voice: legato may overlap by a step, chords may not."""
    order = np.argsort(notes.starts, kind="stable")
    starts, ends, pitches = notes.starts[order], notes.ends[order], notes.pitches[order]
    together = np.diff(starts) == 0
    if np.any(together & (np.diff(pitches) != 0)):
        return False
    return bool(np.all(together | (ends[:-1] - starts[1:] <= 1)))
