from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest

from melonb.corpora.lock import locked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its locks are others")


def test_one_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path / "lock"), pytest.raises(BlockingIOError):
        locked(tmp_path / "lock", wait=False).__enter__()
    with locked(tmp_path / "lock", wait=False):
        pass


def test_a_file_system_without_locks_does_not_stop_the_work(tmp_path: Path, monkeypatch) -> None:
    def refuse(file: object, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with locked(tmp_path / "lock", wait=False):
        pass
