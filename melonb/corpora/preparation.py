"""Preparing a corpus: files in, a store out, on all cores or on a cluster, in steps that last.

The files are dealt out in tasks. Each task writes one Parquet file into a staging folder beside the
store, in one atomic step, so that a preparation that was killed goes on where it stopped; the store
appears when all tasks are done and its card is written. Refused files stand in the Parquet files'
metadata, with their reasons.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from melonb.corpora.cards import make_card
from melonb.corpora.corpus import Corpus, from_songs
from melonb.corpora.home import store_folder
from melonb.corpora.registry import Entry, entry
from melonb.corpora.song import Reading, Rejection
from melonb.corpora.store import CARD, commit, read_rejections, read_store, write_json, write_part
from melonb.errors import CorpusError, MelonbError

__all__ = ["Task", "prepare", "read_all", "run_task", "staging_folder"]


@dataclass(frozen=True)
class Task:
    """Some files of a corpus, and the Parquet file that they become."""

    corpus: str
    folder: str
    files: tuple[str, ...]
    target: str


def staging_folder(name: str) -> Path:
    """Return the folder in which a store is put together."""
    folder = store_folder(name)
    return folder.with_name(f".{folder.name}.preparing")


def read_all(known: Entry, folder: Path, files: Iterable[str]) -> Reading:
    """Read files one after another; what cannot be read is named, and the rest goes on."""
    reading = Reading()
    for file in files:
        try:
            one = known.read(folder, file)
        except MelonbError as error:
            reason = getattr(error, "reason", error.message)
            one = Reading(rejected=[Rejection(file, reason)])
        except Exception as error:  # a file in the wild can break a reader in ways nobody listed
            one = Reading(rejected=[Rejection(file, f"{type(error).__name__}: {error}")])
        reading.songs += one.songs
        reading.rejected += one.rejected
    return reading


def run_task(task: Task) -> str:
    """Read the files of a task and write its Parquet file."""
    reading = read_all(entry(task.corpus), Path(task.folder), task.files)
    target = Path(task.target)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_part(target, reading)
    return task.target


def prepare(
    name: str,
    source: str | Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: bool = True,
) -> Corpus:
    """Prepare a corpus and return it.

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
    from melonb.corpora.archive import unpack
    from melonb.corpora.fetching import get

    known = entry(name)
    staging = staging_folder(name)
    staging.mkdir(parents=True, exist_ok=True)
    if known.builds_itself and source is None:
        folder = known.root()
    else:
        folder = unpack(get(name, source), staging / "unpacked", known.suffixes())
    files = known.files(folder)
    if not files:
        shutil.rmtree(staging, ignore_errors=True)
        raise CorpusError(
            f"no file of {name} is there", file=source, remedy=f"see its layout at {known.home}"
        )
    tasks = _tasks(known, folder, files, staging)
    missing = [task for task in tasks if not Path(task.target).exists()]
    _run(missing, len(tasks), name, workers, scheduler, progress)
    parts = [Path(task.target).name for task in tasks]
    for stale in set(staging.glob("part-*")) - {staging / part for part in parts}:
        stale.unlink()
    corpus = read_store(name, staging)
    if not len(corpus):
        first = next(iter(read_rejections(staging)), None)
        shutil.rmtree(staging, ignore_errors=True)
        raise CorpusError(
            f"none of {len(files)} files can be used",
            file=source,
            remedy=f"the first: {first.file}: {first.reason}" if first else None,
        )
    write_json(staging / CARD, make_card(known, corpus, read_rejections(staging), len(files)))
    commit(staging, store_folder(name), [*parts, CARD])
    return corpus


def _tasks(known: Entry, folder: Path, files: Sequence[str], staging: Path) -> list[Task]:
    """Deal the files out; a task's name holds what it reads, so that no stale part is trusted."""
    tasks = []
    for number, first in enumerate(range(0, len(files), known.per_task)):
        mine = tuple(files[first : first + known.per_task])
        stamps = [_stamp(folder, file) for file in mine]
        digest = hashlib.sha256(repr((_version(), folder.name, stamps)).encode()).hexdigest()[:12]
        target = staging / f"part-{number:05d}-{digest}.parquet"
        tasks.append(Task(known.name, str(folder.absolute()), mine, str(target.absolute())))
    return tasks


def _stamp(folder: Path, file: str) -> tuple[str, int]:
    path = folder / file
    return file, path.stat().st_size if path.is_file() else -1


def _version() -> str:
    from melonb import __version__

    return __version__


def _run(
    tasks: list[Task],
    total: int,
    name: str,
    workers: int | None,
    scheduler: str | None,
    progress: bool,
) -> None:
    """Run tasks with Dask: on a cluster, on the cores of this computer, or in this process."""
    bar = tqdm(
        total=total,
        initial=total - len(tasks),
        desc=f"preparing {name}",
        unit="part",
        disable=not progress or not tasks,
        leave=False,
    )
    with bar:
        if scheduler is not None:
            _run_on_cluster(tasks, scheduler, bar)
            return
        _run_here(tasks, min(workers or os.cpu_count() or 1, max(len(tasks), 1)), bar)


def _run_here(tasks: list[Task], workers: int, bar: Any) -> None:
    import dask
    from dask.callbacks import Callback

    jobs = [dask.delayed(run_task, pure=False)(task) for task in tasks]
    method = "processes" if workers > 1 else "synchronous"
    with Callback(posttask=lambda *_: bar.update()):
        dask.compute(
            *jobs, scheduler=method, num_workers=workers, chunksize=1, optimize_graph=False
        )


def _run_on_cluster(tasks: list[Task], scheduler: str, bar: Any) -> None:
    from dask.distributed import Client, as_completed

    try:
        client = Client(scheduler, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise CorpusError(
            f"no Dask scheduler answers at {scheduler}",
            remedy="start one with `dask scheduler`, or leave --scheduler out",
        ) from error
    with client:
        for future in as_completed(client.map(run_task, tasks, pure=False)):
            future.result()
            bar.update()


def in_memory(name: str, folder: Path, known: Entry) -> Corpus:
    """Read a folder as it lies, every song held out, no store touched."""
    reading = read_all(known, folder, known.files(folder))
    if not reading.songs:
        refused = reading.rejected[0] if reading.rejected else None
        raise CorpusError(
            "no file here can be used",
            file=folder,
            remedy=f"the first: {refused.file}: {refused.reason}" if refused else None,
        )
    return from_songs(name, reading.songs, whole=True)
