"""A codebook that follows its data: vector quantisation with moving averages.

A continuous vector is replaced by the nearest of ``K`` codes.  That step has no gradient, so
the backward pass copies the gradient of the code to the vector (straight through), and the
codes themselves are not trained by gradients at all: each is the running average of the
vectors that chose it, as in K-means clustering over a stream of batches (van den Oord et al.,
2017, appendix A.1).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["EMAQuantiser", "Quantised"]


@dataclass(frozen=True)
class Quantised:
    """What a codebook makes of a batch of vectors.

    Parameters
    ----------
    vectors
        ``(..., L)``, the chosen codes; gradients pass straight through to the input.
    codes
        ``(...)`` int64, their numbers.
    commitment
        Scalar: squared distance from input to code, averaged over all numbers; it pulls the
        input towards the code that it chose.
    perplexity
        Scalar: how many codes are in use, were they all used equally often; 1 to ``K``.
    """

    vectors: Tensor
    codes: Tensor
    commitment: Tensor
    perplexity: Tensor


@contextlib.contextmanager
def _all_digits(kind: str) -> Iterator[None]:
    """Multiply in float32 as it is: two codes can be nearly as near as each other."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.autocast(kind, enabled=False):
            yield
    finally:
        torch.set_float32_matmul_precision(before)


class EMAQuantiser(nn.Module):
    """Nearest code of a codebook that moves to the mean of its neighbours.

    Parameters
    ----------
    codes
        ``K``, how many codes.
    size
        ``L``, numbers in a code.
    decay
        How much of the running averages survives a batch.
    epsilon
        Laplace smoothing of the counts: a code that nothing chose still divides by more than 0.
    restart_below
        A code whose running count falls below this is set down on a random vector of the
        batch.  ``None`` leaves dead codes dead, as the loop VQ-VAE's paper does by its silence:
        a code that a batch does not choose then stays where it is.

    Examples
    --------
    >>> book = EMAQuantiser(codes=2, size=1)
    >>> _ = book.codebook.copy_(torch.tensor([[0.0], [1.0]]))
    >>> book.encode(torch.tensor([[0.2], [0.9]]))
    tensor([0, 1])
    """

    codebook: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(
        self,
        codes: int,
        size: int,
        decay: float = 0.99,
        epsilon: float = 1e-5,
        restart_below: float | None = None,
    ) -> None:
        super().__init__()
        self.decay = decay
        self.epsilon = epsilon
        self.restart_below = restart_below
        self.register_buffer("codebook", torch.randn(codes, size))  # (K, L)
        self.register_buffer("counts", torch.ones(codes))  # (K,) running count of neighbours
        self.register_buffer("sums", self.codebook.clone())  # (K, L) running sum of neighbours

    def encode(self, vectors: Tensor) -> Tensor:
        """Find the number of the nearest code, ``(..., L)`` -> ``(...)``."""
        flat = vectors.reshape(-1, vectors.shape[-1]).float()
        with _all_digits(flat.device.type):
            # |v - e|^2 = |v|^2 - 2 v.e + |e|^2, and |v|^2 is the same for every code.
            nearness = torch.addmm(-0.5 * self.codebook.square().sum(-1), flat, self.codebook.T)
        return nearness.argmax(-1).reshape(vectors.shape[:-1])

    def decode(self, codes: Tensor) -> Tensor:
        """Look up the vectors of the given codes, ``(...)`` -> ``(..., L)``."""
        return F.embedding(codes, self.codebook)

    def forward(self, vectors: Tensor, generator: torch.Generator | None = None) -> Quantised:
        """Quantise ``(..., L)``; in training mode the codebook then takes one step."""
        codes = self.encode(vectors)
        chosen = self.decode(codes)
        # sg[e] of eq. (2): the codebook is a buffer, so no gradient reaches it.
        commitment = (vectors - chosen).square().mean()

        flat = vectors.detach().reshape(-1, vectors.shape[-1]).float()
        counts = torch.bincount(codes.reshape(-1), minlength=len(self.counts)).float()
        if self.training:
            counts = self._follow(flat, codes.reshape(-1), counts, generator)
        share = counts / counts.sum()
        perplexity = torch.exp(-torch.xlogy(share, share).sum())

        straight = vectors + (chosen - vectors).detach()
        return Quantised(straight, codes, commitment, perplexity)

    @torch.no_grad()
    def _follow(
        self,
        flat: Tensor,
        codes: Tensor,
        counts: Tensor,
        generator: torch.Generator | None,
    ) -> Tensor:
        """Move the codebook towards this batch ``(N, L)``; the counts of all processes."""
        sums = torch.zeros_like(self.sums).index_add_(0, codes, flat)
        if dist.is_available() and dist.is_initialized():  # every process keeps the same book
            dist.all_reduce(counts)
            dist.all_reduce(sums)
        self.counts.lerp_(counts, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)
        if self.restart_below is not None:
            self._restart(self.counts < self.restart_below, flat, generator)
        total = self.counts.sum()
        smoothed = (self.counts + self.epsilon) / (total + len(self.counts) * self.epsilon) * total
        centres = self.sums / smoothed[:, None]
        if self.restart_below is None:
            # Of a code that is not chosen the sum fades with the count, and only epsilon is left.
            centres = torch.where(counts[:, None] > 0, centres, self.codebook)
        self.codebook.copy_(centres)
        return counts

    def _restart(self, dead: Tensor, flat: Tensor, generator: torch.Generator | None) -> None:
        """Set dead codes down on vectors of the batch, sum and count with them."""
        pick = torch.randint(
            len(flat), (len(self.counts),), generator=generator, device=flat.device
        )
        places = flat[pick]
        if dist.is_available() and dist.is_initialized():
            dist.broadcast(places, src=0)
        # Moving the sum as well keeps the next average from pulling the code back.
        self.counts[dead] = 1.0
        self.sums[dead] = places[dead]
