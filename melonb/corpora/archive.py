"""Unpacking an archive, or taking a folder as it is."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path, PurePosixPath
from typing import IO

from melonb.errors import CorpusError

__all__ = ["unpack"]


def unpack(source: Path, target: Path, suffixes: tuple[str, ...]) -> Path:
    """Unpack the files of an archive that end in one of ``suffixes``.

    The files are unpacked beside ``target`` and renamed into place, so that a target that exists is
    whole. A target from another archive (by size and time) is unpacked anew.

    Parameters
    ----------
    source
        A tar archive (xz, gzip, bzip2 or plain), a zip archive, or a folder, which is returned as
        it is.
    target
        Where to unpack to.
    suffixes
        Endings in lower case; other files stay packed.

    Returns
    -------
    Path
        The folder with the files.
    """
    if source.is_dir():
        return source
    status = source.stat()
    mark = f"{source.name!a} {status.st_size} {status.st_mtime_ns}"
    label = target.with_name(f"{target.name}.from")
    if target.exists() and label.exists() and label.read_text(encoding="utf-8") == mark:
        return target
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    for stale in (target, *target.parent.glob(f"{target.name}.*.tmp")):
        shutil.rmtree(stale, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        for name, stream in _members(source, suffixes):
            place = unfinished.joinpath(*PurePosixPath(name).parts)
            place.parent.mkdir(parents=True, exist_ok=True)
            with open(place, "wb") as file:
                shutil.copyfileobj(stream, file)
        label.write_text(mark, encoding="utf-8")
    except Exception as error:  # damage shows in many ways, zlib's among them
        shutil.rmtree(unfinished, ignore_errors=True)
        full = isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT, EFBIG)
        remedy = "make room for it" if full else "remove the file, then fetch it again"
        raise CorpusError(
            f"the archive cannot be unpacked ({error})", file=source, remedy=remedy
        ) from error
    os.replace(unfinished, target)
    return target


def _members(source: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield name and content of the plain files wanted, never one that leads out of the folder."""
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            for info in archive.infolist():
                if not info.is_dir() and _wanted(info.filename, suffixes):
                    with archive.open(info) as stream:
                        yield info.filename, stream
        return
    with tarfile.open(source, "r|*") as packed:  # a stream is read once, without going back
        for member in packed:
            if member.isfile() and _wanted(member.name, suffixes):
                content = packed.extractfile(member)
                if content is not None:
                    yield member.name, content


def _wanted(name: str, suffixes: tuple[str, ...]) -> bool:
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts
    return inside and name.lower().endswith(suffixes)
