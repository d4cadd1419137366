"""Where a benchmark's figures go: on the screen, and with ``make bench RECORD=1`` into the book."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest

from melonb.training import Result
from melonb.weights.tables import project

Note = Callable[..., None]


@pytest.fixture
def note() -> Note:
    """Tell a figure: what it is, its value, and the goal, which it should reach or stay below."""

    def told(figure: str, value: float, goal: float | None = None, below: bool = False) -> None:
        print(f"\n{figure}: {value:.3g}" + ("" if goal is None else f" (goal {goal:g})"))
        if os.environ.get("RECORD"):
            name = re.sub(r"[^a-z0-9]+", "-", figure.lower()).strip("-")
            row = {"goal": goal, "below": below}
            one = Result(name, "melonb", figure, value, rows=(row,), split="")
            one.stamp(command="make bench RECORD=1").save(project() / "results" / "speed")

    return told
