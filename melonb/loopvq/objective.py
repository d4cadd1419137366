"""What the loop models are trained on: eqs (1), (2) and (3) of the paper.

All four autoencoders share eq. (3), binary cross-entropy over the cells of the roll, because
several columns can be on at one step.  The continuous ones add the KL of eq. (1), with beta
annealed from 0 to 1; the VQ-VAE adds the commitment term of eq. (2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from melonb.nn.gaussian import Gaussian
from melonb.nn.quantiser import Quantised

__all__ = ["Objective", "cross_entropy", "vae_loss", "vq_loss"]


@dataclass(frozen=True)
class Objective:
    """The knobs of the paper, those that its models share and those that some have.

    Parameters
    ----------
    commitment
        Weight of the commitment term (the paper's beta of eq. 2; VQ-VAE).
    beta
        Where the KL weight ends (the paper's beta of eq. 1; continuous VAEs).
    anneal
        Steps over which it rises from 0, in a line.
    sampling_rate
        ``k`` of the inverse sigmoid ``k / (k + exp(i / k))`` by which the autoregressive
        decoder is taken off its teacher.
    sampling_unit
        Training steps in which ``i`` grows by one; the paper does not say, we read an epoch.
    stride
        Bars from one window to the next when loops are looked for in the corpora.
    transpose
        By how many semitones at most a training loop's bass is moved at random.  The paper, with
        six times our loops, moves none.
    """

    commitment: float = 0.25
    beta: float = 1.0
    anneal: int = 1000
    sampling_rate: float = 20.0
    sampling_unit: int = 59
    stride: int = 1
    transpose: int = 0

    def kl_weight(self, step: int) -> float:
        """Beta of eq. (1) at a training step."""
        return self.beta * min(1.0, step / max(1, self.anneal))

    def teach(self, step: int) -> float:
        """Chance that the autoregressive decoder is handed the truth at a training step."""
        k, i = self.sampling_rate, step / self.sampling_unit
        return k / (k + math.exp(min(i / k, 500.0)))


def cross_entropy(logits: Tensor, roll: Tensor) -> Tensor:
    """Eq. (3), summed over the cells of a loop, in nats: ``(B, 128, 93)`` twice -> ``(B,)``."""
    return F.binary_cross_entropy_with_logits(logits.float(), roll, reduction="none").sum((1, 2))


def vae_loss(logits: Tensor, roll: Tensor, posterior: Gaussian, beta: float) -> dict[str, Tensor]:
    """Eq. (1) with its sign turned, in nats a loop: ``total``, ``reconstruction`` and ``kl``."""
    reconstruction, kl = cross_entropy(logits, roll).mean(), posterior.kl().mean()
    return {"total": reconstruction + beta * kl, "reconstruction": reconstruction, "kl": kl}


def vq_loss(logits: Tensor, roll: Tensor, quantised: Quantised, weight: float) -> dict[str, Tensor]:
    """Eq. (2) with its sign turned, in nats a loop.

    The commitment of a loop is the squared distance summed over its ``l x L`` numbers, as the
    cross-entropy is summed over its cells.
    """
    reconstruction = cross_entropy(logits, roll).mean()
    commitment = quantised.commitment * quantised.vectors[0].numel()
    return {
        "total": reconstruction + weight * commitment,
        "reconstruction": reconstruction,
        "commitment": commitment.detach(),
        "perplexity": quantised.perplexity,
    }


def error(logits: Tensor, roll: Tensor) -> Tensor:
    """Share of wrong cells at the threshold of 0.5, ``(B,)``."""
    return ((logits >= 0) != (roll > 0.5)).to(torch.float32).mean((1, 2))
