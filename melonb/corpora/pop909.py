"""POP909: Chinese pop songs with a melody track, chords and beats.

The MIDI files' own grid is not metrical. Beats and bar lines come from ``beat_midi.txt`` (its third
column marks the first beat of a bar of four), chords from ``chord_midi.txt``, both in seconds.
The tracks MELODY (with the chords) and BRIDGE, which carries the tune between the verses, are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from melonb.corpora.chords import parse_chord
from melonb.corpora.song import Reading, Song, SongPart
from melonb.errors import MusicError
from melonb.music.grid import STEPS_PER_BAR, STEPS_PER_BEAT, melody_tokens
from melonb.music.midi import GridNotes, is_monophonic
from melonb.music.midi import read as read_midi

__all__ = ["SUFFIXES", "files", "read"]

SUFFIXES = (".mid", "beat_midi.txt", "chord_midi.txt")
_BEATS_PER_BAR = STEPS_PER_BAR // STEPS_PER_BEAT
_KEPT = ("MELODY", "BRIDGE")


def files(folder: Path) -> list[str]:
    """List the main version of each song: ``NNN/NNN.mid``."""
    found = sorted(path for path in folder.rglob("*.mid") if path.stem == path.parent.name)
    return [str(path.relative_to(folder)) for path in found]


@dataclass(frozen=True)
class _Beats:
    """Beat times in seconds, and the beat of the bar grid that each stands for."""

    times: NDArray[np.float64]
    grid: NDArray[np.int64]

    def steps(self, seconds: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the nearest sixteenth of times; between two beats the tempo is even."""
        beat = np.clip(np.searchsorted(self.times, seconds, "right") - 1, 0, len(self.times) - 2)
        length = self.times[beat + 1] - self.times[beat]
        share = (seconds - self.times[beat]) / length
        return np.floor((self.grid[beat] + share) * STEPS_PER_BEAT + 0.5).astype(np.int64)


def read(folder: Path, file: str) -> Reading:
    """Read one song."""
    path = folder / file
    beats = _read_beats(path.with_name("beat_midi.txt"))
    score: Any = read_midi(path).to("second")
    bars = int(beats.grid[-1]) // _BEATS_PER_BAR + 1
    parts = []
    for number, track in enumerate(score.tracks):
        name = track.name.strip().upper()
        if name not in _KEPT or not track.note_num():
            continue
        notes = track.notes.numpy()
        starts = beats.steps(notes["time"].astype(float))
        ends = beats.steps((notes["time"] + notes["duration"]).astype(float))
        ends = np.maximum(ends, starts + 1)
        tokens, _ = melody_tokens(starts, ends, notes["pitch"], bars * STEPS_PER_BAR)
        still = np.zeros(len(starts), bool)
        whole = GridNotes(starts, ends, notes["pitch"].astype(np.int64), still, still)
        chords = _read_chords(path.with_name("chord_midi.txt"), beats, bars)
        if name != "MELODY":
            chords = None
        parts.append(
            SongPart("melody", tokens, track.program, number, is_monophonic(whole), chords)
        )
    if not parts:
        raise MusicError("no track is called MELODY")
    song = Song(f"POP909 {path.stem}", f"pop909 {path.stem}", tuple(parts), "POP909", "MIT")
    return Reading([song])


def _read_beats(path: Path) -> _Beats:
    """Lay beats on a grid of four to a bar; each marked first beat begins a new bar."""
    try:
        times, _, first = np.loadtxt(path, ndmin=2).T
    except (OSError, ValueError) as error:
        raise MusicError(f"the beats cannot be read: {path.name}") from error
    times, keep = np.unique(times, return_index=True)
    downbeats = np.flatnonzero(first[keep] > 0)
    if len(downbeats) < 2:
        raise MusicError("no bar lines are marked")
    odd = np.mean(np.diff(downbeats) % _BEATS_PER_BAR != 0)
    if odd > 0.2:
        raise MusicError("not in 4/4")
    grid = np.zeros(len(times), np.int64)
    start = -(-int(downbeats[0]) // _BEATS_PER_BAR) * _BEATS_PER_BAR
    edges = [*downbeats, len(times)]
    grid[: edges[0]] = start - np.arange(edges[0], 0, -1)
    for begin, end in pairwise(edges):
        grid[begin:end] = start + np.arange(end - begin)
        start += -(-int(end - begin) // _BEATS_PER_BAR) * _BEATS_PER_BAR
    return _Beats(times, grid)


def _read_chords(path: Path, beats: _Beats, bars: int) -> NDArray[np.uint16] | None:
    """Return one chord mask a step, None if the chords are not there."""
    if not path.exists():
        return None
    chords = np.zeros(bars * STEPS_PER_BAR, np.uint16)
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split()
        mask = parse_chord(words[2]) if len(words) == 3 else None
        if mask is None:
            continue
        first, last = beats.steps(np.array([float(words[0]), float(words[1])]))
        chords[max(first, 0) : max(last, 0)] = mask
    return chords
