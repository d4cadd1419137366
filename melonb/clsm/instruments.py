"""CLSM as an instrument: draw, move and vary inside a gap while its context stays."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from melonb.clsm.arnn import ARNN
from melonb.clsm.fitting import ODE, Fitted, fitted
from melonb.clsm.infiller import Bars, Infiller, Instrument
from melonb.clsm.judge import Judge
from melonb.clsm.model import CLSM
from melonb.clsm.rivals import ArnnInstrument, JudgeInstrument, VaeInstrument
from melonb.clsm.spans import LONGEST, STEPS_PER_BAR, Span
from melonb.clsm.vae import VAE
from melonb.errors import UsageError
from melonb.music import Melody
from melonb.nn.gaussian import Gaussian

__all__ = ["ClsmInstrument", "instrument"]

_MIDDLE: Bars = (2, 6)


class ClsmInstrument(Infiller):
    """The contextual latent space: draw, move and vary inside a gap while its context stays."""

    net: CLSM

    @torch.no_grad()
    def encode(self, melody: Melody, bars: Bars | None = None) -> Gaussian:
        """Say where the target of a melody lies in the latent space of its context, (1, Z)."""
        phrase = fitted(melody, bars)
        return self.net.posterior(self.symbols(phrase), phrase.span)

    @torch.no_grad()
    def draw(self, melody: Melody, bars: Bars | None = None, n: int = 1, seed: int = 0) -> Tensor:
        """Draw latent points (n, Z) from what the context allows."""
        phrase = fitted(melody, bars)
        prior = self.net.prior(self.symbols(phrase, n), phrase.span)
        return prior.sample(self.generator(seed))

    def decode(
        self,
        z: Tensor,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
        context: Melody = ODE,
        bars: Bars | None = None,
    ) -> list[Melody]:
        """Write the target from latent points (n, Z).

        Parameters
        ----------
        context, bars
            The melody that stands around the target, the Ode to Joy if left out, and where the
            target is. A point means what it was drawn or encoded for in its own context alone.
        """
        phrase = fitted(context, bars)
        symbols = self.symbols(phrase, len(z))
        written = self.net.write(
            symbols, z.to(self.device), phrase.span, temperature=temperature, generator=generator
        )
        return [phrase.restored(row) for row in written.cpu().numpy()]

    @torch.no_grad()
    def reconstruct(self, melody: Melody, bars: Bars | None = None) -> Melody:
        """Encode and decode the target; without one, each half of 8 bars in view of the other."""
        if bars is not None:
            return self.decode(self.encode(melody, bars).mean, context=melody, bars=bars)[0]
        alike: dict[Span, list[tuple[slice, Fitted]]] = {}  # what goes into one batch
        for first in range(0, melody.bars, LONGEST):
            phrase = fitted(melody, (first, min(first + LONGEST, melody.bars)))
            steps = slice(first * STEPS_PER_BAR, (first + LONGEST) * STEPS_PER_BAR)
            alike.setdefault(phrase.span, []).append((steps, phrase))
        tokens = melody.tokens.copy()
        for span, halves in alike.items():
            symbols = torch.cat([self.symbols(phrase) for _, phrase in halves])
            z = self.net.posterior(symbols, span).mean
            written = self.net.write(symbols, z, span, temperature=0.0).cpu().numpy()
            for (steps, phrase), row in zip(halves, written, strict=True):
                tokens[steps] = phrase.restored(row).tokens[steps]
        return Melody(tokens)

    @torch.no_grad()
    def between(
        self, a: Tensor, b: Tensor, steps: int, context: Melody, bars: Bars | None = None
    ) -> Tensor:
        """Latent points (steps, Z) from ``a`` to ``b`` (Z,), evenly apart in ``w`` (eq. 7)."""
        phrase = fitted(context, bars)
        prior = self.net.prior(self.symbols(phrase), phrase.span)
        start, stop = a.reshape(1, -1), b.reshape(1, -1)
        return torch.cat([prior.between(start, stop, t) for t in np.linspace(0, 1, steps)])

    def target(self, a: Melody, b: Melody) -> Bars:
        """Choose the bars in which `interpolate` goes from one melody to another."""
        bars = min(a.bars, b.bars)
        different = [
            bar for bar in range(bars) if a.slice_bars(bar, bar + 1) != b.slice_bars(bar, bar + 1)
        ]
        if not different:
            raise UsageError("the two melodies are the same", remedy="give two that differ")
        first, stop = different[0], different[-1] + 1
        if stop - first <= LONGEST:
            return (first, stop)
        return _MIDDLE if bars >= _MIDDLE[1] else (0, LONGEST)

    def interpolate(
        self, a: Melody, b: Melody, steps: int = 5, bars: Bars | None = None
    ) -> list[Melody]:
        """Go from the target of ``a`` to that of ``b``, in the context of ``a``.

        Without ``bars``, the target is where the two differ, if that is 4 bars or less, and
        else bars 3 to 6, or the first 4 of shorter melodies.
        """
        bars = bars or self.target(a, b)
        start, stop = (self.encode(melody, bars).mean for melody in (a, b))
        return self.decode(self.between(start, stop, steps, a, bars), context=a, bars=bars)

    def path(
        self, melody: Melody, bars: Bars | None = None, steps: int = 5, seed: int = 0
    ) -> list[Melody]:
        """Draw two ways to fill the gap, and go from one to the other (Fig. 1)."""
        ends = self.draw(melody, bars, n=2, seed=seed)
        points = self.between(ends[0], ends[1], steps, melody, bars)
        return self.decode(points, context=melody, bars=bars)

    @torch.no_grad()
    def vary(
        self,
        melody: Melody,
        amount: float = 0.5,
        n: int = 4,
        seed: int = 0,
        bars: Bars | None = None,
    ) -> list[Melody]:
        """Give ``n`` variations of the target, ``amount`` (delta) from where it lies (2.3.2)."""
        phrase = fitted(melody, bars)
        symbols = self.symbols(phrase, n)
        z = self.net.posterior(symbols, phrase.span).mean
        near = self.net.prior(symbols, phrase.span).near(z, amount, self.generator(seed))
        return self.decode(near, context=melody, bars=bars)

    @torch.no_grad()
    def fill(
        self, symbols: Tensor, span: Span, temperature: float | None, generator: torch.Generator
    ) -> Tensor:
        """Rewrite the target of phrases (B, 128)."""
        z = self.net.prior(symbols, span).sample(generator)
        return self.net.write(symbols, z, span, temperature=temperature or 0.0, generator=generator)


_KINDS: dict[type[nn.Module], type[Instrument]] = {
    CLSM: ClsmInstrument,
    VAE: VaeInstrument,
    ARNN: ArnnInstrument,
    Judge: JudgeInstrument,
}


def instrument(model: str, net: nn.Module) -> Instrument:
    """Play a trained network: melodies in, melodies out."""
    return _KINDS[type(net)](model, net)
