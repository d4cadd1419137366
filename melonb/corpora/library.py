"""Taking a corpus from the shelf: load, mix, read a folder or an archive as it lies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from melonb.corpora.cards import card_lines
from melonb.corpora.corpus import Corpus, join
from melonb.corpora.home import store_folder
from melonb.corpora.preparation import ensure, read_as_it_lies
from melonb.corpora.registry import entry
from melonb.corpora.store import CARD, read_store
from melonb.errors import CorpusError, UsageError

__all__ = ["card", "folder", "from_archive", "load", "mix"]


def load(name: str, build: bool = True) -> Corpus:
    """Load a corpus.

    Parameters
    ----------
    name
        A name of `names()`, or several joined by plus signs.
    build
        Whether ``folk`` and ``houseband`` may build themselves if they are not there.

    Raises
    ------
    CorpusError
        If the corpus is not prepared; the message names the command that does it.
    """
    if "+" in name:
        return mix(name.split("+"))
    known = entry(name)
    place = store_folder(name)
    if not (place / CARD).exists():
        if not (known.builds_itself and build):
            remedy = f"run `melonb data prepare {name}`, with --from ARCHIVE for a local copy"
            raise CorpusError(f"the corpus {name} is not prepared", remedy=remedy)
        ensure(name)
    return _read(name, str(place), (place / CARD).stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(name: str, place: str, _written: int) -> Corpus:
    return read_store(name, Path(place))


def mix(names: Sequence[str]) -> Corpus:
    """Load several corpora as one; each keeps its own splits."""
    if twice := next((name for name in names if list(names).count(name) > 1), None):
        raise UsageError(f"the corpus {twice} is named twice", remedy="name it once")
    corpora = [load(name) for name in names]
    return corpora[0] if len(corpora) == 1 else join(corpora)


def card(name: str) -> dict[str, Any]:
    """Return the data card of a prepared corpus; ``folk`` and ``houseband`` are built for it."""
    if "+" in name:
        raise CorpusError(f"{name} is a mix", remedy="ask for the cards of its corpora one by one")
    load(name)
    path = store_folder(name) / CARD
    try:
        content = dict(json.loads(path.read_text(encoding="utf-8")))
        card_lines(content)  # says whether all that a reader is told is there
        return content
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise CorpusError(
            f"is damaged ({error})", file=path, remedy=f"run `melonb data prepare {name}` again"
        ) from error


def folder(path: str | Path) -> Corpus:
    """Read any folder of MIDI files, every song of it held out.

    Parameters
    ----------
    path
        A folder; its subfolders are searched too.
    """
    place = Path(path)
    if not place.is_dir():
        raise CorpusError("this is no folder", file=place, remedy="name a folder of MIDI files")
    return read_as_it_lies(entry("folder"), place)


def from_archive(name: str, path: str | Path) -> Corpus:
    """Read an archive or folder in a corpus's public layout as it lies, every song held out.

    No store is read or written.

    Parameters
    ----------
    name
        A name of `names()`.
    path
        An archive (tar or zip) or a folder.
    """
    return read_as_it_lies(entry(name), Path(path))
