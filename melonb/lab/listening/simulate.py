"""Made-up listeners, to try a test and its report before people take it. All are marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from melonb.lab.listening.definition import Definition
from melonb.lab.listening.design import Stimulus

__all__ = ["simulated_sheets"]

LISTENER_SPREAD = 0.35
ANSWER_SPREAD = 0.9


def simulated_sheets(
    definition: Definition,
    test: str,
    plans: Sequence[Sequence[Sequence[str]]],
    key: Mapping[str, Stimulus],
    taste: Mapping[str, float],
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Answer a test by chance around a given taste.

    Parameters
    ----------
    plans
        For each listener the trials, as names of pieces.
    taste
        How good each source is on average, in points of the scale around its middle. A listener
        and an answer add normal noise of their own.
    """
    generator = np.random.default_rng(seed)
    sheets = []
    for number, plan in enumerate(plans):
        bias = {source: generator.normal(0, LISTENER_SPREAD) for source in definition.sources}
        answers = []
        for trial, names in enumerate(plan):
            worth = [taste[key[name].source] + bias[key[name].source] for name in names]
            ratings = _rate(definition, worth, generator)
            answers.append({"trial": trial, "stimuli": list(names), "ratings": ratings})
        sheets.append(
            {
                "test": test,
                "listener": f"simulated {number + 1}",
                "simulated": True,
                "answers": answers,
            }
        )
    return sheets


def _rate(
    definition: Definition, worth: Sequence[float], generator: np.random.Generator
) -> list[list[int]]:
    aspects = len(definition.aspects)
    middle = (definition.points + 1) // 2
    if definition.design == "pairs":
        leaning = worth[1] - worth[0] + generator.normal(0, ANSWER_SPREAD, aspects)
        reach = middle - 1
        said = np.clip(np.rint(leaning), -reach, reach).astype(int)
        return [(-said).tolist(), said.tolist()]
    noisy = np.array(worth)[:, None] + generator.normal(0, ANSWER_SPREAD, (len(worth), aspects))
    return np.clip(np.rint(middle + noisy), 1, definition.points).astype(int).tolist()
