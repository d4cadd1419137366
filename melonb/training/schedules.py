"""Numbers that change while a model trains: learning rates, KL weights, sampling shares.

A schedule is a small frozen object that is called with the step (the first is 0) and that
writes itself as JSON, so that a recipe holds the whole truth about a run.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from melonb.errors import RecipeError

__all__ = [
    "Constant",
    "Cosine",
    "Exponential",
    "InverseSigmoid",
    "Linear",
    "Rounds",
    "Schedule",
    "schedule",
]


class Schedule(ABC):
    """What all schedules are: a function of the step."""

    def __call__(self, step: int) -> float:
        """Give the value at ``step``."""
        return self._at(step)

    @abstractmethod
    def _at(self, step: int) -> float:
        """Compute the value at ``step``, which is never negative."""

    def further(self, done: int, steps: int, peak: float | None = None) -> Schedule:
        """Plan for ``steps`` more after ``done``; what was a fall over all of these falls again.

        Where it falls again, it does so from ``peak``, or from where it fell before.
        """
        if peak is not None:
            raise RecipeError(
                f"its learning rate has not fallen to its end, {peak:g} would not be a new start",
                remedy="leave the peak out",
            )
        return self

    def to_json(self) -> dict[str, Any]:
        """Give the schedule as JSON values, its kind among them."""
        return {"kind": type(self).__name__.lower(), **asdict(self)}  # type: ignore[call-overload]


@dataclass(frozen=True)
class Constant(Schedule):
    """Stay at ``value``."""

    value: float

    def _at(self, step: int) -> float:
        return self.value


@dataclass(frozen=True)
class Linear(Schedule):
    """Go from ``start`` to ``end`` in ``steps`` equal steps, after ``wait`` steps at ``start``."""

    start: float
    end: float
    steps: int
    wait: int = 0

    def _at(self, step: int) -> float:
        share = min(max((step - self.wait) / max(self.steps, 1), 0.0), 1.0)
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True)
class Exponential(Schedule):
    """Close the gap from ``start`` to ``end`` by the factor ``rate`` at every step.

    With a fall from 1e-3 to 1e-5 it is MusicVAE's learning rate, with a rise from 0 to 0.2
    its KL weight beta.

    Examples
    --------
    >>> Exponential(0.0, 0.2, 0.5)(1)
    0.1
    """

    start: float
    end: float
    rate: float

    def _at(self, step: int) -> float:
        return self.end + (self.start - self.end) * self.rate**step


@dataclass(frozen=True)
class Cosine(Schedule):
    """Fall from ``start`` to ``end`` along half a cosine, after a linear rise of ``warmup`` steps.

    Examples
    --------
    >>> Cosine(1.0, 0.0, steps=100)(50)
    0.5
    """

    start: float
    end: float
    steps: int
    warmup: int = 0

    def _at(self, step: int) -> float:
        if step < self.warmup:
            return self.start * (step + 1) / self.warmup
        share = min((step - self.warmup) / max(self.steps - self.warmup, 1), 1.0)
        return self.end + (self.start - self.end) * (1 + math.cos(math.pi * share)) / 2

    def further(self, done: int, steps: int, peak: float | None = None) -> Schedule:
        """Add a round."""
        one = Rounds(self.start, self.end, (self.steps,), self.warmup)
        return one.further(done, steps, peak)


@dataclass(frozen=True)
class Rounds(Schedule):
    """A `Cosine` for each of ``steps``, one after the other: training that was taken up again.

    A run that has come to its end goes on where it stopped with one round more, and is then the
    run that it would have been with both from the start.  ``start`` is one number, or one for
    each round.

    Examples
    --------
    >>> rounds = Rounds(1.0, 0.0, steps=(100, 50))
    >>> rounds(50), rounds(100), rounds(125), rounds(150)
    (0.5, 1.0, 0.5, 0.0)
    >>> Rounds((1.0, 0.4), 0.0, steps=(100, 50))(125)
    0.2
    """

    start: float | tuple[float, ...]
    end: float
    steps: tuple[int, ...]
    warmup: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(self.steps))  # JSON gives a list
        if not isinstance(self.start, int | float):
            object.__setattr__(self, "start", tuple(self.start))
        if not self.steps:
            raise RecipeError("rounds without a length", remedy="give the steps of one at least")
        if len(self._starts) != len(self.steps):
            raise RecipeError(
                f"{len(self.steps)} rounds start at {len(self._starts)} rates",
                remedy="give one number, or one for each",
            )

    @property
    def _starts(self) -> tuple[float, ...]:
        return self.start if isinstance(self.start, tuple) else (self.start,) * len(self.steps)

    def _at(self, step: int) -> float:
        falls = zip(self._starts, self.steps, strict=True)
        *earlier, last = [Cosine(start, self.end, steps, self.warmup) for start, steps in falls]
        for fall in earlier:
            if step < fall.steps:
                return fall(step)
            step -= fall.steps
        return last(step)

    def further(self, done: int, steps: int, peak: float | None = None) -> Schedule:
        """Add a round, where the rounds so far are all that was done."""
        if sum(self.steps) != done:
            return super().further(done, steps, peak)
        start = self.start
        if peak is not None or isinstance(start, tuple):
            start = (*self._starts, peak or self._starts[-1])
        return replace(self, start=start, steps=(*self.steps, steps))


@dataclass(frozen=True)
class InverseSigmoid(Schedule):
    """The share of steps that feed on the model's own output: from near 0 to 1, half at k ln k.

    ``1 - k / (k + exp(step / k))``, with ``k`` called ``rate`` here.
    """

    rate: float

    def _at(self, step: int) -> float:
        # The same as above, written so that a large step does not overflow.
        return 1 / (1 + self.rate * math.exp(-min(step / self.rate, 700.0)))


_KINDS = {
    kind.__name__.lower(): kind
    for kind in (Constant, Linear, Exponential, Cosine, Rounds, InverseSigmoid)
}


def schedule(value: float | Mapping[str, Any] | Schedule) -> Schedule:
    """Read a schedule from JSON values; a bare number stays what it is.

    Examples
    --------
    >>> schedule({"kind": "linear", "start": 0, "end": 1, "steps": 10})(5)
    0.5
    """
    if isinstance(value, Schedule):
        return value
    if isinstance(value, int | float):
        return Constant(float(value))
    options = dict(value)
    kind = options.pop("kind", None)
    if kind not in _KINDS:
        known = ", ".join(_KINDS)
        raise RecipeError(f"no schedule is called {kind!r}", remedy=f"use one of {known}")
    try:
        return _KINDS[kind](**options)
    except TypeError as error:
        raise RecipeError(f"the schedule {kind!r} is written wrongly: {error}") from error
