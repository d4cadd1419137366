"""From a name to an instrument: bundled weights, a run, a file, or an address."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from melonb.corpora.home import downloads
from melonb.errors import CheckpointError, MelonbError, UsageError
from melonb.training.checkpoint import Checkpoint, load_into, read_checkpoint
from melonb.weights.cards import bundled_file
from melonb.weights.registry import Model, find

__all__ = ["load", "load_net", "weights_path"]

_WIDEST = 1 << 16  # no layer of any preset comes near


def load(
    name: str, size: str = "book", source: str | Path | None = None, *, sha256: str | None = None
) -> Any:
    """Load a trained model as an instrument.

    Parameters
    ----------
    name
        ``<paper>/<model>``; `melonb.weights.names` lists them.
    size
        ``book``, ``paper`` or ``tiny``: which bundled weights; a source says its own.
    source
        A run's folder, a weights file, or an address to fetch one from; for MusicVAE also the
        archive of a checkpoint that magenta released, such as ``hierdec-mel_16bar.tar``.
    sha256
        The checksum that a fetched file must have.

    Raises
    ------
    CheckpointError
        The weights are not there, are damaged, or are another model's.

    Examples
    --------
    >>> import melonb
    >>> melonb.load("musicvae/mel-2bar").sample(1)                       # doctest: +SKIP
    [<Melody 2 bars, 9 notes, C4-A5>]
    """
    model = find(name)
    return model.paper.instrument(model.short, load_net(name, size, source, sha256=sha256))


def load_net(
    name: str, size: str = "book", source: str | Path | None = None, *, sha256: str | None = None
) -> nn.Module:
    """Load a trained model as a network, ready to evaluate."""
    model = find(name)
    path = weights_path(name, size, source, sha256=sha256)
    if path.suffix == ".tar" and model.name.startswith("musicvae/"):
        return _released(model.short, path)
    checkpoint = _checkpoint(path)
    held = checkpoint.about.get("model")
    if held != name:
        raise CheckpointError(
            f"holds {held}, not {name}", file=path, remedy="name the model that it holds"
        )
    with torch.device("meta"):  # where even a model of any size that is claimed takes no memory
        load_into(_built(model, checkpoint, path), checkpoint.tensors, path)
    net = _built(model, checkpoint, path)
    load_into(net, checkpoint.tensors, path)
    return net.eval()


def _checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint whose numbers can be computed with."""
    try:
        checkpoint = read_checkpoint(path)
        each = checkpoint.tensors.items()
        wrong = [name for name, one in each if one.is_complex() or not one.isfinite().all()]
    except MelonbError:
        raise
    except Exception as error:  # a header can lie in ways that nobody listed
        raise CheckpointError(
            f"is damaged or no checkpoint ({error})", file=path, remedy="fetch or train it again"
        ) from error
    if wrong:
        raise CheckpointError(
            f"holds numbers that are not real and finite, in {wrong[0]}",
            file=path,
            remedy="train it again, at a lower learning rate",
        )
    return checkpoint


def _built(model: Model, checkpoint: Checkpoint, path: Path) -> nn.Module:
    """Build the model that a checkpoint says that it holds, whatever sizes it names."""
    preset, changes = _size(checkpoint, path)
    try:
        for key, value in _numbers(changes):
            # Layers are built one by one, so even without memory a lie would take for ever.
            most = len(checkpoint.tensors) if "layers" in key else _WIDEST
            if not 0 <= value <= most:
                raise ValueError(f"{key} is {value}")
        net: nn.Module = model.paper.build(model.short, preset, **changes)
    except Exception as error:  # as above
        raise CheckpointError(
            f"has no size that can be built ({error})",
            file=path,
            remedy="fetch or train it again",
        ) from error
    return net


def _numbers(value: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Go through all numbers of nested JSON values, each with the name that it stands under."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _numbers(inner, str(name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _numbers(inner, key)
    elif isinstance(value, int | float):
        yield key, value


def _released(short: str, path: Path) -> nn.Module:
    """Load what magenta released, from the archive that bears its configuration's name."""
    from melonb.musicvae import magenta

    if path.stem not in magenta.CONFIGURATIONS:
        known = ", ".join(f"{name}.tar" for name in magenta.CONFIGURATIONS)
        raise UsageError(
            f"no configuration of magenta's is called {path.stem!r}",
            file=path,
            remedy=f"name it as it was published: {known}",
        )
    of, _ = magenta.CONFIGURATIONS[path.stem]
    if of != short:
        raise CheckpointError(
            f"holds a model of the kind musicvae/{of}, not musicvae/{short}",
            file=path,
            remedy="name the model that it holds",
        )
    return magenta.network(path.stem, path).eval()


def weights_path(
    name: str, size: str = "book", source: str | Path | None = None, *, sha256: str | None = None
) -> Path:
    """Find the file that holds a model's weights, fetching it if it lies elsewhere."""
    if source is None:
        path = bundled_file(name, size)
        if not path.exists():
            raise CheckpointError(
                f"no {size} weights of {name} come with melonb",
                remedy=f"train them (`melonb train {name} --preset {size}`) and name the run's "
                "folder (--weights, or source= of `load`)",
            )
        return path
    if str(source).startswith(("http://", "https://")):
        address, _, checksum = str(source).partition("#sha256=")
        return _fetch(address, sha256 or checksum or None)
    path = Path(source)
    if path.is_dir():
        path = path / "best.safetensors"
    if not path.is_file():  # a pipe or a device is none either
        raise CheckpointError(
            "there is no such checkpoint",
            file=path,
            remedy="name a run's folder, or its best.safetensors",
        )
    if sha256 is not None:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != sha256.removeprefix("sha256:"):
            raise CheckpointError(
                f"has the checksum {found}, not {sha256}", file=path, remedy="fetch it again"
            )
    return path


def _size(checkpoint: Checkpoint, path: Path) -> tuple[str, dict[str, Any]]:
    """Read off a checkpoint what size of model it belongs to."""
    try:
        return checkpoint.about["preset"], dict(checkpoint.about["recipe"]["size"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            "does not say its size", file=path, remedy="fetch or train it again"
        ) from error


def _fetch(address: str, sha256: str | None) -> Path:
    """Fetch a file once; what arrives must have the checksum."""
    if sha256 is None:
        raise CheckpointError(
            "weights from an address need their checksum",
            file=address,
            remedy="give sha256=..., or write #sha256=... behind the address",
        )
    import pooch

    pooch.get_logger().setLevel("WARNING")
    try:
        return Path(
            pooch.retrieve(address, known_hash=f"sha256:{sha256}", path=downloads() / "weights")
        )
    except Exception as error:  # requests and pooch raise many kinds, all mean the same here
        raise CheckpointError(
            f"could not be fetched ({error})", file=address, remedy="fetch it by hand and name it"
        ) from error
