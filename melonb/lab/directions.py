"""Directions in a latent space that are worth a slider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

__all__ = ["principal"]


def principal(instrument: Any, music: Sequence[Any], n: int = 2) -> dict[str, torch.Tensor]:
    """Find the directions along which the encodings of some music vary most, for `steer`.

    Parameters
    ----------
    instrument
        Encodes music to a Gaussian.
    music
        Pieces, more than ``n``.
    n
        How many directions.

    Returns
    -------
    dict
        Principal components of the posterior means, each as long as one standard deviation of the
        encodings along it, named by the share of the variance that it holds.
    """
    import torch

    means = torch.cat([instrument.encode(piece).mean for piece in music]).detach()  # (N, *shape)
    flat = means.flatten(1)
    _, spread, axes = torch.linalg.svd(flat - flat.mean(dim=0), full_matrices=False)
    shares = spread**2 / (spread**2).sum()
    lengths = spread / (len(flat) - 1) ** 0.5
    return {
        f"component {place + 1} ({shares[place]:.0%})": (lengths[place] * axes[place]).reshape(
            means.shape[1:]
        )
        for place in range(n)
    }
