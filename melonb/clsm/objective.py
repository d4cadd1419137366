"""What each of the five models is trained to make small.

All terms are in nats. Reconstruction is a mean over the symbols that are predicted, which is
the paper's factor 1/|x_T| (equation 4) or 1/|x| (equation 9).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from melonb.clsm.arnn import ARNN
from melonb.clsm.judge import Judge
from melonb.clsm.model import CLSM
from melonb.clsm.prior import ContextualPrior
from melonb.clsm.spans import BLANK, Span
from melonb.clsm.vae import VAE
from melonb.nn.gaussian import Gaussian

__all__ = [
    "Objective",
    "Terms",
    "arnn_terms",
    "clsm_terms",
    "contextual_kl",
    "forgetful",
    "free_positions",
    "judge_terms",
    "symbol_loss",
    "vae_terms",
]


@dataclass(frozen=True)
class Terms:
    """A loss and its parts, each a scalar.

    Parameters
    ----------
    total
        What is made small: ``reconstruction`` plus the weighted ``kl``.
    reconstruction
        Nats a symbol.
    kl
        Nats a phrase.
    accuracy
        Share of the predicted symbols that are the likeliest ones, with the true past given.
    """

    total: Tensor
    reconstruction: Tensor
    kl: Tensor
    accuracy: Tensor


@dataclass(frozen=True)
class Objective:
    """Equations (4) and (9): reconstruction plus a weighted KL, the weight rising from 0.

    Parameters
    ----------
    weight
        CLSM's beta or the VAE's gamma.
    anneal
        Steps over which the weight rises from 0; 0 starts at once.
    power
        The weight rises with this power of the step. The paper's 1 is a straight line over its two
        epochs. A run of a thousand steps is over before encoder and decoder have learned to speak
        through ``z``, unless the weight stays low for longer and rises late.
    kl_steps
        The KL is divided by this. CLSM's is not (1). The VAE's gammas, 0.1 to 2, make sense
        with the KL a symbol (128, as the reconstruction is): with the equation as printed the
        KL weighs 128 times as much, and nothing is left in ``z``.
    forget
        Share of its own past that the decoder is not told while training, so that it has to ask
        ``z``. The paper's 0 leaves it to time.

    Examples
    --------
    >>> Objective(weight=0.012, anneal=100).weight_at(50)
    0.006
    """

    weight: float = 0.012
    anneal: int = 0
    power: float = 1.0
    kl_steps: int = 1
    forget: float = 0.0

    def weight_at(self, step: int | None) -> float:
        """Give the weight after ``step`` steps of training; all of it without a step."""
        rise = 1.0 if step is None or self.anneal <= 0 else min(1.0, step / self.anneal)
        return rise**self.power * self.weight / self.kl_steps


def symbol_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Mean negative log-likelihood of ``target`` (B, T) under ``logits`` (B, T, 32), in nats."""
    return F.cross_entropy(logits.flatten(0, 1).float(), target.flatten())


def contextual_kl(posterior: Gaussian, prior: ContextualPrior, z: Tensor) -> Tensor:
    """One-sample estimate of ``KL(q(z | x, T) || p(z | x_C, T))`` at the drawn ``z``, (B,).

    Against a flow the divergence has no closed form; over draws of ``z`` the estimate is right
    on average.
    """
    with torch.autocast(z.device.type, enabled=False):
        z = z.float()
        return posterior.log_prob(z) - prior.log_prob(z)


def clsm_terms(
    net: CLSM,
    symbols: Tensor,
    span: Span,
    objective: Objective,
    step: int | None = None,
    generator: torch.Generator | None = None,
) -> Terms:
    """Equation (4) for phrases (B, 128) and one span, with one draw of ``z``."""
    posterior, prior = net.posterior(symbols, span), net.prior(symbols, span)
    z = posterior.rsample(generator)
    heard = forgetful(symbols, span, objective.forget if step is not None else 0.0, generator)
    logits, target = net.logits(heard, z, span), symbols[:, span.slice]
    kl = contextual_kl(posterior, prior, z).mean()
    return _terms(logits, target, kl, objective.weight_at(step))


def vae_terms(
    net: VAE,
    symbols: Tensor,
    objective: Objective,
    step: int | None = None,
    generator: torch.Generator | None = None,
) -> Terms:
    """Equation (9) for phrases (B, 128); the KL to N(0, I) in closed form."""
    posterior = net.posterior(symbols)
    z = posterior.rsample(generator)
    whole = Span(0, symbols.shape[1])
    heard = forgetful(symbols, whole, objective.forget if step is not None else 0.0, generator)
    logits = net.logits(heard, z)
    return _terms(logits, symbols, posterior.kl().mean(), objective.weight_at(step))


def arnn_terms(net: ARNN, symbols: Tensor, free: Tensor) -> Terms:
    """Likelihood of the positions that no constraint gives away, ``free`` as in `ARNN.logits`."""
    logits = net.logits(symbols, free)
    asked = free.expand_as(symbols).float()  # as weights: picking them out would wait for a GPU
    nats = F.cross_entropy(logits.float().transpose(1, 2), symbols, reduction="none")
    loss = (nats * asked).sum() / asked.sum()
    right = ((logits.argmax(-1) == symbols) * asked).sum() / asked.sum()
    return Terms(loss, loss, torch.zeros_like(loss), right)


def judge_terms(net: Judge, symbols: Tensor) -> Terms:
    """Likelihood of whole phrases (B, 128), symbol by symbol."""
    logits = net.logits(symbols)
    return _terms(logits, symbols, logits.new_zeros(()), 0.0)


def free_positions(like: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw which positions of phrases (B, 128) are free, for the ARNN that takes any constraint.

    Each phrase keeps a share of its symbols that is drawn from U(0, 1), so that the training
    sees every density, the half to nearly nine tenths of a phrase with 1 to 4 bars missing
    among them.
    """
    share = torch.rand(like.shape[0], 1, generator=generator, device=like.device)
    return torch.rand(like.shape, generator=generator, device=like.device) >= share


def forgetful(
    symbols: Tensor, span: Span, share: float, generator: torch.Generator | None = None
) -> Tensor:
    """Blank out a share of the target in what a decoder hears of phrases (B, 128)."""
    if share == 0:
        return symbols
    lost = torch.rand(symbols.shape, generator=generator, device=symbols.device) < share
    lost[:, : span.first] = False
    lost[:, span.stop :] = False
    return symbols.masked_fill(lost, BLANK)


def _terms(logits: Tensor, target: Tensor, kl: Tensor, weight: float) -> Terms:
    reconstruction = symbol_loss(logits, target)
    accuracy = (logits.argmax(-1) == target).float().mean()
    return Terms(reconstruction + weight * kl, reconstruction, kl, accuracy)
