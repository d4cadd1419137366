"""A recipe: everything that decides how a model is trained, as one frozen object."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from melonb.errors import RecipeError
from melonb.training.schedules import Exponential, Schedule, schedule

__all__ = ["Recipe", "openings"]

_OPTIMIZERS = ("adam", "adamw")
_PRECISIONS = ("32-true", "bf16-mixed")
_AT_LEAST_ONE = ("steps", "batch_size", "validate_every", "checkpoint_every", "log_every")

# A run may be resumed with these changed: they decide when it stops and what it tells, not
# what a step does.
_FREE = {"steps", "validate_every", "checkpoint_every", "log_every", "patience"}


@dataclass(frozen=True)
class Recipe:
    """How a model is trained.

    Parameters
    ----------
    model
        Its full name, such as ``musicvae/mel-2bar``.
    preset
        The sizes: ``tiny``, ``book`` or ``paper``.
    data
        Names of the corpora, which are mixed; in one word they are joined by plus signs.
    steps, batch_size
        The budget: ``steps`` updates on ``batch_size`` windows each, over all devices together.
    learning_rate
        A `Schedule`.
    optimizer, weight_decay, betas
        ``adam`` or ``adamw``, and its knobs.
    clip
        Gradients longer than this are shortened to it; None leaves them.
    openings
        What to learn before whole windows: pairs of a step and a divisor.  Until that step a
        window is cut down to its opening, one part in ``divisor``, and a batch has that many
        times the windows, so that a step costs as much.  See `openings`.
    precision
        ``32-true``, or ``bf16-mixed``: bfloat16 on a device that is faster for it.
    seed
        Decides the first parameters, the order of the windows and every draw of noise.
    validate_every, checkpoint_every, log_every
        In steps.
    patience
        Stop after this many validations without a better score; None goes on.
    objective
        The paper's knobs, as JSON values.
    size
        Changes to the preset's sizes, as JSON values.
    needs
        Models that must be trained first.

    Examples
    --------
    >>> recipe = Recipe("musicvae/mel-2bar", steps=10)
    >>> Recipe.from_json(recipe.to_json()) == recipe
    True
    """

    model: str
    preset: str = "book"
    data: tuple[str, ...] = ("folk", "houseband")
    steps: int = 1000
    batch_size: int = 128
    learning_rate: Schedule = field(default_factory=lambda: Exponential(1e-3, 1e-5, 0.9999))
    optimizer: str = "adam"
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    clip: float | None = 1.0
    openings: tuple[tuple[int, int], ...] = ()
    precision: str = "32-true"
    seed: int = 0
    validate_every: int = 250
    checkpoint_every: int = 250
    log_every: int = 25
    patience: int | None = None
    objective: Mapping[str, Any] = field(default_factory=dict)
    size: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "learning_rate", schedule(self.learning_rate))
        if isinstance(self.data, str):
            object.__setattr__(self, "data", self.data.split("+"))
        for name in ("data", "betas", "needs"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "openings", _pairs(self.openings))
        for name in _AT_LEAST_ONE:
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise RecipeError(f"{name} is {value!r}", remedy="give a whole number from 1")
        _one_of("optimizer", self.optimizer, _OPTIMIZERS)
        _one_of("precision", self.precision, _PRECISIONS)
        if not self.data:
            raise RecipeError("no corpus is named", remedy="give at least one, such as folk")

    def divisor(self, step: int) -> int:
        """Say what part of a window an update sees: the first half (2), quarter (4), all (1)."""
        return next((divisor for until, divisor in self.openings if step < until), 1)

    def drawn(self, step: int) -> int:
        """Say how many windows the updates before ``step`` take, all together.

        Examples
        --------
        >>> Recipe("musicvae/mel-16bar", batch_size=16, openings=((10, 4), (20, 2))).drawn(25)
        1040
        """
        total, begun = 0, 0
        for until, divisor in (*self.openings, (step, 1)):
            ended = max(begun, min(until, step))
            total, begun = total + (ended - begun) * divisor, ended
        return self.batch_size * total

    def earlier(self, name: str, weights: Mapping[str, Path]) -> Path:
        """Find the weights of a model that must be trained before this one."""
        if name not in weights:
            raise RecipeError(
                f"{self.model} needs {name} first", remedy=f"train {name} and give its weights"
            )
        return Path(weights[name])

    def replace(self, **changes: Any) -> Recipe:
        """Give the recipe with some fields changed; ``objective`` and ``size`` are merged."""
        for name in ("objective", "size"):
            if name in changes:
                changes[name] = {**getattr(self, name), **changes[name]}
        try:
            return dataclasses.replace(self, **changes)
        except TypeError as error:
            raise RecipeError(f"a recipe has no such field: {error}") from error

    def further(self, steps: int, peak: float | None = None) -> Recipe:
        """Plan for ``steps`` more; a learning rate that has fallen all the way falls once more.

        It falls from ``peak``, or from where it fell before.

        Examples
        --------
        >>> from melonb.training import Cosine
        >>> Recipe("a/b", steps=100, learning_rate=Cosine(1.0, 0.0, 100)).further(50).learning_rate
        Rounds(start=1.0, end=0.0, steps=(100, 50), warmup=0)
        """
        rate = self.learning_rate.further(self.steps, steps, peak)
        return self.replace(steps=self.steps + steps, learning_rate=rate)

    def to_dict(self) -> dict[str, Any]:
        """Give the recipe as JSON values."""
        fields = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        values = {**fields, "learning_rate": self.learning_rate.to_json()}
        return json.loads(json.dumps(values, default=_plain))

    def to_json(self) -> str:
        """Give the recipe as JSON text."""
        return json.dumps(self.to_dict(), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | Mapping[str, Any]) -> Recipe:
        """Read a recipe from JSON text or from `to_dict`'s values."""
        try:
            return cls(**(json.loads(text) if isinstance(text, str) else text))
        except (json.JSONDecodeError, TypeError) as error:
            raise RecipeError(f"this is not a recipe: {error}") from error

    def changed(self, other: Recipe, steps: int | None = None) -> list[str]:
        """Name the fields in which ``other`` trains another way, or did in the first ``steps``."""
        mine, yours = self.to_dict(), other.to_dict()
        one, two = self.learning_rate, other.learning_rate
        if steps is not None and all(one(step) == two(step) for step in range(steps)):
            yours["learning_rate"] = mine["learning_rate"]
        return [name for name in mine if name not in _FREE and mine[name] != yours[name]]


