"""The work of a preparation: files dealt out in tasks, run by Dask here or on a cluster.

Each task writes one Parquet file in one atomic step. Its name holds what it was made from, so that
work that is done is found again after a kill, and none that is stale is trusted.
"""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from melonb.corpora.registry import Entry
from melonb.corpora.song import Reading, Rejection
from melonb.corpora.store import write_part
from melonb.errors import CorpusError, MelonbError

__all__ = ["Task", "deal", "read_files", "run"]

_FORMAT = 1  # to be raised when readers or rows change, so that older parts are made again


@dataclass(frozen=True)
class Task:
    """Some files of a corpus, and the Parquet file that they become."""

    known: Entry
    folder: str
    files: tuple[str, ...]
    target: str


def deal(known: Entry, folder: Path, files: Sequence[str], staging: Path) -> list[Task]:
    """Deal the files of a corpus out in tasks that write to ``staging``."""
    tasks = []
    beside = [name for name in known.suffixes() if not name.startswith(".")]  # tables of the songs
    tables = [_stamp(path) for name in beside for path in sorted(folder.rglob(name))]
    for number, first in enumerate(range(0, len(files), known.per_task)):
        mine = tuple(files[first : first + known.per_task])
        made_from = repr((_FORMAT, known.name, tables, [_stamp(folder / file) for file in mine]))
        digest = hashlib.sha256(made_from.encode()).hexdigest()[:12]
        target = staging.absolute() / f"part-{number:05d}-{digest}.parquet"
        tasks.append(Task(known, str(folder.absolute()), mine, str(target)))
    return tasks


def _stamp(path: Path) -> tuple[str, int, int]:
    if not path.is_file():  # a generator's "files" are words
        return path.name, 0, 0
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns


def read_files(known: Entry, folder: Path, files: Iterable[str]) -> Reading:
    """Read files one after another; what cannot be read is named, and the rest goes on."""
    reading = Reading()
    for file in files:
        try:
            one = known.read(folder, file)
        except MelonbError as error:
            reason = getattr(error, "reason", error.message)
            one = Reading(rejected=[Rejection(file, reason)])
        except Exception as error:  # a file in the wild can break a reader in ways nobody listed
            one = Reading(rejected=[Rejection(file, f"reader failed: {type(error).__name__}")])
        reading.songs += one.songs
        reading.rejected += one.rejected
    return reading


def _run_task(task: Task) -> None:
    """Read the files of a task and write its Parquet file."""
    Path(task.target).parent.mkdir(parents=True, exist_ok=True)
    write_part(Path(task.target), read_files(task.known, Path(task.folder), task.files))


def run(
    tasks: Sequence[Task],
    workers: int | None = None,
    scheduler: str | None = None,
    progress: bool = True,
) -> None:
    """Run the tasks whose Parquet files are not there yet.

    Parameters
    ----------
    tasks
        All tasks of the preparation.
    workers
        Processes on this computer, all cores by default; with 1, this process does the work.
    scheduler
        Address of a Dask scheduler to run on instead.
    progress
        Show a bar.
    """
    missing = [task for task in tasks if not Path(task.target).exists()]
    if not missing:
        return
    bar = tqdm(
        total=len(tasks),
        initial=len(tasks) - len(missing),
        desc=f"preparing {missing[0].known.name}",
        unit="part",
        disable=not progress,
        leave=False,
    )
    with bar:
        if scheduler is not None:
            _run_on_cluster(missing, scheduler, bar)
        else:
            _run_here(missing, workers, bar)


def _run_here(tasks: Sequence[Task], workers: int | None, bar: Any) -> None:
    import dask
    from dask.callbacks import Callback
    from dask.system import CPU_COUNT

    workers = min(workers or CPU_COUNT, len(tasks))
    jobs = [dask.delayed(_run_task, pure=False)(task) for task in tasks]
    method = "processes" if workers > 1 else "synchronous"
    try:
        with (
            Callback(posttask=lambda *_: bar.update()),
            dask.config.set({"multiprocessing.initializer": _leave_ctrl_c_to_the_caller}),
        ):
            dask.compute(*jobs, scheduler=method, num_workers=workers, chunksize=1)
    except BrokenProcessPool:
        # A file has killed a process: find it by reading what is left one by one, apart.
        for task in tasks:
            if not Path(task.target).exists():
                _run_apart(task)
                bar.update()


def _leave_ctrl_c_to_the_caller() -> None:
    """Let a worker end its task, which is kept, while the program that started it stops."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run_apart(task: Task) -> None:
    """Read each file of a task in a process of its own that may die."""
    reading = Reading()
    for file in task.files:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            try:
                one = pool.submit(read_files, task.known, Path(task.folder), [file]).result()
            except BrokenProcessPool:
                one = Reading(rejected=[Rejection(file, "reader died")])
        reading.songs += one.songs
        reading.rejected += one.rejected
    write_part(Path(task.target), reading)


def _run_on_cluster(tasks: Sequence[Task], scheduler: str, bar: Any) -> None:
    from dask.distributed import Client, as_completed

    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        raise CorpusError(
            f"no Dask scheduler answers at {scheduler}",
            remedy="start one with `dask scheduler`, or leave --scheduler out",
        ) from error
    with client:
        for future in as_completed(client.map(_run_task, tasks, pure=False)):
            future.result()
            bar.update()
    lost = [task for task in tasks if not Path(task.target).exists()]
    if lost:
        raise CorpusError(
            f"{len(lost)} parts that the cluster wrote are not to be seen here",
            file=Path(lost[0].target).parent,
            remedy="give all workers the same MELONB_HOME on a shared disk",
        )
