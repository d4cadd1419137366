"""Files that are either whole or absent, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from melonb.errors import MelonbError

__all__ = [
    "append_line",
    "read_json",
    "read_lines",
    "write_bytes",
    "write_json",
    "write_lines",
    "write_text",
]


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file under another name and rename it when it is safe on the disk.

    Raises
    ------
    MelonbError
        The disk is full, or the folder cannot be written; the file's old content is kept.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        raise MelonbError(
            f"could not be written: {error.strerror}",
            file=path,
            remedy="make room or choose another folder, then go on; what was there before is whole",
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file, whole or not at all."""
    write_text(path, json.dumps(value, indent=2, sort_keys=False) + "\n")


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
            remedy="make room, then resume; the last checkpoint is whole",
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
