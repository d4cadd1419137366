"""A normalising flow of affine couplings: an invertible map whose volume change is a sum.

One coupling leaves half of its input as it is, and scales and shifts the other half by amounts
that depend on the first: ``w_b = z_b * exp(s(z_a)) + t(z_a)``. It is inverted without inverting
``s`` or ``t``, and the logarithm of its Jacobian's determinant is the sum of ``s(z_a)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

__all__ = ["AffineCoupling", "Flow", "Mapped"]


@dataclass(frozen=True)
class Mapped:
    """Where a flow takes a point, and how it stretches space there.

    Parameters
    ----------
    point
        (B, D).
    log_det
        (B,) logarithm of the absolute determinant of the map's Jacobian at the point it started
        from.
    """

    point: Tensor
    log_det: Tensor


def _network(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    last = nn.Linear(hidden, outputs)
    nn.init.zeros_(last.weight)  # the flow starts as the identity, and bends from there
    nn.init.zeros_(last.bias)
    return nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.LeakyReLU(0.01),
        nn.Linear(hidden, hidden),
        nn.LeakyReLU(0.01),
        last,
    )


class AffineCoupling(nn.Module):
    """One coupling: half of the dimensions decide how the other half is scaled and shifted.

    Parameters
    ----------
    size
        Number of dimensions, ``D``.
    hidden
        Width of the three-layer networks for scale and shift.
    first
        True if the first half decides, False if the second does.
    """

    def __init__(self, size: int, hidden: int, first: bool = True) -> None:
        super().__init__()
        self.first = first
        self.sizes = (size // 2, size - size // 2)
        decides, moves = self.sizes if first else self.sizes[::-1]
        self.scale = nn.Sequential(_network(decides, hidden, moves), nn.Tanh())
        self.shift = _network(decides, hidden, moves)

    def forward(self, z: Tensor) -> Mapped:
        """Map ``z`` (B, D), with the log-determinant of the way."""
        stays, moves = self._halves(z)
        scale = self.scale(stays)
        return Mapped(self._join(stays, moves * scale.exp() + self.shift(stays)), scale.sum(-1))

    def inverse(self, w: Tensor) -> Mapped:
        """Map ``w`` (B, D) back, with the log-determinant of the way back."""
        stays, moves = self._halves(w)
        scale = self.scale(stays)
        return Mapped(
            self._join(stays, (moves - self.shift(stays)) * (-scale).exp()), -scale.sum(-1)
        )

    def _halves(self, x: Tensor) -> tuple[Tensor, Tensor]:
        a, b = x.split(self.sizes, dim=-1)
        return (a, b) if self.first else (b, a)

    def _join(self, stays: Tensor, moves: Tensor) -> Tensor:
        return torch.cat((stays, moves) if self.first else (moves, stays), dim=-1)


class Flow(nn.Module):
    """Couplings in a row, the deciding half changing sides each time.

    Parameters
    ----------
    size
        Number of dimensions, ``D``.
    hidden
        Width of each coupling's networks.
    layers
        Number of couplings.
    """

    def __init__(self, size: int, hidden: int, layers: int = 4) -> None:
        super().__init__()
        self.couplings = nn.ModuleList(
            AffineCoupling(size, hidden, first=number % 2 == 0) for number in range(layers)
        )

    def forward(self, z: Tensor) -> Mapped:
        """Map latent points ``z`` (B, D) to ``w``."""
        log_det = z.new_zeros(z.shape[0])
        for coupling in self.couplings:
            mapped = coupling(z)
            z, log_det = mapped.point, log_det + mapped.log_det
        return Mapped(z, log_det)

    def inverse(self, w: Tensor) -> Mapped:
        """Map ``w`` (B, D) back to latent points ``z``."""
        log_det = w.new_zeros(w.shape[0])
        for coupling in reversed(self.couplings):
            mapped = coupling.inverse(w)  # type: ignore[operator]
            w, log_det = mapped.point, log_det + mapped.log_det
        return Mapped(w, log_det)
