"""Preparing a corpus: files in, a store out, in steps that last.

The parts of a store are put together in a staging folder beside it. A preparation that was killed
goes on where it stopped; the store appears when all parts are done and its card is written. Refused
files stand in the Parquet files' metadata, with their reasons.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from melonb.corpora.archive import unpack
from melonb.corpora.cards import make_card
from melonb.corpora.corpus import Corpus
from melonb.corpora.fetching import found, get
from melonb.corpora.home import store_folder
from melonb.corpora.lock import locked
from melonb.corpora.registry import Entry, entry
from melonb.corpora.song import Rejection
from melonb.corpora.store import CARD, commit, read_rejections, read_store
from melonb.corpora.tasks import deal, run
from melonb.errors import CorpusError
from melonb.files import write_json

__all__ = ["ensure", "prepare", "read_as_it_lies", "staging_folder"]

_WORTH_PROCESSES = 500  # files; reading fewer takes less time than starting processes does


def staging_folder(name: str) -> Path:
    """Return the folder in which a store is put together."""
    folder = store_folder(name)
    return folder.with_name(f".{folder.name}.preparing")


def prepare(
    name: str,
    source: str | Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: bool = True,
) -> Corpus:
    """Prepare a corpus and return it.

    A program that calls this with more than one worker must be importable, as always when Python
    starts processes: keep the call under ``if __name__ == "__main__"``.

    Parameters
    ----------
    name
        A name of `names()`.
    source
        A local archive or folder in the public layout; without it the archive is downloaded (see
        `get`), or, for a corpus that builds itself, nothing is needed.
    workers
        Processes on this computer, all cores by default; with 1, this process does the work.
    scheduler
        Address of a Dask scheduler; its workers must see the same files and ``MELONB_HOME``.
    progress
        Show a bar.

    Raises
    ------
    CorpusError
        If nothing in the source can be used.
    """
    archive = get(name, source)
    known = entry(name)
    checked = known.checked
    if known.sha256:
        own = "a local copy, not compared with the published checksum"
        checked = own if source is not None else f"sha256:{known.sha256}"
    with locked(_lock(name)):
        return _prepare(known, archive, checked, workers, scheduler, progress)


def ensure(name: str) -> None:
    """Prepare a corpus that builds itself, unless it is there, or comes to be there meanwhile."""
    known = entry(name)
    with locked(_lock(name)):
        if not (store_folder(name) / CARD).exists():
            # A few seconds of work: not worth starting processes for.
            watched = sys.stderr.isatty()
            _prepare(known, known.root(), known.checked, workers=1, progress=watched)


def _lock(name: str) -> Path:
    return store_folder(name).with_name(f".{name}.lock")


def _prepare(
    known: Entry,
    archive: Path,
    checked: str,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: bool = True,
) -> Corpus:
    """Do the work of `prepare`, under its lock."""
    staging = staging_folder(known.name)
    staging.mkdir(parents=True, exist_ok=True)
    try:
        folder = unpack(archive, staging / "unpacked", known.suffixes())
        files = known.files(folder)
        if not files:
            shutil.rmtree(staging)
            raise _nothing_there(known, archive)
        tasks = deal(known, folder, files, staging)
        run(tasks, workers, scheduler, progress)
    except BaseException:
        with contextlib.suppress(OSError):  # what has been done stays for the next time
            staging.rmdir()
        raise
    parts = [Path(task.target).name for task in tasks]
    for stale in {path.name for path in staging.glob("part-*")} - set(parts):
        (staging / stale).unlink()
    corpus, rejected = read_store(known.name, staging), read_rejections(staging)
    if not len(corpus):
        shutil.rmtree(staging)
        raise _nothing_left(archive, len(files), rejected)
    write_json(staging / CARD, make_card(known, corpus, rejected, len(files), checked))
    commit(staging, store_folder(known.name), [*parts, CARD])
    return corpus


def read_as_it_lies(known: Entry, source: Path) -> Corpus:
    """Read an archive or folder with every song held out, and no store touched."""
    source = found(source)
    with tempfile.TemporaryDirectory(prefix="melonb-") as temporary:
        staging = Path(temporary)
        folder = unpack(source, staging / "unpacked", known.suffixes())
        files = known.files(folder)
        if not files:
            raise _nothing_there(known, source)
        workers = None if len(files) > _WORTH_PROCESSES else 1
        run(deal(known, folder, files, staging), workers, progress=sys.stderr.isatty())
        corpus, rejected = read_store(known.name, staging), read_rejections(staging)
    if not len(corpus):
        raise _nothing_left(source, len(files), rejected)
    return replace(corpus, whole=True)


def _nothing_there(known: Entry, source: Path) -> CorpusError:
    remedy = f"see its layout: {known.home}" if known.home else "name one with MIDI files in it"
    return CorpusError(f"no file of {known.name} is there", file=source, remedy=remedy)


def _nothing_left(source: Path, files: int, rejected: Sequence[Rejection]) -> CorpusError:
    first = rejected[0] if rejected else Rejection("?", "it holds no song")
    remedy = f"mend or replace them; the first: {first.file}: {first.reason}"
    return CorpusError(f"none of {files} files can be used", file=source, remedy=remedy)
