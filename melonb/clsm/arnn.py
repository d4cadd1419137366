"""Baseline: the Anticipation-RNN, which knows what is to come but has no latent space.

Section 3.2.2, after Hadjeres and Nielsen (2020). One LSTM reads the constraints from right to
left, a blank where there is none; its output at a step, which sums up what lies ahead, is an
input of the LSTM that writes from left to right.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from melonb.clsm.presets import Size
from melonb.clsm.spans import BLANK, INPUTS, STEPS, SYMBOLS, Span, blanked, started
from melonb.nn.recurrent import recurrent
from melonb.nn.sampling import choose

__all__ = ["ARNN"]


class ARNN(nn.Module):
    """Constraint-RNN and token-RNN.

    Parameters
    ----------
    size
        Sizes of the layers, those of CLSM's LSTMs.
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.embed = nn.Embedding(INPUTS, size.width)
        self.constraint = recurrent(
            "lstm", size.width, size.recurrent, size.layers, dropout=size.dropout
        )
        self.token = recurrent(
            "lstm",
            size.width + size.recurrent,
            size.recurrent,
            size.layers,
            dropout=size.dropout,
        )
        self.symbol = nn.Linear(size.recurrent, SYMBOLS)

    def logits(self, symbols: Tensor, free: Tensor) -> Tensor:
        """Teacher-forced logits of the phrase under its constraints.

        Parameters
        ----------
        symbols
            (B, 128).
        free
            (B, 128) or (128,) boolean: the positions that are not constrained.

        Returns
        -------
        Tensor
            (B, 128, 32).
        """
        past = started(symbols)[:, :-1]
        ahead = self._ahead(torch.where(free, BLANK, symbols))
        hidden, _ = self.token(torch.cat((self.embed(past), ahead), dim=-1))
        return self.symbol(hidden)

    @torch.no_grad()
    def write(
        self,
        symbols: Tensor,
        span: Span | None = None,
        *,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Draw the target between its contexts; without a span, a phrase from nothing.

        Parameters
        ----------
        symbols
            (B, 128).
        temperature
            1 is the paper's multinomial draw (section 3.5).

        Returns
        -------
        Tensor
            (B, 128), the contexts untouched.
        """
        span = span or Span(0, STEPS)
        written = symbols.clone()
        ahead = self._ahead(blanked(symbols, span))
        past = started(symbols)
        left = slice(0, span.first + 1)
        hidden, state = self.token(torch.cat((self.embed(past[:, left]), ahead[:, left]), dim=-1))
        for step in range(span.first, span.stop):
            symbol = choose(self.symbol(hidden[:, -1]), temperature, generator=generator)
            written[:, step] = symbol
            if step + 1 < span.stop:
                inputs = (self.embed(symbol[:, None]), ahead[:, step + 1 : step + 2])
                hidden, state = self.token(torch.cat(inputs, dim=-1), state)
        return written

    def _ahead(self, constraints: Tensor) -> Tensor:
        """Tell each step of the constraints from itself on, (B, 128, H)."""
        backwards, _ = self.constraint(self.embed(constraints.flip(1)))
        return backwards.flip(1)
