"""What the model hears and says: one stream of tokens for each instrument.

The paper gives melody and bass 130 tokens (128 note-ons, note-off, rest) and drums the 512
combinations of nine classes.  Magenta's code uses 90 tokens for a melody, and lets the encoder
hear drums as nine bits and a tenth that is set where none of them is.  Both are here, and so is a
decoder that says drums as nine bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["DRUM_CLASSES", "Form", "Stream", "combinations", "features", "shift"]

DRUM_CLASSES = 9
Form = Literal["onehot", "roll"]


@dataclass(frozen=True)
class Stream:
    """One instrument's alphabet, and the forms in which the networks take its tokens.

    Parameters
    ----------
    name
        ``melody``, ``bass`` or ``drums``.
    size
        ``V``, the number of tokens.
    heard
        How the encoder takes a token: ``onehot`` (V numbers) or ``roll`` (nine drum bits and
        the bit for silence).
    fed
        How the decoder takes its own last token.
    bits
        Whether the decoder says drums as nine bits, each by a chance of its own, rather than as one
        of the 512 combinations: a last layer 57 times smaller, but no two drums of a step depend on
        each other.
    """

    name: str
    size: int
    heard: Form = "onehot"
    fed: Form = "onehot"
    bits: bool = False

    def width(self, form: Form) -> int:
        """Count the numbers that a token becomes in ``form``."""
        return self.size if form == "onehot" else DRUM_CLASSES + 1

    @property
    def outputs(self) -> int:
        """Count the numbers that the decoder gives for a step."""
        return DRUM_CLASSES if self.bits else self.size


def features(tokens: Tensor, stream: Stream, form: Form) -> Tensor:
    """Turn tokens ``(...)`` into what a network takes, ``(..., width)``.

    Examples
    --------
    >>> features(torch.tensor([0, 5]), Stream("drums", 512), "roll")[:, [0, 1, 2, 9]]
    tensor([[0., 0., 0., 1.],
            [1., 0., 1., 0.]])
    """
    if form == "onehot":
        return F.one_hot(tokens, stream.size).float()
    bit = torch.arange(DRUM_CLASSES, device=tokens.device)
    hits = (tokens.unsqueeze(-1) >> bit) & 1
    silence = (tokens == 0).unsqueeze(-1)
    return torch.cat([hits, silence.to(hits.dtype)], dim=-1).float()


def combinations(bits: Tensor) -> Tensor:
    """Turn logits of nine bits ``(..., 9)`` into logits of all their combinations, ``(..., 512)``.

    A combination's logit is the sum over the bits that it has.  After a softmax that is the product
    of the nine chances, so drawing and cross-entropy are what they would be bit by bit.

    Examples
    --------
    >>> combinations(torch.tensor([1.0, 2, 4, 0, 0, 0, 0, 0, 0]))[:8]
    tensor([0., 1., 2., 3., 4., 5., 6., 7.])
    """
    token = torch.arange(2**DRUM_CLASSES, device=bits.device)
    has = (token >> torch.arange(DRUM_CLASSES, device=bits.device).unsqueeze(-1)) & 1  # (9, 512)
    return bits @ has.to(bits.dtype)


def shift(steps: Tensor, first: Tensor | None = None) -> Tensor:
    """Feed each step with the one before it: ``(N, T, F)`` moves right by one step.

    Parameters
    ----------
    steps
        ``(N, T, F)``.
    first
        ``(N, F)``, what the first step is fed; zeros if absent.
    """
    if first is None:
        return F.pad(steps[:, :-1], (0, 0, 1, 0))
    return torch.cat([first.unsqueeze(1), steps[:, :-1]], dim=1)
