"""From token windows to rolls, on whatever device the tokens are."""

from __future__ import annotations

import torch
from torch import Tensor

from melonb.loopvq.model import COLUMNS, STEPS
from melonb.signs import HOLD

__all__ = ["rolls", "transposed"]

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


def transposed(roll: Tensor, most: int, generator: torch.Generator | None = None) -> Tensor:
    """Move the bass of each loop ``(B, 128, 93)`` by up to ``most`` semitones at random.

    A bass that would leave the roll stays where it is.
    """
    if most == 0:
        return roll
    size, device = (len(roll),), roll.device
    amount = torch.randint(-most, most + 1, size, generator=generator, device=device)
    pitch = torch.arange(PITCHES, device=device)
    sounds = roll[..., :PITCHES].amax(1) > 0  # (B, 84)
    moved = pitch + amount[:, None]
    leaves = (sounds & ((moved < 0) | (moved >= PITCHES))).any(1)
    source = (pitch - amount.masked_fill(leaves, 0)[:, None]) % PITCHES  # what wraps is silent
    drums = torch.arange(PITCHES, COLUMNS, device=device).expand(*size, -1)
    column = torch.cat([source, drums], 1)
    return roll.gather(2, column[:, None].expand_as(roll))
