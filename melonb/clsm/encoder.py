"""From a phrase and a target to a Gaussian: the network that encoder and prior share.

Section 2.4.1: a transformer with relative attention reads the whole phrase; its outputs at the
target alone go through a bidirectional LSTM; two small networks turn the LSTM's last outputs
into mean and variance.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from melonb.clsm.presets import Size
from melonb.clsm.spans import INPUTS, STEPS, Span
from melonb.nn.attention import EncoderLayer
from melonb.nn.gaussian import Gaussian
from melonb.nn.recurrent import BiRecurrent

__all__ = ["Embedding", "GaussianNetworks", "SpanEncoder"]


class Embedding(nn.Module):
    """Symbol plus position.

    Parameters
    ----------
    width
        Size of the vectors.
    places
        Number of positions.
    """

    def __init__(self, width: int, places: int) -> None:
        super().__init__()
        self.symbol = nn.Embedding(INPUTS, width)
        self.place = nn.Parameter(torch.randn(places, width) * 0.1)

    def forward(self, symbols: Tensor, first: int = 0) -> Tensor:
        """Embed ``symbols`` (B, L), the first of which stands at ``first``, as (B, L, width)."""
        return self.symbol(symbols) + self.place[first : first + symbols.shape[1]]


class GaussianNetworks(nn.Module):
    """Mean and variance by two networks of two layers each, with a SELU between.

    The paper's covariance is ``diag(exp(raw) / 2)``.

    Parameters
    ----------
    inputs, hidden, outputs
        Sizes of both networks.
    std
        About the standard deviation before any training.
    """

    def __init__(self, inputs: int, hidden: int, outputs: int, std: float = 1.0) -> None:
        super().__init__()

        def network(start: float) -> nn.Sequential:
            last = nn.Linear(hidden, outputs)
            nn.init.constant_(last.bias, start)
            return nn.Sequential(nn.Linear(inputs, hidden), nn.SELU(), last)

        self.mean, self.variance = network(0.0), network(math.log(2 * std**2))

    def forward(self, hidden: Tensor) -> Gaussian:
        """Turn ``hidden`` (B, inputs) into a Gaussian over (B, outputs)."""
        variance = self.variance(hidden).float().clamp(-14, 14).exp() / 2
        return Gaussian(self.mean(hidden).float(), variance.sqrt())


class SpanEncoder(nn.Module):
    """What a whole phrase says about its target, as a Gaussian.

    As encoder ``q(z | x, T)`` it reads the phrase itself; as the base of the prior,
    ``p(w | x_C, T)``, the phrase with its target blanked out.

    Parameters
    ----------
    size
        The preset's sizes.
    std
        About the standard deviation before any training. A posterior that begins narrow gives the
        decoder something to hear from the first step.
    """

    def __init__(self, size: Size, std: float = 1.0) -> None:
        super().__init__()
        self.embed = Embedding(size.width, STEPS)
        self.layers = nn.ModuleList(
            EncoderLayer(size.width, size.heads, size.hidden, STEPS, size.dropout)
            for _ in range(size.layers)
        )
        self.norm = nn.LayerNorm(size.width)
        self.recurrent = BiRecurrent(
            "lstm", size.width, size.recurrent, size.layers, dropout=size.dropout
        )
        self.gaussian = GaussianNetworks(self.recurrent.size, size.head, size.latent, std)
        self.drop = nn.Dropout(size.dropout)

    def forward(self, symbols: Tensor, span: Span) -> Gaussian:
        """Read ``symbols`` (B, 128), blanks allowed, and describe the span: (B, Z)."""
        x = self.drop(self.embed(symbols))

        *lower, last = self.layers
        for layer in lower:
            x = layer(x)
        x = last(x, first=span.first, stop=span.stop)  # E_T: no other position is read

        return self.gaussian(self.recurrent(self.norm(x)))
