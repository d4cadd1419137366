"""One writer of a folder at a time, even among several programs."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from melonb.errors import MelonbError

__all__ = ["locked"]

# Some file systems that machines share have no locks; work goes on there all the same.
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}


@contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[None]:
    """Hold a lock on a file until the block ends, or the program does, however it ends.

    Parameters
    ----------
    path
        The lock's own file, which is made if need be and left behind empty.
    wait
        Until another program gives the lock back; else `BlockingIOError` says that one has it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "a+b")  # noqa: SIM115 - closed below
    except OSError as error:
        raise MelonbError(
            f"cannot be written: {error.strerror}",
            file=path.parent,
            remedy="name another folder, or set MELONB_HOME to one that can",
        ) from error
    with file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError as error:
                raise BlockingIOError(error.errno, error.strerror) from error
        else:
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    raise
        # The system gives the lock back when the file is closed.
        yield
