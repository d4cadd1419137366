"""What MusicVAE is trained to do: equations (3) and (4) with the paper's schedules.

    loss = mean_B( sum_T sum_S CE ) + beta * mean_B( max(KL - tau, 0) )

Everything is in nats for each example: cross-entropy is summed over steps and streams, never
averaged, so that ``beta`` and the free bits ``tau`` mean the same for 2 bars and for 16.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from melonb.nn.gaussian import Gaussian, free_bits_excess
from melonb.training.schedules import Constant, Exponential, Schedule, schedule

__all__ = ["Objective", "Terms", "loss"]

PAPER_BETA = Exponential(0.0, 0.2, 0.99999)
NEVER = Constant(0.0)


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
    beta
        Weight of the KL term, a schedule (or its JSON values, or a number).
    sampling
        Scheduled sampling: the chance that a step is fed the model's own draw instead of the
        truth, a schedule.  The paper trains with the truth alone.
    transpose
        Largest shift in semitones by which a training example is moved at random, 0 for none.

    Examples
    --------
    >>> round(Objective().beta(100_000), 4)
    0.1264
    """

    free_bits: float = 48.0
    beta: Schedule = PAPER_BETA
    sampling: Schedule = NEVER
    transpose: int = 0

    def __post_init__(self) -> None:
        for name in ("beta", "sampling"):
            object.__setattr__(self, name, schedule(getattr(self, name)))


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
