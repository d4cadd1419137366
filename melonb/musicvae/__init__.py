"""MusicVAE: a hierarchical latent vector model of whole pieces (Roberts et al., ICML 2018).

The model's equations (1)-(9) are in `model`, `layers` and `objective`; ``book/musicvae`` is the
chapter.

Examples
--------
>>> from melonb import musicvae
>>> musicvae.MODELS[0]
'mel-2bar'
>>> net = musicvae.build("mel-2bar", preset="tiny")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from melonb.doors import PAPER, attach

if TYPE_CHECKING:
    from melonb.musicvae.data import build, task
    from melonb.musicvae.experiments import measure
    from melonb.musicvae.instruments import instrument
    from melonb.musicvae.presets import recipe

__all__ = ["MODELS", "build", "instrument", "measure", "recipe", "task"]

MODELS: tuple[str, ...] = (
    "mel-2bar",
    "drums-2bar",
    "mel-16bar",
    "mel-16bar-flat",
    "drums-16bar",
    "drums-16bar-flat",
    "trio-16bar",
    "trio-16bar-flat",
)

__getattr__, __dir__ = attach(__name__, PAPER)
