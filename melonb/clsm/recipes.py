"""How each of the five models is trained: section 3.4, and what the book's size needs.

The paper: songs of Lakh, batches of 64, Adam with 5e-4, two epochs, teacher forcing, the KL's
weight rising from 0 over all of training. A book's model has a few thousand steps, and uses them
better with a learning rate that begins higher and falls, a weight that rises late
(`Objective.power`) and a decoder that is not told all of its past (`Objective.forget`).
"""

from __future__ import annotations

from typing import Any

from melonb.clsm.presets import known, size_of
from melonb.clsm.spans import STEPS
from melonb.training.recipe import Recipe
from melonb.training.schedules import Constant, Cosine, Schedule

__all__ = ["recipe"]

_BUDGETS: dict[str, dict[str, Any]] = {
    "paper": {
        "data": ("lakh",),
        "steps": 40_000,
        "batch_size": 64,
        "validate_every": 1000,
        "checkpoint_every": 1000,
    },
    "book": {"batch_size": 32, "validate_every": 250, "checkpoint_every": 100},
    "tiny": {"steps": 40, "batch_size": 8, "validate_every": 20, "checkpoint_every": 20},
}
_BOOK_STEPS = {"clsm": 10_000, "vae": 12_000, "arnn": 1800, "arnn-t": 1800, "judge": 1500}


def _learning_rate(preset: str, steps: int) -> Schedule:
    if preset == "paper":
        return Constant(5e-4)
    return Cosine(2e-3, 2e-5, steps=steps, warmup=min(100, steps // 10))


def _objective(model: str, preset: str, steps: int) -> dict[str, Any]:
    rise: dict[str, Any] = {"anneal": steps}
    if preset != "paper":
        rise |= {"power": 3.0, "forget": 0.3}
    if model == "clsm":
        return {"weight": 0.012, **rise}
    if model == "vae":
        return {"weight": 0.4, **rise, "kl_steps": STEPS}
    return {}


def recipe(model: str, preset: str = "book", **changes: Any) -> Recipe:
    """Give the recipe of a model: the paper's section 3.4, and what the book's size needs.

    Parameters
    ----------
    model
        One of `MODELS`.
    preset
        ``paper``, ``book`` or ``tiny``.
    changes
        Other values for the recipe's fields. The schedules follow ``steps``: the KL weight rises
        over all of them, as it does over the paper's two epochs.
    """
    model = known(model)
    if preset not in _BUDGETS:
        size_of(preset)
    budget = {"steps": _BOOK_STEPS[model], **_BUDGETS[preset], **changes}
    steps = budget["steps"]
    budget.setdefault("learning_rate", _learning_rate(preset, steps))
    budget["objective"] = {**_objective(model, preset, steps), **budget.get("objective", {})}
    return Recipe(model=f"clsm/{model}", preset=preset, **budget)
