"""A device that no machine has: its tensors lie in memory, and mix with no others.

On a GPU an operation fails whose tensors, or whose random generator, lie in different places.
Here is one for machines without: a tensor on it says that it is elsewhere, holds another one that
does the work, and every operation is asked where its parts lie.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.accelerators import CPUAccelerator
from lightning_fabric.strategies import SingleDeviceStrategy
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("meta")  # PyTorch knows it everywhere, and computes nothing on it
_Generator = torch.Generator
_generators: dict[int, torch.Generator] = {}  # those that were made for elsewhere
_INDEXING = {"index", "index_put", "_index_put_impl", "_unsafe_index"}  # also by numbers on a CPU


class MixedError(RuntimeError):
    """Parts of one operation lie in different places."""


class Elsewhere(Tensor):
    """A tensor that says that it is elsewhere; ``kept`` does its work."""

    kept: Tensor

    @staticmethod
    def __new__(cls, kept: Tensor) -> Elsewhere:
        shape = {"strides": kept.stride(), "storage_offset": kept.storage_offset()}
        made = Tensor._make_wrapper_subclass(
            cls, kept.size(), dtype=kept.dtype, device=DEVICE, **shape
        )
        made.kept = kept
        return made

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None) -> Any:
        return _operate(func, args, kwargs or {})


class _Watch(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None) -> Any:
        return _operate(func, args, kwargs or {})


class Generator:
    """Makes PyTorch's generators, and remembers which of them are for elsewhere."""

    def __new__(cls, device: torch.device | str = "cpu") -> torch.Generator:
        generator = _Generator()
        if torch.device(device).type == DEVICE.type:
            _generators[generator._cdata] = generator
        return generator


def _operate(func, args, kwargs) -> Any:
    name = func._schema.name.removeprefix("aten::").rstrip("_")
    parts = tree_leaves((args, kwargs))
    away = [part for part in parts if isinstance(part, Elsewhere)]
    goal = bool(away)
    if kwargs.get("device") is not None:
        goal = torch.device(kwargs["device"]).type == DEVICE.type
        kwargs = {**kwargs, "device": torch.device("cpu")}
    if name == "copy":
        goal = isinstance(args[0], Elsewhere)
    elif name != "_to_copy" and away:
        _refuse_strangers(name, args, parts)
    for part in parts:
        if isinstance(part, _Generator) and (part._cdata in _generators) != goal:
            raise MixedError(f"{name}: the generator is not where its numbers are to be")

    known = {id(part.kept): part for part in away}
    plain = tree_map(lambda part: part.kept if isinstance(part, Elsewhere) else part, args)
    named = tree_map(lambda part: part.kept if isinstance(part, Elsewhere) else part, kwargs)
    with torch._C._DisableTorchDispatch():
        found = func(*plain, **named)
        if torch.Tag.inplace_view in func.tags and away:
            func(*args, **kwargs)  # the outer tensor's shape has to follow
    if not goal:
        return found

    def away_again(part: Any) -> Any:
        if not isinstance(part, Tensor):
            return part
        return known[id(part)] if id(part) in known else Elsewhere(part)

    return tree_map(away_again, found)


def _refuse_strangers(name: str, args: Any, parts: list[Any]) -> None:
    here = [part for part in parts if isinstance(part, Tensor) and not isinstance(part, Elsewhere)]
    if name in _INDEXING and isinstance(args[0], Elsewhere):
        here = [part for part in here if part.dtype not in (torch.long, torch.bool)]
    shapes = [tuple(part.shape) for part in here if part.dim() or name in _INDEXING]
    if shapes:
        raise MixedError(f"{name}: parts of shape {shapes} are on the CPU, the others are not")


@contextlib.contextmanager
def elsewhere(patch) -> Iterator[torch.device]:
    """Let there be such a device; ``patch`` is pytest's monkeypatch."""
    patch.setattr(torch, "Generator", Generator)
    patch.setattr(torch, "tensor", _placed(torch.tensor))
    patch.setattr(torch, "as_tensor", _placed(torch.as_tensor))
    patch.setattr(torch, "autocast", _autocast(torch.autocast))
    patch.setattr(Tensor, "tolist", _listed(Tensor.tolist))
    patch.setattr(nn.Module, "_apply", _swapping(nn.Module._apply))
    patch.setattr(nn.modules.rnn._VF, "lstm", _lstm, raising=False)
    patch.setattr(nn.modules.rnn._VF, "gru", _gru, raising=False)
    try:
        with _Watch():
            yield DEVICE
    finally:
        _generators.clear()


def fabric(*ignored: object) -> Fabric:
    """Give a Fabric that trains there."""

    class Accelerator(CPUAccelerator):
        def setup_device(self, device: torch.device) -> None:
            pass

    made = Fabric(strategy=SingleDeviceStrategy(device=DEVICE, accelerator=Accelerator()))
    made.launch()
    return made


def _placed(build):
    """What makes tensors of lists copies them like any other tensor."""

    def made(data, *args, device=None, **named):
        if isinstance(data, Tensor):
            return build(data, *args, **named, device=data.device if device is None else device)
        near = build(data, *args, **named)
        return near if device is None else near.to(device)

    return made


def _autocast(cast):
    class Cast:
        def __new__(cls, device_type: str, *args, **named):
            if device_type == DEVICE.type:
                return contextlib.nullcontext()
            return cast(device_type, *args, **named)

    return Cast


def _listed(tolist):
    return lambda tensor: tolist(tensor.kept if isinstance(tensor, Elsewhere) else tensor)


def _lstm(steps, state, weights, bias, layers, dropout, train, both, batch_first):
    """Stand in for the fused layer, whose thousands of operations would all be asked the same."""
    hidden, cell = state
    seen, hidden = _gru(steps, hidden, weights, bias, layers, dropout, train, both, batch_first)
    return seen, hidden, cell + 0 * hidden


def _gru(steps, hidden, weights, bias, layers, dropout, train, both, batch_first):
    nothing = 0 * torch.stack([weight.sum() for weight in weights]).sum()
    size = hidden.shape[-1] * (2 if both else 1)
    seen = (steps.sum(-1, keepdim=True) + nothing).expand(*steps.shape[:-1], size)
    return seen, hidden + nothing


def _swapping(apply):
    """Let a module that moves get new parameters: the old ones cannot change their kind."""

    def applied(module, *args, **named):
        torch.__future__.set_swap_module_params_on_conversion(True)
        try:
            return apply(module, *args, **named)
        finally:
            torch.__future__.set_swap_module_params_on_conversion(False)

    return applied
