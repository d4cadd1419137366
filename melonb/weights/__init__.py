"""Trained models: bundled checkpoints and their cards, and how to load, measure and play them.

Examples
--------
>>> from melonb import weights
>>> weights.names()[0]
'musicvae/mel-2bar'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from melonb.weights.bundling import bundle
    from melonb.weights.cards import card, overview
    from melonb.weights.loading import load
    from melonb.weights.registry import names

_HOME = {
    "bundle": "bundling",
    "card": "cards",
    "load": "loading",
    "names": "registry",
    "overview": "cards",
}

__all__ = ["bundle", "card", "load", "names", "overview"]


def __getattr__(name: str) -> Any:
    """Load a name when it is first asked for; most need torch."""
    if name in _HOME:
        return getattr(importlib.import_module(f"melonb.weights.{_HOME[name]}"), name)
    raise AttributeError(f"module 'melonb.weights' has no attribute {name!r}")
