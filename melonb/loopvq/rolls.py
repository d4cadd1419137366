"""From token windows to rolls, on whatever device the tokens are."""

from __future__ import annotations

import torch
from torch import Tensor

from melonb.loopvq.model import COLUMNS, STEPS

__all__ = ["rolls", "varied"]

HOLD = 128
LOW, PITCHES = 24, 84  # C1 to B7
DRUMS = COLUMNS - PITCHES
BARS, BAR = 8, STEPS // 8


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


def varied(
    roll: Tensor, rotate: bool, transpose: int, generator: torch.Generator | None = None
) -> Tensor:
    """Give other loops of the same kind: begun at another bar, the bass in another key.

    A loop has no first bar, so turning it by whole bars makes a loop again.  A bass that would
    leave the roll stays where it is.

    Parameters
    ----------
    roll
        ``(B, 128, 93)``.
    rotate
        Whether each loop is turned by 0 to 7 bars.
    transpose
        The most semitones up or down.
    """
    size, device = (len(roll),), roll.device
    if rotate:
        first = torch.randint(BARS, size, generator=generator, device=device) * BAR
        step = (torch.arange(STEPS, device=device) + first[:, None]) % STEPS
        roll = roll[torch.arange(len(roll), device=device)[:, None], step]
    if transpose:
        amount = torch.randint(-transpose, transpose + 1, size, generator=generator, device=device)
        pitch = torch.arange(PITCHES, device=device)
        sounds = roll[..., :PITCHES].amax(1) > 0  # (B, 84)
        moved = pitch + amount[:, None]
        leaves = (sounds & ((moved < 0) | (moved >= PITCHES))).any(1)
        amount = amount.masked_fill(leaves, 0)
        source = (pitch - amount[:, None]) % PITCHES  # what wraps around is silent
        column = torch.cat(
            [source, torch.arange(PITCHES, COLUMNS, device=device).expand(*size, -1)], 1
        )
        roll = roll.gather(2, column[:, None].expand_as(roll))
    return roll
