"""Where corpora live on this computer."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from melonb.errors import CorpusError

__all__ = ["downloads", "expanded", "home", "store_folder"]


def home() -> Path:
    """Return the folder that holds everything melonb keeps.

    ``MELONB_HOME`` names it; without it, the cache folder of the platform is used.
    """
    chosen = os.environ.get("MELONB_HOME")
    return expanded(chosen) if chosen else platformdirs.user_cache_path("melonb")


def expanded(path: str | Path) -> Path:
    """Return a path with ``~`` written out."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:  # ~nobody
        raise CorpusError("there is no such home", file=path, remedy="write it out") from error


def store_folder(name: str) -> Path:
    """Return the folder of a corpus's store, whether it is there or not."""
    return home() / "corpora" / name


def downloads() -> Path:
    """Return the folder that downloaded archives are kept in."""
    return home() / "downloads"