def openings(steps: int, *shares: float) -> tuple[tuple[int, int], ...]:
    """Plan for a recipe's ``openings``: halve the windows once for each of the ``shares``.

    An autoencoder finds out how to use its latent point sooner on a bar than on sixteen.

    Parameters
    ----------
    steps
        Of the whole training.
    shares
        Of the training, at whose ends windows double in length.

    Examples
    --------
    >>> openings(1000, 0.15, 0.45, 0.7)
    ((150, 8), (450, 4), (700, 2))
    """
    return tuple((round(steps * share), 2 ** (len(shares) - i)) for i, share in enumerate(shares))


def _pairs(plan: Any) -> tuple[tuple[int, int], ...]:
    """Check a plan of openings, which JSON gives as lists."""
    try:
        pairs = tuple((int(until), int(divisor)) for until, divisor in plan)
    except (TypeError, ValueError):
        raise RecipeError(
            f"openings is {plan!r}", remedy="give pairs of a step and a divisor"
        ) from None
    given = [tuple(pair) for pair in plan]
    if given != sorted(pairs) or any(divisor < 2 for _, divisor in pairs):
        raise RecipeError(
            f"openings is {plan!r}",
            remedy="give whole steps in order, each with a divisor from 2; "
            "melonb.training.openings turns shares into steps",
        )
    return pairs


def _plain(value: Any) -> Any:
    """Turn what JSON does not know into what it does."""
    if isinstance(value, Schedule):
        return value.to_json()
    if isinstance(value, Mapping):
        return dict(value)
    raise RecipeError(f"a recipe cannot hold {value!r}", remedy="use numbers, words and lists")


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise RecipeError(f"{name} is {value!r}", remedy=f"use one of {', '.join(known)}")
