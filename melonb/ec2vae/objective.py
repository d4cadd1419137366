"""What the three stages minimise: EC2-VAE's own terms, and two contrastive ones.

A short piece is *part of* a longer one, so their latent points should know of each other. The
paper says so with InfoNCE: of many short pieces, the longer one's point must tell which are its
own. Here an **anchor** is the point being trained, a **candidate** is a point that a frozen model
gives to a short piece, and for every anchor one candidate is its positive and some are negatives::

    s(i, j) = z_i^T W c_j / tau                 both of length 1
    loss(i) = -ln  exp s(i, +) / (exp s(i, +) + sum over negatives j of exp s(i, j))

That is equation (2) where the candidates are shorter than the anchor (structured InfoNCE), and
equation (4) where they are as long (InfoNCE): the function is one, the candidates differ.

Which candidates are negatives, exactly. The candidates of a batch are the points of every window
of every phrase in it, in both factors: ``(factor, window, phrase)``. For the anchor of factor f:

* ``"batch"``, the default, is the paper's sentence: every candidate is a negative but those of
  factor f that stand for a part of the anchor's own phrase (eq. 2), or but the one of factor f that
  stands for the anchor's own segment (eq. 4). Where there are more than K, each anchor draws K.
* ``"published"`` is what the authors' released code does: for each window, the candidates of the
  same factor and window in the *previous* batch, and of the *other* factor in every window of
  this one; and the sum runs over anchors where the equation's runs over candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from melonb.ec2vae.decoder import Reconstruction, rhythm_of

__all__ = [
    "Negatives",
    "Objective",
    "draw_negatives",
    "info_nce",
    "kl_per_dimension",
    "published_info_nce",
    "reconstruction_loss",
    "similarity",
]

Negatives = Literal["batch", "published"]


@dataclass(frozen=True)
class Objective:
    """The paper's knobs.

    Attributes
    ----------
    beta
        Weight of the KL terms, each a mean over dimensions and batch (paper: 0.1).
    beta_pitch
        That of ``z_p``, where it is not the same.
    contrast
        Whether the contrastive terms are there (off: baseline and first ablation).
    contrast_weight
        Their weight (paper: 1).
    negatives
        How they are chosen, see the module.
    k
        The most negatives of an anchor (paper: 512, then 256).
    tau
        Temperature (paper: 1).
    frozen
        Steps of hierarchical training with the encoder fixed (paper: about 25 epochs; 0 is the
        second ablation).
    sampling
        Scheduled sampling's k: the chance that a step is told the true token before it falls as
        ``k / (k + exp(step / k))``. ``None`` is teacher forcing throughout.
    start
        A trained model whose weights a flat model starts from; ``None`` starts from chance.
    """

    beta: float = 0.1
    beta_pitch: float | None = None
    contrast: bool = True
    contrast_weight: float = 1.0
    negatives: Negatives = "batch"
    k: int = 512
    tau: float = 1.0
    frozen: int = 0
    sampling: float | None = None
    start: str | None = None


def reconstruction_loss(written: Reconstruction, melody: Tensor) -> tuple[Tensor, Tensor]:
    """Negative log-likelihood of melody and of rhythm, each a mean over steps and batch."""
    return (
        F.nll_loss(written.melody.float().flatten(0, 1), melody.flatten()),
        F.nll_loss(written.rhythm.float().flatten(0, 1), rhythm_of(melody).flatten()),
    )


def kl_per_dimension(kl: Tensor, latent: int) -> Tensor:
    """KL of a batch, (B,) summed over dimensions, as the mean over both."""
    return kl.mean() / latent


def similarity(anchors: Tensor, candidates: Tensor, weight: Tensor, tau: float) -> Tensor:
    """Score every anchor against every candidate.

    Parameters
    ----------
    anchors
        ``z``, (B, Z), of any length.
    candidates
        ``z-hat``, (N, Z), of any length.
    weight
        ``W``, (Z, Z).
    tau
        Temperature.

    Returns
    -------
    Tensor
        ``s``, (B, N).
    """
    # Half precision would round away the small differences that the loss lives on.
    with torch.autocast(anchors.device.type, enabled=False):
        left = F.normalize(anchors.float(), dim=-1) @ weight.float()
        return left @ F.normalize(candidates.float(), dim=-1).T / tau


def info_nce(scores: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    """Compute eq. (2) or eq. (4), one value an anchor.

    Parameters
    ----------
    scores
        ``s``, (B, N).
    positive
        Which candidate is each anchor's positive, (B,).
    negative
        Which candidates are its negatives, (B, N), boolean.

    Returns
    -------
    Tensor
        (B,). 0 means that the positive is beyond doubt; ``ln(K + 1)`` is what guessing costs.
    """
    wanted = scores.gather(1, positive[:, None])  # (B, 1)
    others = scores.masked_fill(~negative, float("-inf"))
    # -ln of a share is the logarithm of the whole less the logarithm of the part.
    return torch.logsumexp(torch.cat([wanted, others], dim=1), dim=1) - wanted[:, 0]


def draw_negatives(eligible: Tensor, k: int, generator: torch.Generator | None = None) -> Tensor:
    """Keep at most ``k`` of each anchor's eligible candidates, (B, N), drawn at random."""
    if eligible.shape[1] <= k:
        return eligible
    order = torch.rand(eligible.shape, device=eligible.device, generator=generator)
    order = order.masked_fill(~eligible, 2.0)
    cut = order.kthvalue(k, dim=1, keepdim=True).values
    return eligible & (order <= cut)


def published_info_nce(scores: Tensor, queue: Tensor, others: list[Tensor]) -> Tensor:
    """Compute the loss as the authors' released code does, one value an anchor.

    Parameters
    ----------
    scores
        Anchors against the candidates of the same factor and window, (B, B); positives lie on
        the diagonal.
    queue
        Anchors against the same of the previous batch, (B, B).
    others
        Anchors against the other factor, (B, B) a window.

    Returns
    -------
    Tensor
        (B,). Anchor ``i`` is compared with column ``i`` of each table, summed over its rows: how
        much *other anchors* resemble the candidates of phrase ``i``.
    """
    wanted = scores.diagonal()
    columns = [table.T for table in (queue, *others)]  # row i holds what the sum for i runs over
    return torch.logsumexp(torch.cat([wanted[:, None], *columns], dim=1), dim=1) - wanted
