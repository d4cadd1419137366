"""The bundled default: folk tunes from the corpora that come with music21.

The Essen collection, Aird's airs, O'Neill's music of Ireland and Ryan's mammoth collection are read
from music21's own files with the light ABC reader, music21 itself is not loaded. Tunes in 4/4, and
in 2/2 and 2/4, which share its grid, are kept, with repeats played. A tune has its own chords, or
those of `chords.harmonise`.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from melonb.corpora.abc_notation import read_heads, split_tunes
from melonb.corpora.song import Reading, Rejection, Song
from melonb.corpora.splits import identity
from melonb.corpora.tunes import fits_grid, read_tune, tune_part
from melonb.errors import CorpusError, MusicError

__all__ = ["SUFFIXES", "files", "read", "read_abc", "root"]

SUFFIXES = (".abc",)

_COLLECTIONS = {
    "essenFolksong": ("Essen folk song collection", "non-commercial use, by permission"),
    "airdsAirs": ("Aird's Airs", "music21 corpus; tunes in the public domain"),
    "oneills1850": ("O'Neill's Music of Ireland", "music21 corpus; tunes in the public domain"),
    "ryansMammoth": ("Ryan's Mammoth Collection", "music21 corpus; tunes in the public domain"),
}


def root() -> Path:
    """Return the folder of music21's corpora, without importing music21."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        raise CorpusError("the folk tunes come with music21", remedy="run `pip install music21`")
    return Path(spec.origin).parent / "corpus"


def files(folder: Path) -> list[str]:
    """List the ABC files of the four collections."""
    found = [p for name in _COLLECTIONS for p in (folder / name).glob("*.abc")]
    return sorted(str(p.relative_to(folder)) for p in found)


def read(folder: Path, file: str) -> Reading:
    """Read all tunes of one file."""
    title, licence = _COLLECTIONS[Path(file).parts[0]]
    return read_abc(folder, file, title, licence)


def read_abc(folder: Path, file: str, source: str, licence: str) -> Reading:
    """Read all tunes of a file in ABC; one that cannot be used is named with the reason."""
    reading = Reading()
    text = (folder / file).read_text(encoding="utf-8", errors="replace")
    for tune in split_tunes(text):
        head = read_heads(tune)[0]
        name = f"{Path(file).with_suffix('')}#{head.get('X', '').strip()} {head.get('T', '')}"
        try:
            if not fits_grid(head.get("M", "")):
                raise MusicError(f"metre {head.get('M') or 'not given'}")
            part = tune_part(read_tune(tune))
        except (MusicError, ValueError, IndexError) as error:
            reading.rejected.append(Rejection(name, str(error)))
            continue
        group = identity(head.get("T", "")) or name
        reading.songs.append(Song(name, group, (part,), source, licence))
    return reading
