"""A run: a folder that can be stopped at any step, resumed, and shown to others.

``recipe.json``, ``environment.json``, ``metrics.jsonl``, ``last.safetensors`` (model,
optimiser and place in the run), ``best.safetensors`` (the weights that scored best) and
``card.json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from melonb.errors import CheckpointError, RecipeError
from melonb.files import write_json, write_lines, write_text
from melonb.training.checkpoint import (
    Checkpoint,
    load_into,
    read_checkpoint,
    write_checkpoint,
)
from melonb.training.recipe import Recipe
from melonb.training.record import device_name, environment
from melonb.training.task import Task, weights_of

__all__ = ["Best", "Place", "Run", "RunFolder", "Series", "restore"]


@dataclass(frozen=True)
class Best:
    """The validation that scored best, and all that it measured."""

    step: int
    score: float
    figures: dict[str, float]


@dataclass
class Place:
    """How far a run has come."""

    step: int = 0
    seconds: float = 0.0
    stale: int = 0  # validations since the best one
    best: Best | None = None
    stopped: str = ""
    origin: str = ""  # what it went on from, where that was not a checkpoint of its own


@dataclass(frozen=True)
class Series:
    """One column of a run's history."""

    steps: list[int]
    values: list[float]


@dataclass(frozen=True)
class Run:
    """What training gives back.

    Parameters
    ----------
    folder
        Where it was written, if it was.
    recipe, model
        The model holds the weights that scored best.
    history
        One row a report (``loss`` and its terms) and one a validation (``valid/score`` ...).
    place
        How far it came, its best validation, and why it stopped: ``steps``, ``seconds``,
        ``patience`` or ``interrupt``.
    """

    folder: Path | None
    recipe: Recipe
    model: nn.Module
    history: list[dict[str, Any]]
    place: Place
    _weights: dict[str, Tensor] = field(repr=False)

    @property
    def best(self) -> Best | None:
        """The validation that scored best."""
        return self.place.best

    @property
    def stopped(self) -> str:
        """Why it stopped."""
        return self.place.stopped

    def weights(self) -> dict[str, Tensor]:
        """Give the best weights, on the CPU."""
        return self._weights

    def series(self, name: str) -> Series:
        """Give one column of the history, ready to draw."""
        rows = [row for row in self.history if name in row]
        return Series([row["step"] for row in rows], [row[name] for row in rows])


