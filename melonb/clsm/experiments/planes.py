"""The two planes of Fig. 3b: reconstruction against smoothness, and against likelihood.

A larger weight of the KL buys smoothness and costs reconstruction, in both families. Where a
CLSM of one beta stands against a VAE of one gamma says little; how the two families of points lie
to each other says which trade is the better one (section 3.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from melonb.clsm.experiments.held import Held
from melonb.clsm.experiments.measuring import merits
from melonb.clsm.experiments.scores import likelihood
from melonb.clsm.judge import Judge
from melonb.training.record import Result

__all__ = ["Point", "planes"]

_ACCURACY = "left-contextual reconstruction accuracy"
_PLOTTED = ("R(2)", "R(4)", "R(8)", "NLL of samples")


@dataclass(frozen=True)
class Point:
    """A network with the weight that it was trained with.

    Parameters
    ----------
    model
        Its short name.
    weight
        Beta or gamma; None for the models without.
    net
        The network.
    budget
        How it was trained: steps, seconds, what it began from.
    """

    model: str
    weight: float | None
    net: nn.Module
    budget: Mapping[str, Any]


def planes(points: Iterable[Point], held: Held, judge: Judge, seed: int = 0) -> Result:
    """Take both planes, with the ARNNs and the held-out music itself beside them.

    Returns
    -------
    Result
        One row a point, figure and case: ``model``, ``weight``, ``accuracy`` (None without a
        latent space), ``figure``, ``case``, ``value``, ``low``, ``high``, ``budget``.
    """
    rows: list[dict[str, Any]] = []
    for point in points:
        found = merits(point.net.eval(), held, judge, seed)
        accuracy = found[_ACCURACY][0]["value"] if _ACCURACY in found else None
        about = {
            "model": point.model,
            "weight": point.weight,
            "accuracy": accuracy,
            "budget": dict(point.budget),
        }
        for figure in _PLOTTED:
            rows += [{**about, "figure": figure, **_plain(row)} for row in found.get(figure, [])]
    about = {"model": "data", "weight": None, "accuracy": None, "budget": {}}
    music = likelihood(judge, held.symbols.cpu().numpy()[:, None], held)
    rows += [{**about, "figure": "NLL of samples", **_plain(row)} for row in music]
    return Result(
        name="planes",
        model="clsm/clsm",
        figure="Fig. 3b: reconstruction against smoothness and likelihood",
        rows=tuple(row for row in rows if row.get("part", "phrase") == "phrase"),
        songs=len(np.unique(held.songs)),
        seed=seed,
    )


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "divisions"}
