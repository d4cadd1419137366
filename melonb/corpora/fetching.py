"""Fetching an archive from its public home: checksum, progress bar, resume, mirrors."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from melonb.corpora.home import downloads, expanded
from melonb.corpora.registry import Entry, entry
from melonb.errors import CorpusError

__all__ = ["MIRROR", "ResumingDownloader", "found", "get", "url_of"]

#: Names an address under which the archives lie by their file names, in the stead of their homes.
MIRROR = "MELONB_MIRROR"

_BLOCK = 1 << 16


def get(name: str, source: str | Path | None = None) -> Path:
    """Return the archive of a corpus, downloaded if need be.

    Parameters
    ----------
    name
        A name of `names()`.
    source
        A local archive or folder, which is taken as it is.
    """
    known = entry(name)
    if source is not None:
        return found(source)
    if known.builds_itself:
        return known.root()
    url = url_of(known)
    import pooch

    logger = pooch.get_logger()
    logger.setLevel("WARNING")
    file_name = f"{name}-{Path(urlsplit(url).path).name}"
    try:
        path = pooch.retrieve(
            url,
            known_hash=f"sha256:{known.sha256}" if known.sha256 else None,
            fname=file_name,
            path=downloads(),
            downloader=ResumingDownloader(downloads() / f"{file_name}.part"),
        )
    except Exception as error:  # requests and pooch raise many kinds, all mean the same here
        raise CorpusError(
            f"{name} cannot be fetched from {url} ({error})",
            remedy=f"fetch it by hand from {known.home} and pass --from, or set {MIRROR}",
        ) from error
    return Path(path)


def found(source: str | Path) -> Path:
    """Find a local archive or folder; anything else, such as a pipe, might be read for ever."""
    place = expanded(source)
    if not place.exists():
        raise CorpusError("there is no such file or folder", file=place, remedy="check the path")
    if not (place.is_file() or place.is_dir()):
        raise CorpusError(
            "is neither an archive nor a folder", file=place, remedy="name one of the two"
        )
    return place


def url_of(known: Entry) -> str:
    """Return the address of an archive, in the mirror if the environment names one."""
    if known.url is None:
        remedy = "name where it lies with --from"
        raise CorpusError(f"the corpus {known.name} has no public home", remedy=remedy)
    mirror = os.environ.get(MIRROR)
    if not mirror:
        return known.url
    return f"{mirror.rstrip('/')}/{known.name}/{Path(urlsplit(known.url).path).name}"


class ResumingDownloader:
    """A pooch downloader that goes on where an earlier one was cut off.

    Parameters
    ----------
    part
        Where what has arrived is kept until it is whole.
    """

    def __init__(self, part: Path) -> None:
        self.part = part

    def __call__(self, url: str, output_file: Any, _pooch: Any) -> None:
        """Download ``url`` and put it where pooch wants it."""
        import requests
        from tqdm.auto import tqdm

        self.part.parent.mkdir(parents=True, exist_ok=True)
        have = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        with requests.get(url, headers=headers, stream=True, timeout=30) as response:
            if response.status_code != 416:  # 416: everything has arrived already
                response.raise_for_status()
                resumed = response.status_code == 206
                size = int(response.headers.get("Content-Length", 0)) + (have if resumed else 0)
                bar = tqdm(
                    total=size or None,
                    initial=have if resumed else 0,
                    unit="B",
                    unit_scale=True,
                    desc=self.part.stem,
                    disable=None,  # unless somebody watches
                )
                with bar, open(self.part, "ab" if resumed else "wb") as file:
                    for block in response.iter_content(_BLOCK):
                        file.write(block)
                        bar.update(len(block))
                if size and self.part.stat().st_size < size:
                    raise OSError("the connection was cut; run the same command to go on")
        # A whole part that pooch then refuses by its checksum must not be trusted again.
        if hasattr(output_file, "write"):
            with open(self.part, "rb") as file:
                shutil.copyfileobj(file, output_file)
            self.part.unlink()
        else:
            os.replace(self.part, output_file)
