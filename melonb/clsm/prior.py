"""The conditional prior: a Gaussian that knows the context, bent by a flow.

Equations (5) and (6): ``p(z | x_C, T) = N(w; mean(x_C, T), std(x_C, T)) |det dw/dz|`` with
``w = f(z)``. The Gaussian depends on the context, the flow does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from melonb.nn.flow import Flow
from melonb.nn.gaussian import Gaussian

__all__ = ["ContextualPrior"]


@dataclass(frozen=True)
class ContextualPrior:
    """What may stand in a gap, as a density over latent points.

    Parameters
    ----------
    base
        The Gaussian over ``w``, (B, Z).
    flow
        ``f``, from ``z`` to ``w``.
    """

    base: Gaussian
    flow: Flow

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """Draw ``z`` (B, Z)."""
        return self.from_base(self.base.rsample(generator))

    def log_prob(self, z: Tensor) -> Tensor:
        """Exact log-density of ``z`` (B, Z) in nats, (B,)."""
        mapped = self.flow(z)
        return self.base.log_prob(mapped.point) + mapped.log_det

    def to_base(self, z: Tensor) -> Tensor:
        """``w = f(z)``."""
        return self.flow(z).point

    def from_base(self, w: Tensor) -> Tensor:
        """``z = f^-1(w)``."""
        return self.flow.inverse(w).point

    def between(self, a: Tensor, b: Tensor, amount: float) -> Tensor:
        """Interpolate by equation (7): a straight line in ``w``, a curve in ``z``."""
        return self.from_base(torch.lerp(self.to_base(a), self.to_base(b), amount))

    def near(self, z: Tensor, delta: float, generator: torch.Generator | None = None) -> Tensor:
        """Vary by section 2.3.2: add ``delta`` times noise of the base's own covariance."""
        noise = torch.empty_like(z).normal_(generator=generator) * self.base.std
        return self.from_base(self.to_base(z) + delta * noise)
