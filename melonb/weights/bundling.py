"""Putting a trained model into the package: packed, checked against full precision, with a card."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from melonb import corpora
from melonb.errors import CheckpointError, CorpusError
from melonb.files import read_json, write_json
from melonb.training.checkpoint import (
    Checkpoint,
    facts,
    load_into,
    read_checkpoint,
    write_checkpoint,
)
from melonb.training.packing import Packing, largest_error, packed, unpacked
from melonb.training.record import Result, environment
from melonb.weights.cards import HERE, bundled_bytes, bundled_file
from melonb.weights.registry import find

__all__ = ["LIMIT", "bundle", "tell"]

LIMIT = 28 * 2**20  # bytes of all bundled weights together
_LOSS = 0.003  # share of the score that packing may cost


def bundle(
    source: Path | str | nn.Module,
    name: str,
    *,
    preset: str = "book",
    size: Mapping[str, Any] | None = None,
    packing: Packing = "half",
    score: Callable[[nn.Module], float] | None = None,
    folder: Path = HERE,
) -> dict[str, Any]:
    """Pack a trained model into the package and write its card, to which `tell` adds figures.

    Parameters
    ----------
    source
        A run's folder, a weights file, or a network.
    name
        ``<paper>/<model>``.
    preset, size
        Of a network; a run says its own.
    packing
        ``half`` or ``int8``.
    score
        Measures a network; packed weights that score clearly lower are refused.
    folder
        Where the package keeps its weights.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    CheckpointError
        The source is another model's, packing costs too much, or the package would grow too large.
    """
    model = find(name)
    checkpoint = _read(source, name, preset, size or {})
    about = checkpoint.about
    net = model.paper.build(model.short, about["preset"], **about["recipe"]["size"])
    load_into(net, checkpoint.tensors)
    check = _check(net, checkpoint, packing, score)

    path = bundled_file(name, about["preset"], folder)
    kept = {key: about[key] for key in ("model", "preset", "recipe")}
    write_checkpoint(path, packed(checkpoint.tensors, packing), {**kept, "packing": packing})
    if bundled_bytes(folder) > LIMIT:
        path.unlink()
        raise CheckpointError(
            f"all bundled weights together would be larger than {LIMIT // 2**20} MiB",
            file=path,
            remedy="pack with int8, or leave a baseline out",
        )
    card = _card(path, checkpoint, check)
    card["parameters"] = sum(parameter.numel() for parameter in net.parameters())
    write_json(path.with_suffix(".json"), card)
    return card


def tell(path: Path, figures: Iterable[Result], faults: str) -> None:
    """Put on the card of bundled weights what was measured, and what is known against them."""
    card = path.with_suffix(".json")
    told = {"figures": [result.to_dict() for result in figures], "faults": faults}
    write_json(card, read_json(card) | told)


def _read(
    source: Path | str | nn.Module, name: str, preset: str, size: Mapping[str, Any]
) -> Checkpoint:
    if isinstance(source, nn.Module):
        about = {"model": name, "preset": preset, "recipe": {"size": dict(size)}}
        return Checkpoint(dict(source.state_dict()), about)
    checkpoint = read_checkpoint(source)
    if checkpoint.about.get("model") != name:
        raise CheckpointError(f"holds {checkpoint.about.get('model')}, not {name}", file=source)
    path = Path(source)
    whole = facts(path / "best.safetensors" if path.is_dir() else path)
    return Checkpoint(checkpoint.tensors, whole)


def _check(
    net: nn.Module,
    checkpoint: Checkpoint,
    packing: Packing,
    score: Callable[[nn.Module], float] | None,
) -> dict[str, Any]:
    """Compare the packed weights with full precision, and refuse them if they do worse."""
    report: dict[str, Any] = {
        "packing": packing,
        "largest_error": largest_error(checkpoint.tensors, packing),
    }
    if score is not None:
        twin = copy.deepcopy(net)
        load_into(twin, unpacked(packed(checkpoint.tensors, packing)))
        full, small = score(net.eval()), score(twin.eval())
        report["score"] = {"full": full, "packed": small}
        if small < full - _LOSS * abs(full):
            raise CheckpointError(
                f"packed as {packing} it scores {small:.4g}, and {full:.4g} in full precision",
                remedy="pack it as half",
            )
    return report


def _card(
    path: Path,
    checkpoint: Checkpoint,
    check: Mapping[str, Any],
) -> dict[str, Any]:
    about = checkpoint.about
    return {
        "model": about["model"],
        "preset": about["preset"],
        "bundled": True,
        "file": path.name,
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "precision": dict(check),
        "data": [_source(name) for name in about.get("data", ())],
        "data_hash": about.get("data_hash", ""),
        "recipe": about["recipe"],
        "steps": about.get("step"),
        "seconds": about.get("seconds"),
        "best": about.get("best"),
        "origin": about.get("origin", ""),
        "curve": about.get("curve", []),
        "environment": about.get("environment") or environment(),
        "figures": [],
        "faults": "",
        "use": "The weights may be used under the licences of melonb and of the data named above.",
    }


def _source(name: str) -> dict[str, Any]:
    """Say what a corpus is, as far as this machine knows."""
    try:
        corpora.load(name, build=False)
        known = corpora.card(name)
    except CorpusError:
        return {"name": name}
    return {
        "name": name,
        **{key: known[key] for key in ("licence", "hash", "home") if key in known},
    }
