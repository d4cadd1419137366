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

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from melonb.corpora.corpus import Corpus
    from melonb.musicvae.data import MusicVAETask
    from melonb.musicvae.instruments import MusicVAEInstrument
    from melonb.musicvae.model import MusicVAE
    from melonb.training import Recipe, Result

__all__ = ["MODELS", "build", "instrument", "measure", "recipe", "task"]


def build(model: str, preset: str = "book", **size: Any) -> MusicVAE:
    """Build a model with fresh weights.

    Parameters
    ----------
    model
        One of `MODELS`.
    preset
        ``tiny``, ``book``, ``paper``, or one of magenta's configurations
        (`melonb.musicvae.presets.CONFIGURATIONS`).
    **size
        Fields of `melonb.musicvae.model.Sizes` to change.
    """
    from melonb.musicvae.model import MusicVAE
    from melonb.musicvae.presets import configuration

    return MusicVAE(configuration(model, preset, **size).sizes)


def recipe(model: str, preset: str = "book", **changes: Any) -> Recipe:
    """Say how a model is trained; ``changes`` are fields of `melonb.training.Recipe`."""
    from melonb.musicvae.presets import configuration
    from melonb.training import Recipe

    found = configuration(model, preset)
    plain = Recipe(f"musicvae/{model}", preset=preset, objective=found.objective, **found.training)
    return plain.replace(**changes)


def task(recipe: Recipe, *, needs: Mapping[str, Path] | None = None) -> MusicVAETask:
    """Load the corpora that a recipe names and make them ready to train on.

    Parameters
    ----------
    recipe
        As `recipe` gives it.
    needs
        Weights of models that must be trained first; MusicVAE needs none.
    """
    from melonb import corpora
    from melonb.musicvae.data import MusicVAETask, kind_of
    from melonb.musicvae.objective import Objective
    from melonb.musicvae.presets import configuration

    sizes = configuration(recipe.model.split("/")[-1], recipe.preset, **recipe.size).sizes
    music = corpora.mix(recipe.data)
    kind = kind_of(sizes)
    return MusicVAETask(
        sizes,
        Objective(**recipe.objective),
        music.windows(kind, sizes.bars, split="train"),
        music.windows(kind, sizes.bars, split="valid", limit=256),
    )


def instrument(model: str, net: MusicVAE) -> MusicVAEInstrument:
    """Wrap a network so that it takes and gives music."""
    from melonb.musicvae.instruments import MusicVAEInstrument

    return MusicVAEInstrument(f"musicvae/{model}", net)


def measure(
    model: str,
    net: MusicVAE,
    source: Corpus,
    *,
    limit: int | None = None,
    seed: int = 0,
    split: str = "test",
) -> list[Result]:
    """Measure the paper's figures of a model on songs that it was not trained on.

    Parameters
    ----------
    model, net
        One of `MODELS`, and the network.
    source
        The corpus.
    limit
        The most windows to measure on.
    seed, split
        Decide the draws, and the songs.
    """
    from melonb.musicvae.experiments import measure as experiments

    return experiments(model, net, source, limit=limit, seed=seed, split=split)
