"""Trained models: bundled checkpoints and their cards, and how to load, measure and play them.

Examples
--------
>>> from melonb import weights
>>> weights.names()[0]
'musicvae/mel-2bar'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from melonb.doors import attach

if TYPE_CHECKING:
    from melonb.weights.bundling import bundle
    from melonb.weights.cards import card, overview
    from melonb.weights.loading import load
    from melonb.weights.registry import names

__all__ = ["bundle", "card", "load", "names", "overview"]

# Most of these need torch.
__getattr__, __dir__ = attach(
    __name__,
    {
        "bundle": "bundling",
        "card": "cards",
        "load": "loading",
        "names": "registry",
        "overview": "cards",
    },
)
