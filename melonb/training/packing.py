"""Weights in half the bytes, or a quarter: how a trained model travels.

*half* keeps 11 significant bits of every number.  *int8* keeps each row of a matrix as whole
numbers from -127 to 127 and one scale, ``W[i, j] = scale[i] * whole[i, j]``; vectors, which
weigh little and matter much, stay in half precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

__all__ = ["Packing", "largest_error", "packed", "unpacked", "whole_rows"]

Packing = Literal["half", "int8"]

_SCALE = ":scale"
_WORTH = 4096  # numbers: smaller matrices gain nothing from int8
_LARGEST_HALF = 65504.0


def packed(tensors: Mapping[str, Tensor], packing: Packing) -> dict[str, Tensor]:
    """Pack weights; whole numbers, and floats beyond half precision's range, stay as they are."""
    small: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            small[name] = tensor
        elif packing == "int8" and tensor.dim() >= 2 and tensor.numel() >= _WORTH:
            whole, scale = whole_rows(tensor.float().flatten(1))
            small[name] = whole.to(torch.int8).reshape(tensor.shape)
            small[name + _SCALE] = scale
        elif tensor.abs().max() > _LARGEST_HALF if tensor.numel() else False:
            small[name] = tensor.float()
        else:
            small[name] = tensor.half()
    return small


def whole_rows(matrix: Tensor, most: int = 127) -> tuple[Tensor, Tensor]:
    """Write each row of a matrix as whole numbers from -most to most, and one scale a row."""
    scale = (matrix.abs().amax(1) / most).clamp_min(1e-12)
    return (matrix / scale[:, None]).round(), scale


def unpacked(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give packed weights in full precision."""
    whole: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if name.endswith(_SCALE):
            continue
        scale = tensors.get(name + _SCALE)
        if scale is not None:
            rows = tensor.float().flatten(1) * scale[:, None]
            whole[name] = rows.reshape(tensor.shape)
        else:
            whole[name] = tensor.float() if tensor.is_floating_point() else tensor
    return whole


def largest_error(tensors: Mapping[str, Tensor], packing: Packing) -> float:
    """Give the largest error of a packed weight, as a share of its tensor's largest weight."""
    back = unpacked(packed(tensors, packing))
    errors = [
        float(
            (back[name] - tensor.float()).abs().max() / tensor.float().abs().max().clamp_min(1e-12)
        )
        for name, tensor in tensors.items()
        if tensor.is_floating_point() and tensor.numel()
    ]
    return max(errors, default=0.0)
