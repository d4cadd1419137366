"""Loops of eight bars in a discrete latent space.

Paper: Sangjun Han, Hyeongrae Ihm and Woohyung Lim, "Symbolic Music Loop Generation with
VQ-VAE" (2021), eqs (1) to (3) and the appendix tables (a) to (d).  Chapter: ``book/loopvq``.

``vq`` is the VQ-VAE, ``prior`` the LSTM over its codes (with the VQ-VAE that it needs), and
``cnn``, ``lstm`` and ``lstm-ar`` are the three continuous VAEs that it is compared with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from melonb.doors import PAPER, attach
from melonb.loopvq.presets import MODELS

if TYPE_CHECKING:
    from melonb.loopvq.data import build, task
    from melonb.loopvq.experiments import measure
    from melonb.loopvq.instruments import instrument
    from melonb.loopvq.presets import recipe

__all__ = ["MODELS", "build", "instrument", "measure", "recipe", "task"]

__getattr__, __dir__ = attach(__name__, PAPER)
