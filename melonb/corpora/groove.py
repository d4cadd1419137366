"""Groove MIDI Dataset: drummers on an electronic kit, in human time, with an official split."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from melonb.corpora.song import Reading, Song, SongPart
from melonb.errors import MusicError
from melonb.music.grid import STEPS_PER_BAR, drum_tokens
from melonb.music.midi import grid_notes, joined
from melonb.music.midi import read as read_midi
from melonb.music.percussion import ROLAND

__all__ = ["SUFFIXES", "files", "read"]

SUFFIXES = (".mid", ".midi", "info.csv")
_SPLITS = {"train": "train", "validation": "valid", "test": "test"}


def files(folder: Path) -> list[str]:
    """List the performances."""
    found = sorted([*folder.rglob("*.mid"), *folder.rglob("*.midi")])
    return [str(path.relative_to(folder)) for path in found]


@lru_cache(maxsize=2)
def _table(folder: Path) -> dict[str, dict[str, str]]:
    """Return what ``info.csv`` says of each performance, by its place below the table."""
    table = {}
    for path in folder.rglob("info.csv"):
        below = path.parent.relative_to(folder)
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                table[str(below / row["midi_filename"])] = row
    return table


def read(folder: Path, file: str) -> Reading:
    """Read one performance."""
    info = _table(folder).get(file, {})
    metre = info.get("time_signature", "4-4").replace("-", "/")
    if metre != "4/4":
        raise MusicError(f"metre {metre}")
    score = read_midi(folder / file)
    kits = (track for track in score.tracks if track.is_drum and track.note_num())
    tracks = [grid_notes(kit, score.ticks_per_quarter) for kit in kits]
    if not tracks:
        raise MusicError("no drums")
    notes = joined(tracks)
    bars = int(notes.starts.max()) // STEPS_PER_BAR + 1
    tokens, _ = drum_tokens(notes.starts, notes.pitches, bars * STEPS_PER_BAR, ROLAND)
    name = info.get("id") or str(Path(file).with_suffix(""))
    split = _SPLITS.get(info.get("split", ""))
    part = SongPart("drums", tokens, monophonic=False)
    return Reading([Song(name, name, (part,), "Groove MIDI Dataset 1.0.0", "CC-BY 4.0", split)])
