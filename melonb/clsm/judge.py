"""The judge: a transformer language model that says how likely a phrase is.

Section 4.2. It is trained apart from the models that it judges, on other songs (train-2), and
reads from left to right.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from melonb.clsm.encoder import Embedding
from melonb.clsm.presets import Size
from melonb.clsm.spans import STEPS, SYMBOLS, started
from melonb.nn.attention import EncoderLayer
from melonb.nn.sampling import choose

__all__ = ["Judge"]


class Judge(nn.Module):
    """Two-layer autoregressive transformer.

    Parameters
    ----------
    size
        Sizes of the layers, those of CLSM's transformers.
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.embed = Embedding(size.width, STEPS)
        self.layers = nn.ModuleList(
            EncoderLayer(size.width, size.heads, size.hidden, STEPS, size.dropout)
            for _ in range(size.layers)
        )
        self.norm = nn.LayerNorm(size.width)
        self.symbol = nn.Linear(size.width, SYMBOLS)
        self.drop = nn.Dropout(size.dropout)

    def logits(self, symbols: Tensor) -> Tensor:
        """Logits of every symbol given those before it: (B, L) to (B, L, 32)."""
        past = started(symbols)[:, :-1]
        length = past.shape[1]
        mask = torch.ones(length, length, dtype=torch.bool, device=past.device).tril()
        x = self.drop(self.embed(past))
        for layer in self.layers:
            x = layer(x, mask)
        return self.symbol(self.norm(x))

    @torch.no_grad()
    def surprise(self, symbols: Tensor) -> Tensor:
        """Negative log-likelihood of every symbol in nats, (B, 128)."""
        logits = self.logits(symbols).float().transpose(1, 2)
        return F.cross_entropy(logits, symbols, reduction="none")

    @torch.no_grad()
    def write(
        self,
        batch: int,
        *,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Draw phrases (batch, 128) from nothing."""
        device = self.symbol.weight.device
        written = torch.zeros(batch, STEPS, dtype=torch.long, device=device)
        for step in range(STEPS):
            logits = self.logits(written[:, : step + 1])[:, -1]
            written[:, step] = choose(logits, temperature, generator=generator)
        return written
