"""The Nottingham Music Database in Jukedeck's cleaned edition: tunes in ABC with chords.

A tune is read from ``ABC_cleaned``, where its repeats and chords are written; versions of a tune
share their title and so their side of the split.
"""

from __future__ import annotations

from pathlib import Path

from melonb.corpora.folk import read_abc
from melonb.corpora.song import Reading

__all__ = ["SUFFIXES", "files", "read"]

SUFFIXES = (".abc",)


def files(folder: Path) -> list[str]:
    """List the ABC files of the cleaned edition, or all there are."""
    found = sorted(folder.rglob("*.abc"))
    cleaned = [path for path in found if path.parent.name == "ABC_cleaned"]
    return [str(path.relative_to(folder)) for path in cleaned or found]


def read(folder: Path, file: str) -> Reading:
    """Read all tunes of one file."""
    return read_abc(folder, file, "Nottingham Music Database", "GPL-3.0 (repository)")
