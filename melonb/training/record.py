"""What was measured, and where: results that the book's tables are drawn from."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from melonb.errors import MelonbError
from melonb.files import write_json

__all__ = ["Result", "device_name", "environment"]

_PACKAGES = ("melonb", "torch", "lightning-fabric", "numpy")


def device_name(device: str | None = None) -> str:
    """Say in words what machine this is: the GPU's name, or the CPU's with its cores.

    Parameters
    ----------
    device
        As torch names it; by default the one that training would take.
    """
    import torch

    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"{device}, {platform.machine()}, {torch.get_num_threads()} threads"


def environment() -> dict[str, Any]:
    """Tell what a run depends on beyond its recipe: commit, versions, device, date."""
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "unknown"
    return {
        "commit": _commit(),
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "device": device_name(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "versions": versions,
    }


def _program() -> str:
    """Name what is run as a reader would type it: ``melonb``, or a module behind ``python -m``."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    if spec is None or spec.name.split(".")[0] != "melonb":
        return Path(sys.argv[0]).name
    return f"python -m {spec.name.removesuffix('.__main__')}"


@lru_cache(maxsize=1)
def _commit() -> str:
    """Name the commit of the source tree, or the release where there is no tree."""
    tree = Path(__file__).resolve().parents[2]
    # An installed copy may lie inside somebody else's repository.
    if _git(tree, "rev-parse", "--show-toplevel") != str(tree):
        return "release"
    return _git(tree, "describe", "--always", "--dirty", "--abbrev=12") or "release"


def _git(tree: Path, *words: str) -> str:
    """Ask git, which may not be there."""
    command = ["git", "-C", str(tree), *words]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()


@dataclass(frozen=True)
class Result:
    """One figure of one model, with all that is needed to believe or to repeat it.

    Parameters
    ----------
    name
        The file's name within the paper's results, such as ``mel-2bar-accuracy``.
    model
        ``<paper>/<model>``.
    figure
        What was measured, in words: ``accuracy, teacher-forced``.
    value, interval
        The figure and the range that it would fall in on other songs, low and high.
    rows
        For a table or a curve: one mapping a row.
    paper
        What the paper reports for it, where it does.
    preset, data, data_hash, split, songs, budget, seed, device, commit, date, command
        How it came about; `stamp` fills in what the measure itself does not know.

    Examples
    --------
    >>> Result("mel-2bar-accuracy", "musicvae/mel-2bar", "accuracy", 0.97).value
    0.97
    """

    name: str
    model: str
    figure: str
    value: float | None = None
    interval: tuple[float, float] | None = None
    rows: tuple[Mapping[str, Any], ...] = ()
    paper: float | None = None
    preset: str = ""
    data: str = ""
    data_hash: str = ""
    split: str = "test"
    songs: int | None = None
    budget: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    device: str = ""
    commit: str = ""
    date: str = ""
    command: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(dict(row) for row in self.rows))
        if self.interval is not None:
            low, high = self.interval
            object.__setattr__(self, "interval", (float(low), float(high)))
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", self.name):
            raise MelonbError(
                f"a result cannot be called {self.name!r}", remedy="use letters, digits and hyphens"
            )

    def stamp(self, **known: Any) -> Result:
        """Fill in the fields that are still empty, from ``known`` and from this machine."""
        here = environment()
        facts = {
            "device": here["device"],
            "commit": here["commit"],
            "date": here["date"],
            "command": " ".join([_program(), *sys.argv[1:]]),
            **known,
        }
        empty = {name: value for name, value in facts.items() if not getattr(self, name)}
        return dataclasses.replace(self, **empty)

    def to_dict(self) -> dict[str, Any]:
        """Give the result as JSON values."""
        return json.loads(json.dumps(dataclasses.asdict(self), default=_number))

    def save(self, folder: Path | str) -> Path:
        """Write ``<folder>/<name>.json``, whole or not at all."""
        path = Path(folder) / f"{self.name}.json"
        write_json(path, self.to_dict())
        return path

    @classmethod
    def load(cls, path: Path | str) -> Result:
        """Read a result file."""
        try:
            return cls(**json.loads(Path(path).read_text()))
        except (OSError, TypeError, ValueError) as error:
            raise MelonbError(f"is not a result file ({error})", file=path) from error


def _number(value: Any) -> Any:
    """Turn the numbers and arrays of numpy and torch into those of JSON."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a result cannot hold {value!r}")
