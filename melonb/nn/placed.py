"""A network in use: the device where it computes, and draws that begin at a seed there."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["Placed"]


class Placed:
    """What every instrument has of its network, which it keeps as ``net``."""

    net: nn.Module

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return next(self.net.parameters()).device

    def generator(self, seed: int) -> torch.Generator:
        """Give a source of random numbers that begins at ``seed``, where the network is."""
        return torch.Generator(self.device).manual_seed(seed)
