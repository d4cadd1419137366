"""Diagonal Gaussian posteriors, and the paths between their points.

Every model of the book puts a piece of music ``x`` at a point ``z`` that it draws from
``q(z|x) = N(mean, diag(std ** 2))``, and keeps that posterior near ``p(z) = N(0, I)``.
The papers differ in how the layer's raw output becomes a standard deviation; the three
ways are in `GaussianHead`.  Everything is in nats and in 32-bit floats, whatever precision
the layers before it run in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Gaussian", "GaussianHead", "Scale", "free_bits_excess", "lerp", "slerp"]

Scale = Literal["softplus", "exp", "half-log"]

_PARALLEL = 1e-4  # radians: below it (or as near to opposite) the sines of slerp lose their digits


@dataclass(frozen=True)
class Gaussian:
    """A batch of diagonal Gaussians, ``N(mean, diag(std ** 2))``.

    Parameters
    ----------
    mean
        ``(..., Z)``, the papers' mu.
    std
        ``(..., Z)``, the papers' sigma: a standard deviation, never a variance.

    Examples
    --------
    >>> Gaussian(torch.zeros(2, 3), torch.ones(2, 3)).kl()
    tensor([0., 0.])
    """

    mean: Tensor
    std: Tensor

    def rsample(self, generator: torch.Generator | None = None) -> Tensor:
        """Draw ``z = mean + std * noise``, through which gradients flow, ``(..., Z)``."""
        noise = torch.empty_like(self.mean).normal_(generator=generator)
        return self.mean + self.std * noise

    def kl(self) -> Tensor:
        """Kullback-Leibler divergence to ``N(0, I)``, summed over ``Z``, in nats, ``(...)``."""
        variance = self.std.square()
        return 0.5 * (self.mean.square() + variance - 1 - variance.log()).sum(-1)

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density of ``z`` ``(..., Z)`` in nats, summed over ``Z``, ``(...)``."""
        distance = (z - self.mean) / self.std
        each = distance.square() + math.log(2 * math.pi) + 2 * self.std.log()
        return -0.5 * each.sum(-1)


class GaussianHead(nn.Module):
    """Two linear layers that read a posterior off a hidden state.

    Parameters
    ----------
    inputs
        Size of the hidden state.
    size
        ``Z``, the dimensions of the latent point.
    scale
        How the second layer's output becomes the standard deviation: ``softplus`` (MusicVAE),
        ``exp`` (the output is log sigma; EC2-VAE) or ``half-log`` (the output is log sigma
        squared; CLSM and the loop VAEs).
    """

    def __init__(self, inputs: int, size: int, scale: Scale = "softplus") -> None:
        super().__init__()
        self.scale_kind = scale
        self.mean = nn.Linear(inputs, size)
        self.scale = nn.Linear(inputs, size)

    def forward(self, hidden: Tensor) -> Gaussian:
        """Turn ``(..., inputs)`` into a posterior over ``(..., Z)``."""
        raw = self.scale(hidden).float()
        if self.scale_kind == "softplus":
            std = F.softplus(raw)
        elif self.scale_kind == "exp":
            std = raw.exp()
        else:
            std = (raw / 2).exp()
        # A std that rounds to 0 would make the KL infinite.
        return Gaussian(self.mean(hidden).float(), std.clamp_min(1e-8))


def free_bits_excess(kl: Tensor, bits: float) -> Tensor:
    """KL of each example beyond the ``bits`` it may use for nothing, in nats.

    MusicVAE takes the allowance from an example's whole KL, not from each dimension.

    Parameters
    ----------
    kl
        ``(B,)``, nats.
    bits
        The allowance; one bit is ln 2 nats.

    Examples
    --------
    >>> free_bits_excess(torch.tensor([1.0, 40.0]), bits=48)
    tensor([0.0000, 6.7289])
    """
    return (kl - bits * math.log(2)).clamp_min(0)


def lerp(a: Tensor, b: Tensor, t: float | Tensor) -> Tensor:
    """Walk the straight line from ``a`` (t = 0) to ``b`` (t = 1); shapes as in `slerp`."""
    amount = _amount(a, t)
    return (1 - amount) * a + amount * b


def slerp(a: Tensor, b: Tensor, t: float | Tensor) -> Tensor:
    """Walk the arc from ``a`` (t = 0) to ``b`` (t = 1).

    A straight line between two draws of ``N(0, I)`` passes too near the origin, where the
    decoder has seen no point; the arc keeps the distance that such draws have.  Equal points,
    and points at the origin, fall back on the line.  For opposite points every arc is as
    good, and a fixed one is taken.

    Parameters
    ----------
    a, b
        ``(..., Z)``.
    t
        A number for one point of the path ``(..., Z)``, or ``(S,)`` for ``S`` points
        ``(S, ..., Z)``.

    Examples
    --------
    >>> slerp(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), 0.5)
    tensor([0.7071, 0.7071])
    """
    amount = _amount(a, t)
    length_a, length_b = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    unit_a, unit_b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
    # The half-angle form keeps its digits where arccos of the product loses them.
    angle = 2 * torch.atan2(
        (unit_a - unit_b).norm(dim=-1, keepdim=True), (unit_a + unit_b).norm(dim=-1, keepdim=True)
    )
    opposite = math.pi - angle < _PARALLEL
    level = (angle < _PARALLEL) | (length_a == 0) | (length_b == 0)
    sine = torch.where(level | opposite, torch.ones_like(angle), angle.sin())
    arc = (torch.sin((1 - amount) * angle) * a + torch.sin(amount * angle) * b) / sine

    turn = amount * math.pi
    half_circle = torch.cos(turn) * unit_a + torch.sin(turn) * _perpendicular(unit_a)
    around = half_circle * ((1 - amount) * length_a + amount * length_b)
    arc = torch.where(opposite, around, arc)
    return torch.where(level, (1 - amount) * a + amount * b, arc)


def _amount(point: Tensor, t: float | Tensor) -> Tensor:
    """Shape ``t`` so that it multiplies ``(..., Z)``, with a leading axis where it has one."""
    amount = torch.as_tensor(t, dtype=point.dtype, device=point.device)
    return amount.reshape(*amount.shape, *([1] * point.dim())) if amount.dim() else amount


def _perpendicular(unit: Tensor) -> Tensor:
    """Give a unit vector at a right angle to ``unit`` ``(..., Z)``: from its smallest axis."""
    axis = F.one_hot(unit.abs().argmin(-1), unit.shape[-1]).to(unit.dtype)
    return F.normalize(axis - (axis * unit).sum(-1, keepdim=True) * unit, dim=-1)
