"""The baselines and the judge as instruments."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from melonb.clsm.arnn import ARNN
from melonb.clsm.fitting import ODE, Fitted, fitted
from melonb.clsm.infiller import Bars, Infiller, Instrument
from melonb.clsm.judge import Judge
from melonb.clsm.spans import BARS, Span
from melonb.clsm.vae import VAE
from melonb.music import Melody
from melonb.music.encodings import from_clsm
from melonb.nn.gaussian import Gaussian

__all__ = ["ArnnInstrument", "JudgeInstrument", "VaeInstrument"]


class VaeInstrument(Infiller):
    """The VAE: a latent space of whole phrases; a gap is filled from the left alone."""

    net: VAE

    @torch.no_grad()
    def encode(self, melody: Melody) -> Gaussian:
        """Say where a phrase lies, (1, Z)."""
        return self.net.posterior(self.symbols(_whole(melody)))

    def decode(
        self,
        z: Tensor,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
        context: Melody | None = None,
        bars: Bars | None = None,
    ) -> list[Melody]:
        """Write phrases from latent points (n, Z), or only the target of a ``context``."""
        phrase = _whole(ODE) if context is None else fitted(context, bars)
        symbols = self.symbols(phrase, len(z))
        written = self.net.write(
            symbols, z.to(self.device), phrase.span, temperature=temperature, generator=generator
        )
        return [phrase.restored(row) for row in written.cpu().numpy()]

    def reconstruct(self, melody: Melody) -> Melody:
        """Encode and decode a phrase, the first 8 bars of a longer melody."""
        return self.decode(self.encode(melody).mean, context=melody, bars=_all(melody))[0]

    def interpolate(self, a: Melody, b: Melody, steps: int = 5) -> list[Melody]:
        """Go from one phrase to another along a straight line (eq. 10)."""
        start, stop = self.encode(a).mean, self.encode(b).mean
        return self.decode(
            torch.cat([torch.lerp(start, stop, t) for t in np.linspace(0, 1, steps)])
        )

    def vary(self, melody: Melody, amount: float = 0.5, n: int = 4, seed: int = 0) -> list[Melody]:
        """Give ``n`` phrases near one, by noise of size ``amount`` on its latent point."""
        mean = self.encode(melody).mean.expand(n, -1)
        noise = torch.empty_like(mean).normal_(generator=self.generator(seed))
        return self.decode(mean + amount * noise, context=melody, bars=_all(melody))

    def sample(self, n: int = 1, temperature: float | None = None, seed: int = 0) -> list[Melody]:
        """Write ``n`` phrases of 8 bars."""
        generator = self.generator(seed)
        z = self.net.prior(n).rsample(generator)
        return self.decode(z, temperature=temperature or 0.0, generator=generator)

    @torch.no_grad()
    def fill(
        self, symbols: Tensor, span: Span, temperature: float | None, generator: torch.Generator
    ) -> Tensor:
        """Rewrite the target of phrases (B, 128)."""
        z = self.net.prior(len(symbols)).rsample(generator)
        return self.net.write(symbols, z, span, temperature=temperature or 0.0, generator=generator)


class ArnnInstrument(Infiller):
    """The Anticipation-RNN: it hears both contexts, and draws anew every time."""

    net: ARNN

    def fill(
        self, symbols: Tensor, span: Span, temperature: float | None, generator: torch.Generator
    ) -> Tensor:
        """Rewrite the target of phrases (B, 128)."""
        chosen = 1.0 if temperature is None else temperature
        return self.net.write(symbols, span, temperature=chosen, generator=generator)


class JudgeInstrument(Instrument):
    """The language model that judges the others: it can say how surprised it is."""

    net: Judge

    def surprise(self, melody: Melody) -> np.ndarray:
        """Negative log-likelihood of every step of a phrase in nats, (128,)."""
        return self.net.surprise(self.symbols(_whole(melody)))[0].cpu().numpy()

    def sample(self, n: int = 1, temperature: float | None = None, seed: int = 0) -> list[Melody]:
        """Write ``n`` phrases of 8 bars from left to right."""
        chosen = 1.0 if temperature is None else temperature
        rows = self.net.write(n, temperature=chosen, generator=self.generator(seed))
        return [Melody(from_clsm(row)) for row in rows.cpu().numpy()]


def _all(melody: Melody) -> Bars:
    return (0, min(melody.bars, BARS))


def _whole(melody: Melody) -> Fitted:
    return fitted(melody, _all(melody))
