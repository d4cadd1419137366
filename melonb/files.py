"""Files that are either whole or absent, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from melonb.errors import MelonbError

__all__ = [
    "append_line",
    "read_json",
    "read_lines",
    "whole",
    "write_bytes",
    "write_json",
    "write_lines",
    "write_text",
]

_REMEDY = "make room or choose another folder, then go on; what was there before is whole"


@contextlib.contextmanager
def whole(path: Path, remedy: str = _REMEDY) -> Iterator[Path]:
    """Give a name to write under, which becomes the file's once all is written and on the disk.

    A link is followed. What is no plain file, such as a device, is written to as it is: to rename
    a file over it would end it.

    Raises
    ------
    MelonbError
        The disk is full, or the folder cannot be written; the file's old content is kept.
    """
    target = Path(os.path.realpath(path))
    unfinished = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not target.is_file():
            yield target
            return
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        os.close(handle)
        unfinished = Path(name)
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.chmod(0o644)
        os.replace(unfinished, target)
    except OSError as error:
        raise MelonbError(
            f"could not be written: {error.strerror or error}", file=path, remedy=remedy
        ) from error
    finally:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    with whole(path) as unfinished:
        unfinished.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file, whole or not at all."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read the values by name that a JSON file holds."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, RecursionError, TypeError, ValueError) as error:
        raise MelonbError(
            f"is damaged ({error})", file=path, remedy="remove it, or fetch it again"
        ) from error


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a JSON-lines file, whole or not at all."""
    write_text(path, "".join(json.dumps(row) + "\n" for row in rows))


def append_line(path: Path, row: dict[str, Any]) -> None:
    """Add one line to a JSON-lines file."""
    try:
        with path.open("a") as file:
            file.write(json.dumps(row) + "\n")
    except OSError as error:
        raise MelonbError(
            f"could not be written: {error.strerror}",
            file=path,
            remedy="make room, then go on; the lines before are whole",
        ) from error


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read a JSON-lines file; what is no row, such as a line cut off by a crash, is left out."""
    if not path.exists():
        return []
    rows = []
    for line in path.read_text().splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            rows.append(json.loads(line))
    return [row for row in rows if isinstance(row, dict)]
