"""What the instruments share: melodies in, melodies out, some bars rewritten and the rest left.

Bars are counted from 0, and the last is not included: ``(2, 4)`` is bars 3 and 4 of the score.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from melonb.clsm.fitting import ODE, Fitted, fitted
from melonb.clsm.presets import known
from melonb.clsm.spans import BARS, Span
from melonb.music import Melody
from melonb.music.encodings import from_clsm
from melonb.nn.placed import Placed

__all__ = ["Bars", "Infiller", "Instrument"]

Bars = tuple[int, int]


class Instrument(Placed):
    """What all five share: a network, a name, and a way from melodies to tensors."""

    accepts = Melody
    bars = BARS

    def __init__(self, model: str, net: nn.Module) -> None:
        self.name = f"clsm/{known(model)}"
        self.net = net.eval()

    def symbols(self, phrase: Fitted, times: int = 1) -> Tensor:
        """Put a phrase on the network's device, (times, 128)."""
        symbols = torch.from_numpy(phrase.symbols).to(self.device)
        return symbols.expand(times, -1)


class Infiller(Instrument, ABC):
    """A model that rewrites bars of a melody."""

    def infill(
        self,
        melody: Melody,
        bars: Bars | None = None,
        n: int = 1,
        seed: int = 0,
        temperature: float | None = None,
    ) -> list[Melody]:
        """Rewrite ``bars`` in ``n`` ways that the model finds likely.

        Parameters
        ----------
        melody
            Of any length; the model sees the 8 bars around the target.
        bars
            First bar of the target and the one after its last, bars 3 and 4 if left out; the model
            was trained on 1 to 4 bars.
        temperature
            Of the choice of symbols; left out, as the paper does.

        Returns
        -------
        list of Melody
            As long as ``melody``, and outside ``bars`` they sound as it does. A note that was tied
            out of ``bars`` is struck anew after them, unless the filling ends on its pitch.
        """
        phrase = fitted(melody, bars)
        written = self.fill(self.symbols(phrase, n), phrase.span, temperature, self.generator(seed))
        return [phrase.restored(symbols) for symbols in written.cpu().numpy()]

    def account(self, melody: Melody, bars: Bars | None = None) -> str:
        """Say how a melody is read: which 8 bars, moved by how much, what lies out of range."""
        return str(fitted(melody, bars))

    def sample(self, n: int = 1, temperature: float | None = None, seed: int = 0) -> list[Melody]:
        """Write ``n`` phrases of 8 bars of which none is given.

        The models write at most half a phrase at a time, so the second half is drawn after the
        first half of a tune, then the first half before that second half.
        """
        generator = self.generator(seed)
        symbols = self.symbols(fitted(ODE, (4, 8)), n)
        for span in (Span.of_bars(4, 8), Span.of_bars(0, 4)):
            symbols = self.fill(symbols, span, temperature, generator)
        return [Melody(from_clsm(row)) for row in symbols.cpu().numpy()]

    @abstractmethod
    def fill(
        self, symbols: Tensor, span: Span, temperature: float | None, generator: torch.Generator
    ) -> Tensor:
        """Rewrite the target of phrases (B, 128)."""
