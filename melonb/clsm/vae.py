"""Baseline: a VAE of the whole phrase, which infills with what stands to the left alone.

Section 3.2.1. The decoder writes from left to right, so a target can follow its left context
and a latent point, but neither sees what comes after it: the right context is ignored.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from melonb.clsm.encoder import GaussianNetworks
from melonb.clsm.presets import Size
from melonb.clsm.spans import INPUTS, STEPS, SYMBOLS, Span, started
from melonb.nn.gaussian import Gaussian
from melonb.nn.recurrent import BiRecurrent, InitialState, recurrent
from melonb.nn.sampling import choose

__all__ = ["VAE"]


class VAE(nn.Module):
    """Two-layer bidirectional LSTM encoder, two-layer LSTM decoder, standard normal prior.

    Parameters
    ----------
    size
        Sizes of the layers, those of CLSM's LSTMs.
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.embed = nn.Embedding(INPUTS, size.width)
        self.encoder = BiRecurrent(
            "lstm", size.width, size.recurrent, size.layers, dropout=size.dropout
        )
        self.gaussian = GaussianNetworks(self.encoder.size, size.head, size.latent, std=0.1)
        self.start = InitialState(size.latent, size.layers, size.recurrent)
        self.decoder = recurrent(
            "lstm", size.width + size.latent, size.recurrent, size.layers, dropout=size.dropout
        )
        self.symbol = nn.Linear(size.recurrent, SYMBOLS)

    def posterior(self, symbols: Tensor) -> Gaussian:
        """``q(z | x)`` of phrases (B, 128)."""
        return self.gaussian(self.encoder(self.embed(symbols)))

    def prior(self, batch: int) -> Gaussian:
        """``p(z)``, the same for every context."""
        like = self.symbol.weight.new_zeros(batch, self.size.latent)
        return Gaussian(like, torch.ones_like(like))

    def logits(self, symbols: Tensor, z: Tensor) -> Tensor:
        """Teacher-forced logits of the phrase, (B, 128, 32)."""
        past = started(symbols)[:, :-1]
        hidden, _ = self.decoder(self._inputs(past, z), self.start(z))
        return self.symbol(hidden)

    @torch.no_grad()
    def write(
        self,
        symbols: Tensor,
        z: Tensor,
        span: Span | None = None,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Write the target after its left context; without a span, the whole phrase.

        Parameters
        ----------
        symbols
            (B, 128).
        z
            (B, Z).

        Returns
        -------
        Tensor
            (B, 128), the contexts untouched.
        """
        span = span or Span(0, STEPS)
        written = symbols.clone()
        past = started(symbols)
        inputs = self._inputs(past[:, : span.first + 1], z)
        hidden, state = self.decoder(inputs, self.start(z))  # the left context in one call
        for step in range(span.first, span.stop):
            symbol = choose(self.symbol(hidden[:, -1]), temperature, generator=generator)
            written[:, step] = symbol
            hidden, state = self.decoder(self._inputs(symbol[:, None], z), state)
        return written

    def _inputs(self, symbols: Tensor, z: Tensor) -> Tensor:
        return torch.cat((self.embed(symbols), z[:, None].expand(-1, symbols.shape[1], -1)), -1)
