"""The trainable side of the contrastive terms: the matrices W, and which points are compared.

See :mod:`melonb.ec2vae.objective` for the equations.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from melonb.ec2vae.model import Factors
from melonb.ec2vae.objective import (
    Negatives,
    Objective,
    draw_negatives,
    info_nce,
    published_info_nce,
    similarity,
)

__all__ = ["Contrast", "Own"]

Own = Literal["part", "segment"]


class Contrast(nn.Module):
    """Compare points with those that a frozen model gives to windows of the same music.

    Parameters
    ----------
    latent
        Size of a factor.
    windows
        Windows of each phrase.
    objective
        Gives tau, K and the choice of negatives.
    batch
        The largest batch, which is how many points of the last one are kept where the negatives
        are the published ones.
    own
        ``"part"``: the anchor is a phrase, and no part of it is a negative (eq. 2).
        ``"segment"``: the anchor is one segment, and only its twin is no negative (eq. 4).

    Notes
    -----
    There is one W a factor. The published code has one a factor *and* window, and so has
    ``negatives="published"``. W starts as a multiple of the identity, at which a point is most
    like itself.
    """

    last: Tensor

    def __init__(
        self, latent: int, windows: int, batch: int, objective: Objective, own: Own
    ) -> None:
        super().__init__()
        self.windows = windows
        self.own = own
        self.k = objective.k
        self.tau = objective.tau
        self.negatives: Negatives = objective.negatives
        matrices = windows if self.negatives == "published" else 1
        start = torch.eye(latent) * latent**0.5
        self.weight = nn.Parameter(start.repeat(2, matrices, 1, 1))  # (factor, matrix, Z, Z)
        if self.negatives == "published":
            # The batch before, zero until there is one; a resumed run must find it again.
            self.register_buffer("last", torch.zeros(2, windows, batch, latent))

    def forward(
        self, anchors: Factors, candidates: Factors, generator: torch.Generator | None = None
    ) -> Tensor:
        """Sum the loss over windows and factors, each a mean over the batch.

        Parameters
        ----------
        anchors
            Points being trained, (B, W, Z): one a window, or the phrase's repeated.
        candidates
            The frozen model's points, (B, W, Z).
        generator
            Draws the negatives.
        """
        pool = torch.stack([candidates.pitch, candidates.rhythm]).transpose(1, 2)  # (2, W, B, Z)
        points = torch.stack([anchors.pitch, anchors.rhythm]).transpose(1, 2)
        terms = [
            self._term(points[factor, window], pool, factor, window, generator).mean()
            for factor in range(2)
            for window in range(self.windows)
        ]
        if self.negatives == "published" and self.training:
            self.last[:, :, : pool.shape[2]] = pool.detach()
        return torch.stack(terms).sum()

    def _term(
        self,
        anchors: Tensor,
        pool: Tensor,
        factor: int,
        window: int,
        generator: torch.Generator | None,
    ) -> Tensor:
        if self.negatives == "published":
            return self._published(anchors, pool, factor, window)
        batch = len(anchors)
        scores = similarity(anchors, pool.flatten(0, 2), self.weight[factor, 0], self.tau)
        own = torch.zeros(pool.shape[:3], dtype=torch.bool, device=anchors.device)
        own[factor, window if self.own == "segment" else slice(None)] = True
        phrase = torch.arange(batch, device=anchors.device)
        mine = phrase.repeat(2 * self.windows) == phrase[:, None]  # (B, N): of this phrase
        eligible = ~(mine & own.flatten())
        positive = (factor * self.windows + window) * batch + phrase
        return info_nce(scores, positive, draw_negatives(eligible, self.k, generator))

    def _published(self, anchors: Tensor, pool: Tensor, factor: int, window: int) -> Tensor:
        weight = self.weight[factor, window]
        scores = similarity(anchors, pool[factor, window], weight, self.tau)
        others = [similarity(anchors, other, weight, self.tau) for other in pool[1 - factor]]
        previous = self.last[factor, window, : len(anchors)]
        queue = similarity(anchors, previous, weight, self.tau)
        if not self.last.any():  # the first batch has no batch before it
            queue = torch.full_like(queue, float("-inf"))
        return published_info_nce(scores, queue, others)
