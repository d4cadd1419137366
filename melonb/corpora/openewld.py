"""OpenEWLD: lead sheets in the public domain, compressed MusicXML with chords."""

from __future__ import annotations

from pathlib import Path

from melonb.corpora.musicxml import read_score
from melonb.corpora.song import Reading, Song
from melonb.corpora.splits import identity
from melonb.corpora.tunes import tune_part

__all__ = ["SUFFIXES", "files", "read"]

SUFFIXES = (".mxl", ".musicxml")


def files(folder: Path) -> list[str]:
    """List the scores."""
    found = sorted(path for path in folder.rglob("*") if path.name.lower().endswith(SUFFIXES))
    return [str(path.relative_to(folder)) for path in found]


def read(folder: Path, file: str) -> Reading:
    """Read one score."""
    tune = read_score(folder / file)
    title = tune.title or Path(file).stem
    song = Song(
        str(Path(file).with_suffix("")),
        identity(title),
        (tune_part(tune),),
        "OpenEWLD",
        "score in the public domain",
    )
    return Reading([song])
