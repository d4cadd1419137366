"""The five models as instruments: loops in, loops out.

A continuous VAE plays points of its latent space.  The VQ-VAE plays rows of codes; its
"posterior" is one point, the encoder's output, and decoding puts every vector of it on the
nearest code.  With the prior it can also make rows of its own, and finish yours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from melonb.errors import MusicError, UsageError
from melonb.loopvq.forms import copy_codes, form_copies
from melonb.loopvq.model import VQVAE
from melonb.loopvq.prior import LoopComposer
from melonb.music import Loop
from melonb.nn.gaussian import Gaussian, lerp, slerp
from melonb.nn.placed import Placed

__all__ = ["CodeInstrument", "LoopInstrument", "PriorInstrument", "instrument"]


class LoopInstrument(Placed):
    """A continuous VAE of loops, and what all five instruments share.

    Parameters
    ----------
    name
        ``cnn``, ``lstm`` or ``lstm-ar``.
    net
        The trained model; it is put into evaluation mode.
    """

    accepts = Loop
    bars = 8

    def __init__(self, name: str, net: nn.Module) -> None:
        self.name = f"loopvq/{name.removeprefix('loopvq/')}"
        self.net: Any = net.eval()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def roll(self, music: Loop | Sequence[Loop]) -> Tensor:
        """Give one loop or several as the models see them, ``(B, 128, 93)`` float."""
        loops: Sequence[Any] = music if isinstance(music, list | tuple) else [music]
        other = next((loop for loop in loops if not isinstance(loop, Loop)), None)
        if other is not None:
            raise MusicError(
                f"{self.name} plays loops, not {type(other).__name__}",
                remedy="make one with Loop.from_parts(bass, drums) or Loop.from_midi",
            )
        array = np.stack([loop.roll for loop in loops])
        return torch.from_numpy(array).float().to(self.device)

    @torch.no_grad()
    def encode(self, music: Loop | Sequence[Loop]) -> Gaussian:
        """Read the posterior of one loop or several, over ``(B, Z)``."""
        return self.net.encode(self.roll(music))

    @torch.no_grad()
    def decode(
        self, z: Tensor, *, temperature: float = 0.0, generator: torch.Generator | None = None
    ) -> list[Loop]:
        """Play latent points ``(B, Z)``; temperature 0 is the paper's threshold of 0.5."""
        return to_loops(self.net.decode(z.to(self.device)), temperature, generator)

    def sample(self, n: int = 1, temperature: float = 1.0, seed: int = 0) -> list[Loop]:
        """Play points drawn from ``N(0, temperature^2 I)``; the prior is at 1."""
        noise = torch.randn(n, self.net.size, generator=self.generator(seed), device=self.device)
        return self.decode(temperature * noise)

    def reconstruct(self, music: Loop) -> Loop:
        """Encode and decode."""
        return self.decode(self.encode(music).mean)[0]

    def interpolate(self, a: Loop, b: Loop, steps: int) -> list[Loop]:
        """Play ``steps`` points on the arc from one loop to the other, both ends included."""
        along = torch.linspace(0, 1, steps, device=self.device)
        return self.decode(slerp(self.encode(a).mean[0], self.encode(b).mean[0], along))

    def vary(self, music: Loop, amount: float = 0.5, n: int = 4, seed: int = 0) -> list[Loop]:
        """Play points around a loop's, ``amount`` standard deviations of the prior away."""
        mean = self.encode(music).mean
        noise = torch.randn(n, mean.shape[-1], generator=self.generator(seed), device=self.device)
        return self.decode(mean + amount * noise)


