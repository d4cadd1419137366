"""The Lakh MIDI Dataset: LMD-full, LMD-matched, the clean subset, or any folder of its files.

A file's name is the md5 of its content, which is checked. A song's identity is its id in the
Million Song Dataset where it is known (a folder called ``TR...``, as in LMD-matched, or
``songs.tsv``), else artist and title (``songs.tsv``, or ``Artist/Title.mid`` as in the clean
subset), else the md5.
"""

from __future__ import annotations

import csv
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from melonb.corpora.midi_folder import files, read_song
from melonb.corpora.song import Reading
from melonb.corpora.splits import identity
from melonb.errors import MidiError

__all__ = ["SUFFIXES", "files", "read"]

SUFFIXES = (".mid", ".midi", "songs.tsv")
_LICENCE = "CC-BY 4.0 (the dataset); the song's rights are its owners'"
_MD5 = re.compile(r"[0-9a-f]{32}")
_MSD_ID = re.compile(r"TR[A-Z0-9]{16}")


@lru_cache(maxsize=2)
def _songs(folder: Path) -> dict[str, str]:
    """Return the identity of each file by its md5, from ``songs.tsv``."""
    known = {}
    for path in folder.rglob("songs.tsv"):
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                artist, title = row.get("artist") or "", row.get("title") or ""
                if row.get("msd_track_id"):
                    known[row["md5"]] = row["msd_track_id"]
                elif identity(title):
                    known[row["md5"]] = identity(artist, title)
    return known


def _group(folder: Path, file: str) -> str:
    path = Path(file)
    named = next((part for part in reversed(path.parts[:-1]) if _MSD_ID.fullmatch(part)), None)
    if named:
        return named
    if _MD5.fullmatch(path.stem):
        return _songs(folder).get(path.stem, path.stem)
    return identity(path.parent.name, path.stem) if len(path.parts) > 1 else identity(path.stem)


def read(folder: Path, file: str) -> Reading:
    """Read one file."""
    path = folder / file
    if _MD5.fullmatch(path.stem):
        # The archive has no published checksum, but every file in it has one: its name.
        found = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        if found != path.stem:
            raise MidiError("the content is not what its name, an md5, says")
    song = read_song(path, path.stem, _group(folder, file), "Lakh MIDI", _LICENCE)
    return Reading([song])
