"""Any folder of MIDI files; and how MIDI files in general become songs."""

from __future__ import annotations

from pathlib import Path

from melonb.corpora.song import Reading, Song, SongPart
from melonb.errors import MusicError
from melonb.music import midi

__all__ = ["SUFFIXES", "files", "read", "read_song"]

SUFFIXES = (".mid", ".midi", ".kar")


def files(folder: Path) -> list[str]:
    """List the MIDI files of a folder and the folders in it."""
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    return [str(path.relative_to(folder)) for path in found]


def read(folder: Path, file: str) -> Reading:
    """Read one file; its name is its identity."""
    name = str(Path(file).with_suffix(""))
    return Reading([read_song(folder / file, name, name, "folder", "not stated")])


def read_song(path: Path, name: str, group: str, source: str, licence: str) -> Song:
    """Read a MIDI file as a song: every melody, bass and the drums on one bar grid.

    Raises
    ------
    MusicError
        If the file is broken, not in 4/4, or holds nothing that can be used.
    """
    parts = tuple(
        SongPart(part.kind, part.tokens, part.program, part.track, part.monophonic)
        for part in midi.parts(midi.read(path))
    )
    if not parts:
        raise MusicError("no melody, bass or drums")
    return Song(name, group, parts, source, licence)
