"""CLSM, a contextual latent space model of melody, with its baselines and its judge.

T. Akama, "A Contextual Latent Space Model: Subsequence Modulation in Melodic Sequence",
ISMIR 2021. Chapter: ``book/clsm``.

========================================  ==========================================
the paper                                 here
========================================  ==========================================
spans, the decoder's mask (2.1, Fig. 2b)  `spans`
encoder (2.4.1)                           `encoder`
conditional prior (eqs 5, 6; 2.4.2)       `prior`, `melonb.nn.flow`
decoder (2.4.3)                           `decoder`, `melonb.nn.attention`
objective (eqs 1-4, 9)                    `objective`
data (3.1)                                `data`
VAE, ARNN, language model (3.2, 4.2)      `vae`, `arnn`, `judge`
interpolation, variation (eqs 7, 8)       `prior`, `instruments`
R(J) (eq. 12)                             `melonb.measures.smoothness`, `experiments`
listening test (4.3, Fig. 3c)             `listening`, `melonb.lab.listening`
========================================  ==========================================

Examples
--------
>>> from melonb import clsm
>>> clsm.MODELS
('clsm', 'vae', 'arnn', 'arnn-t', 'judge')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from melonb.clsm.presets import MODELS
from melonb.doors import PAPER, attach

if TYPE_CHECKING:
    from melonb.clsm.data import build, task
    from melonb.clsm.experiments import measure
    from melonb.clsm.instruments import instrument
    from melonb.clsm.recipes import recipe

__all__ = ["MODELS", "build", "instrument", "measure", "recipe", "task"]

__getattr__, __dir__ = attach(__name__, PAPER | {"recipe": "recipes"})