class RunFolder:
    """The files of a run.

    Parameters
    ----------
    path
        None keeps everything in memory.
    """

    def __init__(self, path: Path | str | None, recipe: Recipe, task: Task) -> None:
        self.path = Path(path) if path is not None else None
        self.recipe = recipe
        self.data_hash = task.data_hash
        self.windows = task.size
        self._best: dict[str, Tensor] = {}
        self._machine: dict[str, str] = {}

    def begin(self, resume: bool) -> Checkpoint | None:
        """Open the folder; give the checkpoint to go on from, if there is one to go on from."""
        if self.path is None:
            return None
        last = self.path / "last.safetensors"
        if last.exists() and not resume:
            raise RecipeError(
                "holds a run already", file=self.path, remedy="resume it, or name another folder"
            )
        checkpoint = read_checkpoint(last) if last.exists() else None
        if checkpoint is not None:
            self._same(checkpoint)
            best = self.path / "best.safetensors"
            self._best = read_checkpoint(best).tensors if best.exists() else {}
        return checkpoint

    def adopt(self, start: Checkpoint, task: Task, model: nn.Module, writes: bool = True) -> Place:
        """Begin with trained weights; what is known of them counts if the music is the same."""
        about = start.about
        load_into(weights_of(task, model), start.tensors)
        known = about["data_hash"] == self.data_hash
        best = Best(**about["best"]) if known and about["best"] else None
        place = Place(about["step"], about["seconds"], best=best, origin=about["origin"])
        if self.path is not None and writes:
            write_lines(self.path / "metrics.jsonl", about["curve"] if known else [])
        if best is not None:
            self._keep(start.tensors, place, writes)
        return place

    def describe(self, device: torch.device, precision: str) -> None:
        """Write the recipe, and what the run depends on beyond it."""
        self._machine = {"device": device_name(str(device)), "precision": precision}
        if self.path is not None:
            # The card of an earlier call would say of weights to come how they came about.
            (self.path / "card.json").unlink(missing_ok=True)
            write_text(self.path / "recipe.json", self.recipe.to_json())
            here = environment() | self._machine | {"data_hash": self.data_hash}
            write_json(self.path / "environment.json", here)

    def save_last(self, model: nn.Module, optimizer: torch.optim.Optimizer, place: Place) -> None:
        """Write all that a resumed run needs."""
        if self.path is None:
            return
        tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
        for number, state in optimizer.state_dict()["state"].items():
            for name, value in state.items():
                tensors[f"optimizer.{number}.{name}"] = torch.as_tensor(value)
        for name, parameter in model.named_parameters():
            if not parameter.isfinite().all():
                raise RecipeError(
                    f"the parameter {name} is not finite after step {place.step}",
                    file=self.path,
                    remedy="lower the learning rate or clip; the checkpoint before it is kept",
                )
        write_checkpoint(self.path / "last.safetensors", tensors, self._about(place))

    def save_best(self, task: Task, model: nn.Module, place: Place, writes: bool = True) -> None:
        """Keep these weights as the best so far; one of several processes writes them down."""
        self._keep(weights_of(task, model), place, writes)

    def _keep(self, weights: Mapping[str, Tensor], place: Place, writes: bool) -> None:
        self._best = {name: value.detach().cpu().clone() for name, value in weights.items()}
        if self.path is not None and writes:
            write_checkpoint(self.path / "best.safetensors", self._best, self._about(place))

    def best(self) -> dict[str, Tensor]:
        """Give the weights that scored best."""
        return self._best

    def finish(self, place: Place, history: list[dict[str, Any]], parameters: int) -> None:
        """Write the card."""
        if self.path is None:
            return
        card = {**self._about(place), "parameters": parameters, "windows": self.windows}
        card["environment"] = environment() | self._machine
        card["curve"] = _thin(history, 200)
        write_json(self.path / "card.json", card)

    def _about(self, place: Place) -> dict[str, Any]:
        return {
            "model": self.recipe.model,
            "preset": self.recipe.preset,
            "data": list(self.recipe.data),
            "data_hash": self.data_hash,
            "recipe": self.recipe.to_dict(),
            **asdict(place),
        }

    def _same(self, checkpoint: Checkpoint) -> None:
        """Refuse to go on with a run that was begun another way."""
        try:
            before = Recipe.from_json(checkpoint.about["recipe"])
            data_hash = checkpoint.about["data_hash"]
        except KeyError as error:
            raise CheckpointError("does not say how it was trained", file=self.path) from error
        changed = self.recipe.changed(before, checkpoint.about["step"])
        if changed:
            raise RecipeError(
                f"was begun with another {changed[0]}",
                file=self.path,
                remedy="resume with the recipe that it holds, or begin another run",
            )
        if data_hash != self.data_hash:
            raise RecipeError("was begun on other data", file=self.path, remedy="begin another run")


def restore(checkpoint: Checkpoint, model: nn.Module, optimizer: torch.optim.Optimizer) -> Place:
    """Put model and optimiser back where the checkpoint left them."""
    load_into(model, checkpoint.part("model"))
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in checkpoint.part("optimizer").items():
        number, key = name.split(".", 1)
        state.setdefault(int(number), {})[key] = value
    optimizer.load_state_dict(
        {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
    )
    about = checkpoint.about
    best = Best(**about["best"]) if about["best"] else None
    origin = about.get("origin", "")  # runs of earlier versions do not know of such
    return Place(about["step"], about["seconds"], about["stale"], best, origin=origin)


def _thin(rows: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Keep every validation and an even choice of the other rows."""
    other = [row for row in rows if "valid/score" not in row]
    every = max(1, -(-len(other) // most))
    kept = {id(row) for row in other[::every]}
    return [row for row in rows if "valid/score" in row or id(row) in kept]
