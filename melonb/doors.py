"""Doors: names of a package that load the room they live in when they are first asked for.

``import melonb`` is to be quick, and half of what a package offers needs torch.  So a package's
``__init__`` does not import its rooms but says where each name lives (PEP 562), and a type checker
is told the same by imports under ``TYPE_CHECKING``::

    if TYPE_CHECKING:
        from melonb.clsm.data import build, task

    __getattr__, __dir__ = attach(__name__, {"build": "data", "task": "data"})

A name's signature and docstring stand in its room and nowhere else.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

__all__ = ["PAPER", "attach"]

#: The five doors of every paper, and the rooms that they open on.
PAPER = {
    "build": "data",
    "instrument": "instruments",
    "measure": "experiments",
    "recipe": "presets",
    "task": "data",
}


def attach(
    package: str, doors: Mapping[str, str], rooms: Collection[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the ``__getattr__`` and ``__dir__`` of a package, which lists its ``__all__`` and rooms.

    Parameters
    ----------
    package
        Its ``__name__``.
    doors
        Name -> the module of the package that it lives in under the same name.
    rooms
        Modules of the package that are offered whole.

    Examples
    --------
    >>> find, names = attach("melonb", {"MelonbError": "errors"})
    >>> find("MelonbError").__module__
    'melonb.errors'
    """

    def find(name: str) -> Any:
        if name in rooms:
            return importlib.import_module(f"{package}.{name}")
        if name in doors:
            return getattr(importlib.import_module(f"{package}.{doors[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def names() -> list[str]:
        return sorted([*sys.modules[package].__all__, *rooms])

    return find, names
