"""What MusicVAE is trained to do: equations (3) and (4) with the paper's schedules.

    loss = mean_B( sum_T sum_S CE ) + beta * mean_B( max(KL - tau, 0) )

Everything is in nats for each example: cross-entropy is summed over steps and streams, never
averaged, so that ``beta`` and the free bits ``tau`` mean the same for 2 bars and for 16.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from melonb.nn.gaussian import Gaussian, free_bits_excess

__all__ = ["Objective", "Terms", "loss"]


@dataclass(frozen=True)
class Terms:
    """The loss and its parts, each a mean over examples, in nats (``bits`` in bits)."""

    total: Tensor
    reconstruction: Tensor
    kl: Tensor
    bits: Tensor
    accuracy: Tensor


@dataclass(frozen=True)
class Objective:
    """The knobs of equations (3) and (4) and of training, with the paper's values for 2 bars.

    Parameters
    ----------
    free_bits
        ``tau`` in bits: how much an example's whole KL may be before it costs anything.
    beta, beta_rate
        ``beta`` rises from 0 as ``beta * (1 - beta_rate ** step)``; a rate of 0 holds it fixed.
    sampling, sampling_rate
        Scheduled sampling: the chance that a step is fed the model's own draw.  ``inverse-sigmoid``
        is ``1 - k / (k + exp(step / k))`` with ``k = sampling_rate``; ``constant`` is the rate
        itself.  The paper reports teacher forcing, ``none``.
    transpose
        Largest shift in semitones by which a training example is moved at random, 0 for none.

    Examples
    --------
    >>> Objective(beta=0.2, beta_rate=0.99999).beta_at(100_000)
    0.12642...
    """

    free_bits: float = 48.0
    beta: float = 0.2
    beta_rate: float = 0.99999
    sampling: Literal["none", "constant", "inverse-sigmoid"] = "none"
    sampling_rate: float = 1000.0
    transpose: int = 0

    def beta_at(self, step: int) -> float:
        """Weight of the KL term at an update."""
        return self.beta * (1 - self.beta_rate**step) if self.beta_rate else self.beta

    def sampling_at(self, step: int) -> float:
        """Chance that a step is fed the model's own draw at an update."""
        if self.sampling == "none":
            return 0.0
        if self.sampling == "constant":
            return self.sampling_rate
        k = self.sampling_rate
        return 1 - k / (k + math.exp(min(step / k, 60.0)))


def loss(
    scores: Sequence[Tensor],
    tokens: Tensor,
    posterior: Gaussian,
    free_bits: float,
    beta: float,
) -> Terms:
    """Equation (4) weighted by ``beta``.

    Parameters
    ----------
    scores
        Logits, one ``(B, T, V)`` for each stream.
    tokens
        ``(B, T, S)``, the targets.
    posterior
        ``q(z|x)`` over ``(B, Z)``.
    free_bits
        ``tau``, in bits.
    beta
        Weight of what the KL exceeds ``tau`` by.
    """
    batch = len(tokens)
    columns = list(zip(scores, tokens.unbind(-1), strict=True))
    entropy = [
        F.cross_entropy(s.float().flatten(0, 1), t.flatten(), reduction="sum") for s, t in columns
    ]
    right = [(s.argmax(-1) == t).float().mean() for s, t in columns]
    reconstruction = sum(entropy[1:], entropy[0]) / batch
    kl = posterior.kl()
    return Terms(
        total=reconstruction + beta * free_bits_excess(kl, free_bits).mean(),
        reconstruction=reconstruction,
        kl=kl.mean(),
        bits=kl.mean() / math.log(2),
        accuracy=sum(right[1:], right[0]) / len(right),
    )
