"""What a paper gives to the loop: a model, its batches and its loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

__all__ = ["Losses", "Task", "trained_parameters", "weights_of"]


@dataclass(frozen=True)
class Losses:
    """The loss of a batch, and the parts of it that a reader watches.

    Parameters
    ----------
    total
        A scalar, the mean over the batch; gradients are taken of it.
    terms
        Scalars by name, such as ``reconstruction``, ``kl``, ``accuracy``.
    """

    total: Tensor
    terms: Mapping[str, Tensor] = field(default_factory=dict)


@runtime_checkable
class Task(Protocol):
    """What `fit` needs to know of a paper.

    A task may also have ``parameters(model)``, the only ones that are trained,
    ``weights(model)``, what a checkpoint of the trained model holds, and ``settles``, the step
    from which its loss is the one that it ends with: once it has come, earlier scores are void.
    """

    size: int
    data_hash: str

    def model(self) -> nn.Module:
        """Build what is trained, with fresh parameters."""

    def batch(self, index: Tensor, generator: torch.Generator) -> Any:
        """Gather the windows ``index`` ``(B,)``, which lies on the device, and augment them."""

    def loss(self, model: nn.Module, batch: Any, step: int, generator: torch.Generator) -> Losses:
        """Give the loss of a batch at a step."""

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Measure the model on songs that are kept for it; ``score`` is better when higher."""

    def to(self, device: torch.device) -> Any:
        """Move the data, and any frozen models, to the device."""


def trained_parameters(task: Task, model: nn.Module) -> list[nn.Parameter]:
    """Give the parameters to train, and freeze all others."""
    choose = getattr(task, "parameters", None)
    if choose is not None:
        chosen: Iterable[nn.Parameter] = list(choose(model))
        kept = {id(parameter) for parameter in chosen}
        for parameter in model.parameters():
            parameter.requires_grad_(id(parameter) in kept)
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def weights_of(task: Task, model: nn.Module) -> dict[str, Tensor]:
    """Give what a checkpoint of the trained model holds."""
    choose = getattr(task, "weights", None)
    return dict(model.state_dict() if choose is None else choose(model))
