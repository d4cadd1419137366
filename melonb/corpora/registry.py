"""The corpora by name: what each is, where its public home is, and who reads its files."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from melonb.corpora.song import Reading
from melonb.errors import CorpusError, UsageError

__all__ = ["Entry", "UnknownCorpus", "entry", "names"]


class UnknownCorpus(CorpusError, UsageError):  # noqa: N818 - what happened to the name
    """There is no corpus of that name."""


@dataclass(frozen=True)
class Entry:
    """One corpus.

    Parameters
    ----------
    name, title, licence, home
        What it is called here and by its makers, its licence as they state it, its page.
    url, sha256
        The archive in its public home, and its checksum where its makers publish one.
    checked
        What vouches for the content where no checksum of the archive does.
    builds_itself
        Whether the first use prepares it, with no download.
    per_task
        Files that one worker reads at a time.
    synthetic
        Whether a program composed it.
    reader
        Module that reads its files, the one of its name unless another is given.
    """

    name: str
    title: str
    licence: str
    home: str
    url: str | None = None
    sha256: str | None = None
    checked: str = "no checksum is published, each file is checked as it is read"
    builds_itself: bool = False
    per_task: int = 64
    synthetic: bool = False
    reader: str | None = None

    def root(self) -> Path:
        """Return where the files of a corpus that builds itself lie."""
        place: Path = self._module().root()
        return place

    def files(self, folder: Path) -> list[str]:
        """List the files to read under a folder, in a stable order."""
        finder: Callable[[Path], list[str]] = self._module().files
        return finder(folder)

    def read(self, folder: Path, file: str) -> Reading:
        """Read one file: its songs, and what was left out and why."""
        reader: Callable[[Path, str], Reading] = self._module().read
        return reader(folder, file)

    def suffixes(self) -> tuple[str, ...]:
        """Name the files of an archive that are worth unpacking, by how they end."""
        suffixes: tuple[str, ...] = self._module().SUFFIXES
        return suffixes

    def _module(self) -> ModuleType:
        # Readers load what they need (symusic, an XML parser) only when they are asked.
        return importlib.import_module(f"melonb.corpora.{self.reader or self.name}")


_ENTRIES = (
    Entry(
        "folk",
        "Folk tunes from the corpora inside music21 (Essen, Aird, O'Neill, Ryan's Mammoth)",
        "as each collection states; Essen for non-commercial use",
        "https://www.music21.org",
        checked="as music21 was installed",
        builds_itself=True,
        per_task=64,
    ),
    Entry(
        "houseband",
        "Songs by melonb's house band (synthetic)",
        "CC0 1.0",
        "https://github.com/melonb/melonb",
        checked="made here, from its seed",
        builds_itself=True,
        per_task=4,
        synthetic=True,
    ),
    Entry(
        "nottingham",
        "Nottingham Music Database, cleaned edition by Jukedeck",
        "GPL-3.0 (repository)",
        "https://github.com/jukedeck/nottingham-dataset",
        "https://github.com/jukedeck/nottingham-dataset/archive/refs/heads/master.zip",
        per_task=2,
    ),
    Entry(
        "pop909",
        "POP909, the main version of each song",
        "MIT",
        "https://github.com/music-x-lab/POP909-Dataset",
        "https://github.com/music-x-lab/POP909-Dataset/archive/refs/heads/master.zip",
        per_task=32,
    ),
    Entry(
        "groove",
        "Groove MIDI Dataset 1.0.0",
        "CC-BY 4.0",
        "https://magenta.tensorflow.org/datasets/groove",
        "https://storage.googleapis.com/magentadata/datasets/groove/groove-v1.0.0-midionly.zip",
        "651cbc524ffb891be1a3e46d89dc82a1cecb09a57c748c7b45b844c4841dcc1e",
        per_task=128,
    ),
    Entry(
        "openewld",
        "OpenEWLD: lead sheets in the public domain",
        "MIT, scores in the public domain",
        "https://github.com/00sapo/OpenEWLD",
        "https://github.com/00sapo/OpenEWLD/archive/refs/heads/master.zip",
        per_task=32,
    ),
    Entry(
        "lakh",
        "Lakh MIDI Dataset: LMD-full, LMD-matched, or any subset folder",
        "CC-BY 4.0 (the dataset); the songs' rights are their owners'",
        "https://colinraffel.com/projects/lmd/",
        "http://hog.ee.columbia.edu/craffel/lmd/lmd_full.tar.gz",
        checked="each file whose name is an md5 is compared with it",
        per_task=96,
    ),
    Entry("folder", "A folder of MIDI files of your own", "not stated", "", reader="midi_folder"),
)


def names() -> list[str]:
    """Return the names of all corpora."""
    return [entry.name for entry in _ENTRIES]


def entry(name: str) -> Entry:
    """Return what is known of a corpus."""
    for known in _ENTRIES:
        if known.name == name:
            return known
    choice = f"choose one of {', '.join(names())}"
    raise UnknownCorpus(f"no corpus is called {name!r}", remedy=choice)
