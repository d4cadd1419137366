"""Sizes of the five models in the three presets.

The paper gives one set of sizes for its model and says that the baselines share them
(sections 2.4 and 3.2), so one `Size` serves all five here too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from melonb.errors import RecipeError

__all__ = ["MODELS", "SIZES", "Size", "known", "size_of"]

MODELS = ("clsm", "vae", "arnn", "arnn-t", "judge")


@dataclass(frozen=True)
class Size:
    """Sizes of the layers.

    Parameters
    ----------
    width
        Token embedding, and width of the transformers.
    hidden
        Inside the transformers' feed-forward parts.
    heads, layers
        Of the transformers; the recurrent networks have as many layers.
    recurrent
        Hidden size of the LSTMs, each direction.
    head
        Hidden size of the networks for mean and variance.
    latent
        Dimensions of ``z``.
    flow, flow_layers
        Hidden size and number of the couplings.
    vectors
        ``l_z``, the vectors that ``z`` becomes for the decoder.
    dropout
        Of transformers and LSTMs.
    """

    width: int = 128
    hidden: int = 256
    heads: int = 8
    layers: int = 2
    recurrent: int = 256
    head: int = 512
    latent: int = 128
    flow: int = 256
    flow_layers: int = 4
    vectors: int = 4
    dropout: float = 0.1


SIZES = {
    "paper": Size(),
    "book": Size(
        width=64, hidden=128, heads=2, recurrent=64, head=128, latent=48, flow=64, dropout=0.0
    ),
    "tiny": Size(
        width=16, hidden=32, heads=2, recurrent=16, head=32, latent=8, flow=16, dropout=0.0
    ),
}


def size_of(preset: str, **changes: Any) -> Size:
    """Give the sizes of a preset, some of them changed."""
    if preset not in SIZES:
        raise RecipeError(f"no preset is called {preset!r}", remedy=f"use {', '.join(SIZES)}")
    try:
        return replace(SIZES[preset], **changes)
    except TypeError as error:
        raise RecipeError(
            f"a size is unknown: {error}", remedy=f"known are {', '.join(Size.__annotations__)}"
        ) from None


def known(model: str) -> str:
    """Give the model's short name, with or without ``clsm/`` before it."""
    short = model.removeprefix("clsm/")
    if short not in MODELS:
        raise RecipeError(f"no model is called {model!r}", remedy=f"use {', '.join(MODELS)}")
    return short
