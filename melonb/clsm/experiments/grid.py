"""The grids of Fig. 3b: CLSM for several betas, the VAE for several gammas.

The paper trains every point from the start. A point here may begin from a trained model and go on
with another weight, which costs a fraction; its budget says which it was.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from melonb.clsm.data import task
from melonb.clsm.experiments.planes import Point
from melonb.clsm.recipes import recipe
from melonb.training.loop import fit

__all__ = ["BETAS", "GAMMAS", "train_point"]

BETAS = (0.004, 0.006, 0.008, 0.010, 0.012, 0.014, 0.016)
GAMMAS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 2.0)


def train_point(
    model: str,
    weight: float,
    run: Path | None = None,
    *,
    begin: nn.Module | None = None,
    seconds: float | None = None,
    progress: bool = True,
    **changes: Any,
) -> Point:
    """Train one point of a grid, or go on with it where its run was stopped.

    Parameters
    ----------
    model
        ``clsm`` or ``vae``.
    weight
        Beta or gamma.
    run
        Its folder.
    begin
        A trained network of the same sizes to begin from; the new weight counts from the first
        step, since nothing can collapse that has been learned.
    seconds
        At most so long in this call.
    changes
        Fields of the recipe, `steps` among them.
    """
    objective: dict[str, Any] = {"weight": weight}
    if begin is not None:
        objective["anneal"] = 0
    plan = recipe(model, objective=objective, **changes)
    phrases = task(plan, begin=begin.state_dict() if begin is not None else None)
    done = fit(plan, phrases, run, resume=run is not None, seconds=seconds, progress=progress)
    budget = {
        "steps": done.place.step,
        "batch_size": plan.batch_size,
        "seconds": round(done.place.seconds),
        "from": "a trained model" if begin is not None else "the start",
    }
    return Point(model, weight, done.model.eval(), budget)
