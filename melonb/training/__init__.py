"""One loop that trains every model of the book, its schedules and its checkpoints.

A paper describes what is trained as a `Task`; a `Recipe` says how; `fit` does it on whatever
Fabric finds, from this machine's CPU to several nodes, and gives back a `Run`.  Nothing here
knows what music is.

Examples
--------
>>> from melonb.training import Recipe
>>> Recipe("musicvae/mel-2bar").batch_size
128
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from melonb.doors import attach
from melonb.training.recipe import Recipe, openings
from melonb.training.schedules import (
    Constant,
    Cosine,
    Exponential,
    InverseSigmoid,
    Linear,
    Rounds,
    Schedule,
    schedule,
)

if TYPE_CHECKING:
    from melonb.training.bank import TokenBank
    from melonb.training.loop import fit
    from melonb.training.record import Result, environment
    from melonb.training.run import Run
    from melonb.training.task import Losses, Task

__all__ = [
    "Constant",
    "Cosine",
    "Exponential",
    "InverseSigmoid",
    "Linear",
    "Losses",
    "Recipe",
    "Result",
    "Rounds",
    "Run",
    "Schedule",
    "Task",
    "TokenBank",
    "environment",
    "fit",
    "openings",
    "schedule",
]

# These load torch, which a recipe does not need.
__getattr__, __dir__ = attach(
    __name__,
    {
        "Losses": "task",
        "Result": "record",
        "Run": "run",
        "Task": "task",
        "TokenBank": "bank",
        "environment": "record",
        "fit": "loop",
    },
)
