"""Every model by name, ``<paper>/<model>``, and the paper's module that knows it."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from melonb.corpora.home import home
from melonb.errors import UsageError

__all__ = ["PAPERS", "Model", "find", "names", "run_folder"]

PAPERS = ("musicvae", "ec2vae", "clsm", "loopvq")


@dataclass(frozen=True)
class Model:
    """One model of one paper.

    Parameters
    ----------
    paper
        The module that holds its five doors: build, recipe, task, instrument, measure.
    short
        Its name there.
    name
        Its full name.
    """

    paper: ModuleType
    short: str
    name: str


def names() -> list[str]:
    """Name all models, paper by paper."""
    return [f"{paper}/{model}" for paper in PAPERS for model in _module(paper).MODELS]


def find(name: str) -> Model:
    """Find a model by its name.

    Raises
    ------
    UsageError
        There is none; the message offers the nearest.
    """
    paper, _, short = name.partition("/")
    if paper in PAPERS and short in _module(paper).MODELS:
        return Model(_module(paper), short, name)
    near = difflib.get_close_matches(name, names(), n=1, cutoff=0.3)
    remedy = f"did you mean {near[0]}? `melonb models` lists all" if near else "see `melonb models`"
    raise UsageError(f"no model is called {name!r}", remedy=remedy)


def run_folder(name: str, preset: str) -> Path:
    """Say where a model is trained if no folder is named."""
    return home() / "runs" / name / preset


def _module(paper: str) -> ModuleType:
    return importlib.import_module(f"melonb.{paper}")
