"""The decoder: writes the target between its contexts, under the three-part mask.

Section 2.4.3. The input is ``s + x``; the output at the input just before a target symbol
predicts that symbol. ``z`` becomes a sequence of ``l_z`` vectors that every layer attends to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from melonb.clsm.encoder import Embedding
from melonb.clsm.presets import Size
from melonb.clsm.spans import STEPS, SYMBOLS, Span, decoder_mask, started
from melonb.nn.attention import DecoderLayer, KeyValue
from melonb.nn.sampling import choose

__all__ = ["SpanDecoder"]


@dataclass(frozen=True)
class _Cache:
    """What one layer keeps while it writes: its own past, and the latent point."""

    past: KeyValue
    memory: KeyValue


class SpanDecoder(nn.Module):
    """``p(x_T | z, x_C, T)``, symbol by symbol.

    Parameters
    ----------
    size
        The preset's sizes.
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        places = STEPS + 1
        self.embed = Embedding(size.width, places)
        self.layers = nn.ModuleList(
            DecoderLayer(size.width, size.heads, size.hidden, places, size.latent, size.dropout)
            for _ in range(size.layers)
        )
        self.norm = nn.LayerNorm(size.width)
        self.latent = nn.Linear(size.latent, size.latent * size.vectors)
        self.symbol = nn.Linear(size.width, SYMBOLS)
        self.drop = nn.Dropout(size.dropout)
        self.vectors = size.vectors

    def forward(self, symbols: Tensor, z: Tensor, span: Span) -> Tensor:
        """Logits of the target, given its true past (teacher forcing).

        Parameters
        ----------
        symbols
            (B, 128).
        z
            (B, Z).

        Returns
        -------
        Tensor
            (B, |x_T|, 32).
        """
        memory = self._memory(z)
        mask = decoder_mask(span, symbols.device)
        x = self.drop(self.embed(started(symbols)))  # (B, 129, W)

        *lower, last = self._stack()
        for layer in lower:
            x = layer(x, layer.remember(x), layer.to_memory.remember(memory), mask)

        rows = x[:, span.slice]  # the input before each target symbol predicts it
        rows = last(
            rows, last.remember(x), last.to_memory.remember(memory), mask[span.slice], span.first
        )
        return self.symbol(self.norm(rows))

    @torch.no_grad()
    def write(
        self,
        symbols: Tensor,
        z: Tensor,
        span: Span,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
        cache: bool = True,
    ) -> Tensor:
        """Write the target, one symbol after the other.

        Parameters
        ----------
        symbols
            (B, 128) phrases; what stands in the target does not matter.
        z
            (B, Z).
        temperature
            0 takes the likeliest symbol, as the paper does.
        cache
            Keep keys and values, so that a symbol costs one position; without, every symbol
            costs the whole phrase. The result is the same.

        Returns
        -------
        Tensor
            (B, 128), the contexts untouched.
        """
        written = symbols.clone()
        written[:, span.slice] = 0
        if cache:
            return self._write_cached(written, z, span, temperature, generator)
        for step in range(span.first, span.stop):
            logits = self(written, z, span)[:, step - span.first]
            written[:, step] = choose(logits, temperature, generator=generator)
        return written

    def _write_cached(
        self,
        written: Tensor,
        z: Tensor,
        span: Span,
        temperature: float,
        generator: torch.Generator | None,
    ) -> Tensor:
        mask = decoder_mask(span, written.device)
        memory = self._memory(z)

        # Both contexts once: they never look at the target, so they never change again.
        x = self.embed(started(written))
        caches = []
        for layer in self._stack():
            cache = _Cache(layer.remember(x), layer.to_memory.remember(memory))
            x = layer(x, cache.past, cache.memory, mask)
            caches.append(cache)
        row = x[:, span.first]

        for step in range(span.first, span.stop):
            logits = self.symbol(self.norm(row))
            written[:, step] = choose(logits, temperature, generator=generator)
            place = step + 1  # of the symbol just written, among the inputs s + x
            x = self.embed(written[:, step : step + 1], first=place)
            for layer, cache in zip(self._stack(), caches, strict=True):
                cache.past.write(place, layer.remember(x))
                x = layer(x, cache.past, cache.memory, mask[place : place + 1], place)
            row = x[:, 0]
        return written

    def _stack(self) -> list[DecoderLayer]:
        return cast("list[DecoderLayer]", list(self.layers))

    def _memory(self, z: Tensor) -> Tensor:
        return self.latent(z).unflatten(-1, (self.vectors, -1))  # (B, l_z, Z)
