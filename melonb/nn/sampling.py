"""Drawing symbols from a decoder's logits."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["Alike", "choose", "mix"]


class Alike(torch.Generator):
    """The same luck for many pieces: `choose` draws each in a batch as it would be drawn alone.

    Attributes
    ----------
    many
        How many pieces the rows of a batch are, one piece after another.
    """

    many: int = 1

    def clocks(self, shares: Tensor) -> Tensor:
        """Draw for the rows of one piece, and repeat that for the others."""
        one = torch.empty_like(shares[: len(shares) // self.many]).exponential_(generator=self)
        return one.repeat(self.many, *[1] * (shares.dim() - 1))


def choose(
    logits: Tensor,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draw one symbol from each row of logits.

    Parameters
    ----------
    logits
        ``(..., V)``.
    temperature
        The papers' tau: below 1 the likely symbols gain, and 0 always takes the likeliest.
    top_k
        Draw from this many of the likeliest symbols alone.
    top_p
        Draw from the fewest symbols whose shares sum to at least this much.
    generator
        On the logits' device. One that is `Alike` has the same luck for groups of rows.

    Returns
    -------
    Tensor
        ``(...)``, int64.

    Examples
    --------
    >>> choose(torch.tensor([[0.0, 3.0, 1.0]]), temperature=0)
    tensor([1])
    """
    if temperature <= 0:
        return logits.argmax(-1)
    scores = logits.float() / temperature
    if top_k is not None and top_k < scores.shape[-1]:
        least = scores.topk(top_k, dim=-1).values[..., -1:]
        scores = scores.masked_fill(scores < least, float("-inf"))
    if top_p is not None and top_p < 1:
        scores = _nucleus(scores, top_p)
    # The first of independent exponential clocks with rates p rings for symbol i with chance
    # p[i]: the same draw as multinomial, for any leading axes and without a wait for the device.
    shares = scores.softmax(-1)
    if isinstance(generator, Alike):
        clocks = generator.clocks(shares)
    else:
        clocks = torch.empty_like(shares).exponential_(generator=generator)
    return (shares / clocks).argmax(-1)


def _nucleus(scores: Tensor, share: float) -> Tensor:
    """Keep the fewest likeliest symbols that reach ``share``; the likeliest always stays."""
    ranked, order = scores.sort(-1, descending=True)
    shares = ranked.softmax(-1)
    before = shares.cumsum(-1) - shares
    beyond = before >= share
    beyond[..., :1] = False
    return scores.masked_fill(torch.zeros_like(beyond).scatter(-1, order, beyond), float("-inf"))


def mix(
    truth: Tensor, guess: Tensor, share: float | Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Scheduled sampling: put the model's own guess in place of the truth, here and there.

    Parameters
    ----------
    truth, guess
        ``(B, T, ...)``, what is to be fed at each step, and what the model would feed itself.
    share
        The chance that a step of a sequence takes the guess.

    Returns
    -------
    Tensor
        ``(B, T, ...)``.
    """
    coin = torch.rand(truth.shape[:2], generator=generator, device=truth.device) < share
    return torch.where(coin.reshape(*coin.shape, *([1] * (truth.dim() - 2))), guess, truth)
