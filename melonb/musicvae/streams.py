"""What the model hears and says: one stream of tokens for each instrument.

The paper gives melody and bass 130 tokens (128 note-ons, note-off, rest) and drums the 512
combinations of nine classes.  Magenta's code uses 90 tokens for a melody, and lets the encoder
hear drums as nine bits and a tenth that is set where none of them is.  Both are here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["DRUM_CLASSES", "Form", "Stream", "features", "shift"]

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
    """

    name: str
    size: int
    heard: Form = "onehot"
    fed: Form = "onehot"

    def width(self, form: Form) -> int:
        """Count the numbers that a token becomes in ``form``."""
        return self.size if form == "onehot" else DRUM_CLASSES + 1


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
