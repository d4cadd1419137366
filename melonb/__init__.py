"""melonb: four papers on steering melody in a latent space, as models that one can play.

``import melonb`` is cheap: torch, music21 and the models load on first use.

Examples
--------
>>> import melonb
>>> melonb.__version__
'0.1.0'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from melonb.errors import MelonbError
    from melonb.weights import load

_HOME = {"MelonbError": "melonb.errors", "load": "melonb.weights"}
_ROOMS = (
    "clsm",
    "corpora",
    "ec2vae",
    "errors",
    "lab",
    "loopvq",
    "measures",
    "music",
    "musicvae",
    "nn",
    "training",
    "weights",
)

__all__ = ["MelonbError", "__version__", "load"]


def __getattr__(name: str) -> Any:
    """Load a room, or a name that lives in one, when it is first asked for."""
    if name in _ROOMS:
        return importlib.import_module(f"melonb.{name}")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'melonb' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_ROOMS])
