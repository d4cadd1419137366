"""Loops of eight bars in a discrete latent space.

Paper: Sangjun Han, Hyeongrae Ihm and Woohyung Lim, "Symbolic Music Loop Generation with
VQ-VAE" (2021), eqs (1) to (3) and the appendix tables (a) to (d).  Chapter: ``book/loopvq``.

``vq`` is the VQ-VAE, ``prior`` the LSTM over its codes (with the VQ-VAE that it needs), and
``cnn``, ``lstm`` and ``lstm-ar`` are the three continuous VAEs that it is compared with.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melonb.errors import RecipeError
from melonb.loopvq.presets import MODELS, PRESETS, SCHEDULES
from melonb.training import Cosine, Recipe

if TYPE_CHECKING:
    from torch import nn

    from melonb.corpora.corpus import Corpus
    from melonb.loopvq.instruments import LoopInstrument
    from melonb.training import Result, Task

__all__ = ["MODELS", "build", "instrument", "measure", "recipe", "task"]

FLOOR = 5e-6  # where the paper's cosine ends


def build(model: str, preset: str = "book", **size: Any) -> nn.Module:
    """Build a model with fresh parameters.

    Parameters
    ----------
    model
        One of `MODELS`.
    preset
        ``tiny``, ``book`` or ``paper``.
    size
        Changes to the preset's sizes.
    """
    sizes = _known(PRESETS, model, preset) | size
    if model == "prior":
        return _composer(**sizes)
    home, name = {
        "vq": ("model", "VQVAE"),
        "cnn": ("model", "CNNVAE"),
        "lstm": ("recurrent", "LSTMVAE"),
        "lstm-ar": ("recurrent", "ARLSTMVAE"),
    }[model]
    try:
        return getattr(importlib.import_module(f"melonb.loopvq.{home}"), name)(**sizes)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"loopvq/{model} cannot be built: {error}") from error


def _composer(vq: Mapping[str, Any], **sizes: Any) -> nn.Module:
    from melonb.loopvq.model import VQVAE
    from melonb.loopvq.prior import CodePrior, LoopComposer

    return LoopComposer(VQVAE(**vq), CodePrior(codes=vq["codes"], **sizes))


def recipe(model: str, preset: str = "book", **changes: Any) -> Recipe:
    """Give the recipe of a model: the paper's optimiser and schedules, at the preset's budget."""
    plan = _known(SCHEDULES, model, preset)
    steps = int(changes.get("steps", plan["steps"]))
    base = Recipe(
        model=f"loopvq/{model}",
        preset=preset,
        data=("lakh",) if preset == "paper" else ("houseband",),
        steps=steps,
        batch_size=plan["batch_size"],
        learning_rate=Cosine(plan["peak"], FLOOR, steps),
        optimizer="adamw",
        weight_decay=0.01,
        objective=_objective(model, preset, steps),
        needs=("loopvq/vq",) if model == "prior" else (),
    )
    return base.replace(**changes)


def _objective(model: str, preset: str, steps: int) -> dict[str, Any]:
    """Stretch what the paper ties to its 2,000 epochs over the steps at hand."""
    knobs: dict[str, Any] = {"stride": 1}
    if preset == "book":  # a sixth of the paper's loops, so each is made to count for more
        knobs |= {"rotate": True, "transpose": 6}
    if model == "vq":
        knobs["commitment"] = 0.25
    elif model != "prior":
        knobs |= {"beta": 1.0, "anneal": max(1, steps // 4)}
    if model == "lstm-ar":
        # Off the teacher (k / (k + exp(i / k)) below 0.01) after a sixth of the training.
        knobs |= {"sampling_rate": 20.0, "sampling_unit": max(1, steps // 900)}
    return knobs


def _known(table: Mapping[str, Mapping[str, Any]], model: str, preset: str) -> dict[str, Any]:
    if preset not in table:
        raise RecipeError(f"no preset is called {preset!r}", remedy="use tiny, book or paper")
    if model not in table[preset]:
        raise RecipeError(
            f"loopvq has no model {model!r}", remedy=f"use one of {', '.join(MODELS)}"
        )
    return dict(table[preset][model])


def task(recipe: Recipe, *, needs: Mapping[str, Path] | None = None) -> Task:
    """Load the corpora of a recipe and set its training up.

    Parameters
    ----------
    recipe
        From `recipe`.
    needs
        For the prior: where the run or weights of ``loopvq/vq`` are.
    """
    from melonb.loopvq.data import make_task

    return make_task(recipe, needs or {})


def instrument(model: str, net: nn.Module) -> LoopInstrument:
    """Play a trained model: loops in, loops out."""
    from melonb.loopvq.instruments import make_instrument

    return make_instrument(model, net)


def measure(
    model: str,
    net: nn.Module,
    source: Corpus,
    *,
    limit: int | None = None,
    seed: int = 0,
    split: str = "test",
) -> list[Result]:
    """Take the paper's figures of a model on held-out songs."""
    from melonb.loopvq.experiments import measure as take

    return take(model, net, source, limit=limit, seed=seed, split=split)
