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
========================================  ==========================================

Examples
--------
>>> from melonb import clsm
>>> clsm.MODELS
('clsm', 'vae', 'arnn', 'arnn-t', 'judge')
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melonb.clsm.presets import MODELS

if TYPE_CHECKING:
    from torch import nn

    from melonb.clsm.data import PhraseTask
    from melonb.clsm.infiller import Instrument
    from melonb.corpora.corpus import Corpus
    from melonb.training.recipe import Recipe
    from melonb.training.record import Result

__all__ = ["MODELS", "build", "instrument", "measure", "recipe", "task"]


def build(model: str, preset: str = "book", **size: Any) -> nn.Module:
    """Build one of the five networks with fresh parameters.

    Parameters
    ----------
    model
        One of `MODELS`.
    preset
        ``tiny``, ``book`` or ``paper``.
    **size
        Fields of `melonb.clsm.presets.Size` to change.
    """
    from melonb.clsm.data import build as networks

    return networks(model, preset, **size)


def recipe(model: str, preset: str = "book", **changes: Any) -> Recipe:
    """Say how a model is trained; ``changes`` are fields of `melonb.training.Recipe`."""
    from melonb.clsm.recipes import recipe as recipes

    return recipes(model, preset, **changes)


def task(recipe: Recipe, *, needs: Mapping[str, Path] | None = None) -> PhraseTask:
    """Load the corpora that a recipe names; no model here needs another."""
    from melonb.clsm.data import load_task

    return load_task(recipe)


def instrument(model: str, net: nn.Module) -> Instrument:
    """Play a trained network: melodies in, melodies out."""
    from melonb.clsm.instruments import make

    return make(model, net)


def measure(
    model: str,
    net: nn.Module,
    source: Corpus,
    *,
    limit: int | None = None,
    seed: int = 0,
    split: str = "test",
) -> list[Result]:
    """Take the paper's figures of a model on held-out songs.

    Parameters
    ----------
    model, net
        One of `MODELS`, and the network.
    source
        The corpus.
    limit
        The most phrases to measure on.
    seed, split
        Decide the draws, and the songs; ``test`` is the paper's test split.
    """
    from melonb.clsm.experiments import measure as experiments

    return experiments(model, net, source, limit=limit, seed=seed, split=split)
