"""Sizes and recipes of the five models.

``paper`` is the appendix; where it is silent (the prior's sizes) we say so in the ledger.
The autoencoders are small, so ``book`` has the paper's sizes and only trains for less;
``tiny`` is for tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

from melonb.errors import RecipeError
from melonb.training import Cosine, Recipe, openings

__all__ = ["MODELS", "PRESETS", "SCHEDULES", "known", "recipe"]

MODELS = ("vq", "prior", "cnn", "lstm", "lstm-ar")

_VQ = {"steps": 32, "size": 16, "codes": 512, "channels": 32, "wide": 64}
_TINY_VQ = {"steps": 32, "size": 4, "codes": 32, "channels": 8, "wide": 12}

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "tiny": {
        "vq": _TINY_VQ | {"restart_below": 1.0},
        "prior": {"vq": _TINY_VQ, "embedding": 8, "hidden": 16, "layers": 2, "lags": (4,)},
        "cnn": {"latent": 16, "channels": 8},
        "lstm": {"latent": 16, "hidden": 16, "decoder": 16},
        "lstm-ar": {"latent": 16, "hidden": 16},
    },
    "book": {
        "vq": _VQ | {"restart_below": 0.05},
        "prior": {
            "vq": _VQ,
            "embedding": 64,
            "hidden": 256,
            "layers": 2,
            "dropout": 0.3,
            "lags": (2, 4, 8, 16),  # half a bar, a bar, two and four
        },
        "cnn": {"latent": 512, "channels": 32},
        "lstm": {"latent": 128, "hidden": 128, "decoder": 256},
        "lstm-ar": {"latent": 128, "hidden": 128},
    },
    "paper": {
        "vq": _VQ,
        "prior": {"vq": _VQ, "embedding": 128, "hidden": 512, "layers": 2},
        "cnn": {"latent": 512, "channels": 32},
        "lstm": {"latent": 128, "hidden": 128, "decoder": 256},
        "lstm-ar": {"latent": 128, "hidden": 128},
    },
}

# steps, batch size and peak learning rate, and what further rounds there are; the paper's 2,000
# epochs of 59 batches are 118,000.
SCHEDULES: dict[str, dict[str, dict[str, Any]]] = {
    "tiny": {name: {"steps": 20, "batch_size": 8, "peak": 1e-2} for name in MODELS},
    "book": {
        "vq": {"steps": 30_000, "batch_size": 64, "peak": 4e-3},
        "prior": {"steps": 4500, "batch_size": 64, "peak": 4e-3},
        "cnn": {"steps": 24_000, "batch_size": 64, "peak": 3e-3},
        "lstm": {
            "steps": 22_000,
            "batch_size": 32,
            "peak": 5e-3,
            "further": ({"steps": 14_000, "peak": 3e-3}, {"steps": 24_000}),
        },
        "lstm-ar": {
            "steps": 16_000,
            "batch_size": 32,
            "peak": 5e-3,
            # On its own from end to end: gently.
            "further": ({"steps": 12_000, "peak": 2e-3}, {"steps": 6_000}, {"steps": 12_000}),
        },
    },
    "paper": {name: {"steps": 118_000, "batch_size": 2048, "peak": 1e-3} for name in MODELS},
}

_GROWN = {("lstm", "book"), ("lstm-ar", "book")}
_FLOOR = 5e-6  # where the paper's cosine ends
_EPOCH = 59  # batches of 2,048 in the paper's 120,600 training loops


def recipe(model: str, preset: str = "book", **changes: Any) -> Recipe:
    """Give the recipe of a model: the paper's optimiser and schedules, at the preset's budget.

    What is stretched over a training, such as openings, is stretched over its first round; other
    ``steps`` are one round.
    """
    plan = known(SCHEDULES, model, preset)
    steps = int(changes.get("steps", plan["steps"]))
    first = Recipe(
        model=f"loopvq/{model}",
        preset=preset,
        data=("lakh",) if preset == "paper" else ("houseband",),
        steps=steps,
        batch_size=plan["batch_size"],
        learning_rate=Cosine(plan["peak"], _FLOOR, steps),
        optimizer="adamw",
        weight_decay=0.01,
        objective=_objective(model, preset, steps),
        # Unrolled over 128 steps at once, the recurrent ones write one loop for all for very long.
        openings=openings(steps, 0.15, 0.45, 0.7) if (model, preset) in _GROWN else (),
        needs=("loopvq/vq",) if model == "prior" else (),
    )
    further = () if "steps" in changes else plan.get("further", ())
    rounds = reduce(lambda plan, more: plan.further(**more), further, first)
    return rounds.replace(**changes)


def _objective(model: str, preset: str, steps: int) -> dict[str, Any]:
    """Stretch what the paper ties to its 2,000 epochs over the steps at hand."""
    knobs: dict[str, Any] = {"stride": 1}
    if preset == "book":  # a sixth of the paper's loops: all keys help
        knobs["transpose"] = 6
    if model == "vq":
        knobs["commitment"] = 0.25
    elif model != "prior":
        knobs |= {"beta": 1.0, "anneal": steps}
    if model == "lstm-ar":
        # Off the teacher (k / (k + exp(i / k)) below 0.01) after 152 units: in `paper` i counts
        # epochs, and the shorter trainings have them stretched to about half of their length.
        unit = _EPOCH if preset == "paper" else max(1, steps // 300)
        knobs |= {"sampling_rate": 20.0, "sampling_unit": unit}
    return knobs


def known(table: Mapping[str, Mapping[str, Any]], model: str, preset: str) -> dict[str, Any]:
    """Look a model up in `PRESETS` or `SCHEDULES`."""
    if preset not in table:
        raise RecipeError(f"no preset is called {preset!r}", remedy="use tiny, book or paper")
    if model not in table[preset]:
        raise RecipeError(
            f"loopvq has no model {model!r}", remedy=f"use one of {', '.join(MODELS)}"
        )
    return dict(table[preset][model])