class CodeInstrument(LoopInstrument):
    """The VQ-VAE: a loop is a row of ``l`` codes, four to a bar at ``l`` = 32."""

    @property
    def vq(self) -> VQVAE:
        """The VQ-VAE itself."""
        return self.net

    @torch.no_grad()
    def codes(self, music: Loop | Sequence[Loop]) -> NDArray[np.int64]:
        """Read the codes of a loop, ``(l,)``, or of several, ``(B, l)``."""
        codes = self.vq.encode(self.roll(music)).cpu().numpy()
        return codes[0] if isinstance(music, Loop) else codes

    @torch.no_grad()
    def decode_codes(self, codes: ArrayLike) -> list[Loop]:
        """Play rows of codes, ``(B, l)`` or one row ``(l,)``."""
        rows = np.atleast_2d(np.asarray(codes, dtype=np.int64))
        self._check(rows)
        return to_loops(self.vq.decode(torch.from_numpy(rows).to(self.device)))

    def _check(self, rows: NDArray[np.int64], least: int = 0) -> None:
        """Refuse rows that are too long or short, or numbers that stand for no code."""
        last = len(self.vq.quantiser.codebook) - 1
        if rows.shape[-1:] != (self.vq.steps,) or rows.min() < least or rows.max() > last:
            raise MusicError(
                f"codes are rows of {self.vq.steps} numbers from {least} to {last}",
                remedy="read some with .codes(loop)",
            )

    @torch.no_grad()
    def encode(self, music: Loop | Sequence[Loop]) -> Gaussian:
        """Read the latent vectors before quantisation, ``(B, l, L)``: a point, so std is 0."""
        vectors = self.vq.latent(self.roll(music))
        return Gaussian(vectors, torch.zeros_like(vectors))

    @torch.no_grad()
    def decode(
        self, z: Tensor, *, temperature: float = 0.0, generator: torch.Generator | None = None
    ) -> list[Loop]:
        """Put latent vectors ``(B, l, L)`` on their nearest codes, and play those."""
        codes = self.vq.quantiser.encode(z.to(self.device))
        return to_loops(self.vq.decode(codes), temperature, generator)

    def interpolate(self, a: Loop, b: Loop, steps: int) -> list[Loop]:
        """Walk the line between the vectors of two loops; codes change one after another."""
        along = torch.linspace(0, 1, steps, device=self.device)
        return self.decode(lerp(self.encode(a).mean[0], self.encode(b).mean[0], along))

    @torch.no_grad()
    def draw_codes(self, n: int, *, temperature: float = 1.0, seed: int = 0) -> NDArray[np.int64]:
        """Draw rows of codes ``(n, l)``, each code as often as the codebook counts it.

        Nothing knows here which code follows which: that is what the prior is for.
        """
        counts = self.vq.quantiser.counts.clamp_min(1e-12)
        shares = (counts.log() / max(temperature, 1e-6)).softmax(-1)
        drawn = torch.multinomial(
            shares, n * self.vq.steps, replacement=True, generator=self.generator(seed)
        )
        return drawn.reshape(n, -1).cpu().numpy()

    def sample(
        self, n: int = 1, temperature: float = 1.0, seed: int = 0, **choices: Any
    ) -> list[Loop]:
        """Play rows of drawn codes; the choices are those of `draw_codes`."""
        return self.decode_codes(self.draw_codes(n, temperature=temperature, seed=seed, **choices))

    def form(
        self, form: str, n: int = 1, temperature: float = 1.0, seed: int = 0, **choices: Any
    ) -> list[Loop]:
        """Play loops in a form such as ``A-B-A-C``: bars of one letter have the same codes."""
        codes = self.draw_codes(n, temperature=temperature, seed=seed, **choices)
        copies = form_copies(form, self.vq.steps)
        return self.decode_codes(copy_codes(torch.from_numpy(codes), copies).numpy())

    def vary(self, music: Loop, amount: float = 0.5, n: int = 4, seed: int = 0) -> list[Loop]:
        """Replace a share ``amount`` of a loop's codes by codes drawn as `draw_codes` does."""
        drawn = self.draw_codes(n, seed=seed)
        changed = np.random.default_rng(seed).random(drawn.shape) < _share(amount)
        return self.decode_codes(np.where(changed, drawn, self.codes(music)))


class PriorInstrument(CodeInstrument):
    """VQ-VAE and prior: makes loops from nothing, and finishes rows of codes."""

    def __init__(self, name: str, net: LoopComposer) -> None:
        super().__init__(name, net)
        self.prior = net.prior

    @property
    def vq(self) -> VQVAE:
        """The VQ-VAE inside."""
        return self.net.vq

    @torch.no_grad()
    def draw_codes(
        self,
        n: int,
        *,
        temperature: float = 1.0,
        seed: int = 0,
        top_k: int | None = None,
        top_p: float | None = None,
        given: ArrayLike | None = None,
    ) -> NDArray[np.int64]:
        """Draw rows of codes ``(n, l)`` from the prior.

        Parameters
        ----------
        temperature, top_k, top_p
            How to choose, see `CodePrior.sample`.
        given
            Codes to keep, ``(l,)`` or ``(n, l)``; -1 where the prior is to choose.
        """
        painted = np.full(self.vq.steps, -1) if given is None else np.asarray(given, np.int64)
        self._check(painted, least=-1)
        rows = np.broadcast_to(painted, (n, self.vq.steps))
        fixed = torch.tensor(rows, dtype=torch.long, device=self.device)
        codes = self.prior.sample(
            n,
            self.vq.steps,
            temperature,
            top_k,
            top_p,
            self.generator(seed),
            fixed,
            fixed >= 0,
        )
        return codes.cpu().numpy()

    def vary(self, music: Loop, amount: float = 0.5, n: int = 4, seed: int = 0) -> list[Loop]:
        """Let the prior choose a share ``amount`` of a loop's codes anew."""
        codes = np.tile(self.codes(music), (n, 1))
        codes[np.random.default_rng(seed).random(codes.shape) < _share(amount)] = -1
        return self.decode_codes(self.draw_codes(n, seed=seed, given=codes))


def _share(amount: float) -> float:
    if not 0 <= amount <= 1:
        raise UsageError(
            f"{amount:g} is no share of the codes", remedy="choose an amount from 0 to 1"
        )
    return amount


def to_loops(
    logits: Tensor, temperature: float = 0.0, generator: torch.Generator | None = None
) -> list[Loop]:
    """Turn logits ``(B, 128, 93)`` into loops.

    Parameters
    ----------
    temperature
        0 sets a cell where its chance is at least one half; above 0 each cell is drawn.
    """
    if temperature > 0:
        chances = torch.sigmoid(logits / temperature)
        on = torch.bernoulli(chances, generator=generator) > 0
    else:
        on = logits >= 0
    return [Loop(roll) for roll in on.cpu().numpy()]


def instrument(model: str, net: nn.Module) -> LoopInstrument:
    """Play a trained model: loops in, loops out."""
    if isinstance(net, LoopComposer):
        return PriorInstrument(model, net)
    return (CodeInstrument if isinstance(net, VQVAE) else LoopInstrument)(model, net)
