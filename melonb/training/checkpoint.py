"""Checkpoints: tensors in safetensors, everything else as JSON in the same file's header.

One file holds one moment of a run, so no crash can leave two halves that do not belong
together.  Nothing is ever unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from melonb.errors import CheckpointError
from melonb.files import read_json, write_bytes
from melonb.training.packing import unpacked

__all__ = ["Checkpoint", "budget", "facts", "load_into", "read_checkpoint", "write_checkpoint"]

_KEY = "melonb"  # of the header's entry


@dataclass(frozen=True)
class Checkpoint:
    """Named tensors, and what is known about them."""

    tensors: dict[str, Tensor]
    about: dict[str, Any]

    def part(self, prefix: str) -> dict[str, Tensor]:
        """Give the tensors whose names start with ``prefix.``, without it."""
        start = f"{prefix}."
        return {
            name[len(start) :]: tensor
            for name, tensor in self.tensors.items()
            if name.startswith(start)
        }


def write_checkpoint(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write a checkpoint, whole or not at all."""
    # A copy each: safetensors refuses tensors that share memory, as tied weights do.
    plain = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    write_bytes(path, safetensors.torch.save(plain, metadata={_KEY: json.dumps(about)}))


def read_checkpoint(path: Path | str) -> Checkpoint:
    """Read a checkpoint onto the CPU, in full precision whatever it was packed in.

    Parameters
    ----------
    path
        A file, or a run's folder, whose best weights are taken.

    Raises
    ------
    CheckpointError
        There is no such file, it is damaged, or another program wrote it.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "best.safetensors"
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            about = dict(json.loads((file.metadata() or {})[_KEY]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise CheckpointError("there is no such checkpoint", file=path) from error
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            "is not a checkpoint that melonb wrote",
            file=path,
            remedy="give a run's folder or its best.safetensors",
        ) from error
    except (safetensors.SafetensorError, OSError) as error:
        raise CheckpointError(
            f"is damaged or no checkpoint ({error})", file=path, remedy="fetch or train it again"
        ) from error
    return Checkpoint(unpacked(tensors) if "packing" in about else tensors, about)


def facts(path: Path) -> dict[str, Any]:
    """Tell all that is known of a weights file: its header, and the card that lies beside it."""
    known = dict(read_checkpoint(path).about)
    beside = path.with_name("card.json") if path.stem == "best" else path.with_suffix(".json")
    if beside.exists():
        known.update(read_json(beside))
    return known


def budget(known: Mapping[str, Any]) -> dict[str, Any]:
    """Say what weights cost to train, from their `facts`."""
    return {
        "steps": known.get("steps") or known.get("step"),
        "batch_size": known.get("recipe", {}).get("batch_size"),
        "seconds": known.get("seconds"),
    }


def load_into(
    model: nn.Module | Mapping[str, Tensor],
    weights: Mapping[str, Tensor],
    path: Path | None = None,
) -> None:
    """Copy weights into a model, or into its parts by name, which they must fit in shape too."""
    own = model.state_dict() if isinstance(model, nn.Module) else model
    missing, foreign = sorted(own.keys() - weights.keys()), sorted(weights.keys() - own.keys())
    wrong = [name for name in own.keys() & weights.keys() if own[name].shape != weights[name].shape]
    if missing or foreign or wrong:
        name = [*missing, *foreign, *sorted(wrong)][0]
        raise CheckpointError(
            f"belongs to another model or size ({len(missing)} parts missing, {len(foreign)} "
            f"unknown, {len(wrong)} of another shape; the first is {name})",
            file=path,
            remedy="name the model and the size that it was trained with",
        )
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(weights[name])
