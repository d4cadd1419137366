"""From token windows to rolls, on whatever device the tokens are."""

from __future__ import annotations

import torch
from torch import Tensor

from melonb.loopvq.model import COLUMNS, STEPS

__all__ = ["rolls"]

HOLD = 128
LOW, PITCHES = 24, 84  # C1 to B7
DRUMS = COLUMNS - PITCHES


def rolls(bass: Tensor, drums: Tensor) -> Tensor:
    """Turn bass and drum tokens, ``(B, 128)`` int64 each, into rolls ``(B, 128, 93)``.

    A held bass note is on at all its steps, so that two notes of one pitch in a row become one;
    pitches outside C1..B7 fall silent. `melonb.music.Loop.from_parts` does the same to one loop.
    """
    place = torch.arange(STEPS, device=bass.device)
    last = torch.where(bass != HOLD, place, 0).cummax(dim=-1).values
    column = bass.gather(-1, last) - LOW
    silent = (column < 0) | (column >= PITCHES)
    column = column.masked_fill(silent, PITCHES)  # an extra column, cut off below
    pitched = torch.zeros(*bass.shape, PITCHES + 1, device=bass.device)
    pitched.scatter_(-1, column[..., None], 1.0)
    struck = (drums[..., None] >> torch.arange(DRUMS, device=drums.device)) & 1
    return torch.cat([pitched[..., :PITCHES], struck.to(pitched.dtype)], dim=-1)
