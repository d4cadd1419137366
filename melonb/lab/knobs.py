"""The knobs of a panel: a slider over numbers, a choice between named values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from melonb.errors import UsageError

__all__ = ["Knob", "choice", "slider"]


@dataclass(frozen=True)
class Knob:
    """A knob as the panel's script reads it.

    Attributes
    ----------
    values
        What the decoder is given at each place of the knob.
    texts
        What the reader sees at each place; ``None`` where the numbers speak.
    """

    kind: str
    values: tuple[Any, ...]
    start: int
    label: str | None = None
    texts: tuple[str, ...] | None = None
    unit: str = ""

    def describe(self, name: str) -> dict[str, Any]:
        """Give what the script needs to draw this knob."""
        described: dict[str, Any] = {
            "kind": self.kind,
            "label": self.label or name.replace("_", " "),
            "start": self.start,
        }
        if self.kind == "slider":
            described["values"] = [float(value) for value in self.values]
            described["unit"] = self.unit
        if self.texts is not None:
            described["texts"] = list(self.texts)
        return described

    def value_of(self, said: float) -> Any:
        """Translate what a live knob says: a slider its value, a choice its place."""
        return float(said) if self.kind == "slider" else self.values[int(said)]


def slider(
    low: float,
    high: float,
    steps: int = 9,
    *,
    start: float | None = None,
    label: str | None = None,
    unit: str = "",
) -> Knob:
    """Describe a slider.

    Parameters
    ----------
    low, high
        Its ends.
    steps
        How many of its places the page's atlas holds; a live slider moves in finer steps, or from
        one whole number to the next where all places are such.
    start
        Where it stands at first; the place nearest to 0 if not given.
    """
    if steps < 2 or not low < high:
        raise UsageError(
            f"a slider from {low} to {high} in {steps} steps", remedy="give low < high, steps >= 2"
        )
    values = np.linspace(low, high, steps)
    nearest = int(np.abs(values - (0.0 if start is None else start)).argmin())
    return Knob("slider", tuple(values.tolist()), nearest, label, None, unit)


def choice(
    options: Sequence[Any] | Mapping[str, Any], start: int = 0, *, label: str | None = None
) -> Knob:
    """Describe a choice between a few values, or between ``{name: value}``."""
    named = options if isinstance(options, Mapping) else {str(one): one for one in options}
    return Knob("choice", tuple(named.values()), start, label, tuple(named))
