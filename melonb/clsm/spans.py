"""The target span: which steps of a phrase are rewritten, and who may look at whom.

A phrase ``x`` of 8 bars falls into left context, target and right context,
``x = x_CL + x_T + x_CR``. The paper's tau, the set of target positions, is a `Span` here
(`tau` is kept for temperatures), and always one run of whole bars while training: 1 to 4 bars,
at any bar that leaves room (section 3.4.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from melonb.signs import STEPS_PER_BAR

__all__ = [
    "BARS",
    "BLANK",
    "HOLD",
    "INPUTS",
    "LONGEST",
    "LOWEST",
    "PITCHES",
    "REST",
    "START",
    "STEPS",
    "STEPS_PER_BAR",
    "SYMBOLS",
    "Span",
    "all_spans",
    "blanked",
    "decoder_mask",
    "draw_span",
    "started",
]

BARS = 8
STEPS = BARS * STEPS_PER_BAR  # |x| = 128
LONGEST = 4  # bars

LOWEST, PITCHES = 55, 30  # symbols 0..29 are the pitches 55..84
HOLD, REST = 30, 31  # "__" and "R"
SYMBOLS = 32
BLANK, START = 32, 33  # the positional constraint symbol p, and s; inputs only, never written
INPUTS = 34


@dataclass(frozen=True)
class Span:
    """The target: steps ``first`` up to, not including, ``stop``.

    Parameters
    ----------
    first
        |x_CL|, the number of steps of left context.
    stop
        ``first`` + |x_T|.

    Examples
    --------
    >>> Span.of_bars(2, 4)
    Span(first=32, stop=64)
    """

    first: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.stop <= STEPS:
            raise ValueError(f"no target from step {self.first} to {self.stop} in {STEPS} steps")

    @classmethod
    def of_bars(cls, first: int, stop: int) -> Span:
        """Whole bars, counted from 0, ``stop`` not included."""
        return cls(first * STEPS_PER_BAR, stop * STEPS_PER_BAR)

    @property
    def steps(self) -> int:
        """|x_T|."""
        return self.stop - self.first

    @property
    def bars(self) -> tuple[int, int]:
        """First bar, and the bar after the last, counted from 0."""
        return self.first // STEPS_PER_BAR, -(-self.stop // STEPS_PER_BAR)

    @property
    def left_context_only(self) -> bool:
        """True if the target reaches the end, so that nothing follows it."""
        return self.stop == STEPS

    @property
    def slice(self) -> slice:
        """The target's place on an axis of steps."""
        return slice(self.first, self.stop)


def all_spans(left_context_only: bool | None = None) -> list[Span]:
    """Every target that the paper trains on, 26 of them; or those of one of its two cases."""
    spans = [
        Span.of_bars(first, first + bars)
        for bars in range(1, LONGEST + 1)
        for first in range(BARS - bars + 1)
    ]
    if left_context_only is None:
        return spans
    return [span for span in spans if span.left_context_only == left_context_only]


def draw_span(generator: np.random.Generator) -> Span:
    """Draw a target as the paper does: its length first, 1 to 4 bars, then its place."""
    bars = int(generator.integers(1, LONGEST + 1))
    first = int(generator.integers(0, BARS - bars + 1))
    return Span.of_bars(first, first + bars)


def blanked(symbols: Tensor, span: Span) -> Tensor:
    """Put the constraint symbol in place of the target: ``x_CL + p + x_CR`` (B, 128)."""
    blank = symbols.clone()
    blank[:, span.slice] = BLANK
    return blank


def started(symbols: Tensor) -> Tensor:
    """Put ``s`` before phrases: ``s + x``, (B, L) to (B, L + 1)."""
    return torch.cat((torch.full_like(symbols[:, :1], START), symbols), dim=1)


def decoder_mask(span: Span, device: torch.device | None = None) -> Tensor:
    """Who may look at whom in the decoder (Fig. 2b), over the inputs ``s + x``.

    ``s`` and both contexts look at ``s`` and both contexts, never at the target; the target
    looks at all of these and at its own past and present.

    Returns
    -------
    Tensor
        (129, 129) boolean, rows look at columns. Row 0 is ``s``, row ``i`` the input ``x_i``.
    """
    place = torch.arange(STEPS + 1, device=device)
    target = (place > span.first) & (place <= span.stop)
    past = place[None, :] <= place[:, None]
    return ~target[None, :] | (target[:, None] & past)
