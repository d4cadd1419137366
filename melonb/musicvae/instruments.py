"""MusicVAE with music going in and music coming out.

An instrument keeps the network out of sight: melodies, drums and trios are encoded, decoded,
sampled, blended and varied.  Music that is longer than the model is cut to the model's bars, and
music that is shorter is followed by silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from melonb.errors import MusicError, UsageError
from melonb.music import Bass, Drums, Melody, Trio
from melonb.musicvae.alphabet import alphabet, silence
from melonb.musicvae.attributes import directions, names
from melonb.musicvae.data import pieces
from melonb.musicvae.model import MusicVAE
from melonb.nn.gaussian import Gaussian, lerp, slerp
from melonb.nn.placed import Placed
from melonb.nn.sampling import Alike

__all__ = ["Music", "MusicVAEInstrument", "instrument"]

Music = Melody | Drums | Trio
M = TypeVar("M", Melody, Drums, Trio)
_TYPES: dict[str, type[Melody] | type[Drums]] = {"melody": Melody, "bass": Bass, "drums": Drums}


class MusicVAEInstrument(Placed):
    """A trained network that one can play.

    Parameters
    ----------
    name
        ``musicvae/<model>``.
    net
        The network; it is set to evaluation.

    Attributes
    ----------
    accepts
        The type of music that goes in and comes out.
    bars
        How long that music is.
    attributes
        What `attribute` can turn up and down.
    """

    net: MusicVAE

    def __init__(self, name: str, net: MusicVAE) -> None:
        self.name = name
        self.net = net.eval()
        self.bars = net.sizes.bars
        self.attributes = names(net)
        first = net.sizes.streams[0].name
        self.accepts: type[Music] = Trio if len(net.sizes.streams) > 1 else _TYPES[first]

    def __repr__(self) -> str:
        return f"<{self.name}: {self.bars} bars of {self.accepts.__name__}>"

    def tokens(self, music: Music | Sequence[Music]) -> Tensor:
        """Write music in the model's symbols, ``(N, T, S)``.

        Raises
        ------
        MusicError
            The music is of another type.
        """
        many = [music] if isinstance(music, Melody | Drums | Trio) else list(music)
        rows: dict[str, list[np.ndarray]] = {s.name: [] for s in self.net.sizes.streams}
        for piece in many:
            if type(piece) is not self.accepts:
                raise MusicError(
                    f"{self.name} takes {self.accepts.__name__}, not {type(piece).__name__}",
                    remedy="read that part from the MIDI file, or load another model",
                )
            parts = piece.arrays()
            for stream, part in zip(self.net.sizes.streams, parts, strict=True):
                rows[stream.name].append(_fitted(part, self.net.sizes.steps, silence(stream)))
        stacked = {name: np.stack(parts) for name, parts in rows.items()}
        return pieces(stacked, self.net.sizes.streams).to(self.device)

    @torch.no_grad()
    def encode(self, music: Music | Sequence[Music]) -> Gaussian:
        """Find where music lies: the posterior ``q(z|x)`` over ``(N, Z)``, N = 1 for one piece."""
        return self.net.encode(self.tokens(music))

    @torch.no_grad()
    def decode(
        self, z: Tensor, *, temperature: float = 0.5, generator: torch.Generator | None = None
    ) -> list[Any]:
        """Turn latent points ``(N, Z)`` into music, of the type that the model accepts.

        Parameters
        ----------
        z
            One point ``(Z,)`` counts as a batch of one.
        temperature
            0 always takes the likeliest token; the paper samples at 0.5 and measures at 1.
        generator
            Decides the draws.
        """
        points = torch.atleast_2d(z).to(self.device, torch.float32)
        drawn = self.net.generate(points, temperature, generator).cpu().numpy()
        return [self._music(piece) for piece in drawn]

    def sample(self, n: int = 1, temperature: float = 0.5, seed: int = 0) -> list[Any]:
        """Make new music from points drawn from the prior."""
        generator = self.generator(seed)
        z = torch.randn(n, self.net.sizes.latent, generator=generator, device=self.device)
        return self.decode(z, temperature=temperature, generator=generator)

    def along(self, points: Tensor, *, temperature: float = 0.5, seed: int = 0) -> list[Any]:
        """Decode points ``(N, Z)`` that belong together, each with the same luck.

        The draws at every step start from one seed for all points, so that what differs
        between two of them comes from their places.
        """
        luck = Alike(self.device)
        luck.manual_seed(seed)
        luck.many = len(torch.atleast_2d(points))
        return self.decode(points, temperature=temperature, generator=luck)

    def reconstruct(self, music: M, *, temperature: float = 0.5, seed: int = 0) -> M:
        """Send music through the latent space and back."""
        return self.along(self.encode(music).mean, temperature=temperature, seed=seed)[0]

    def interpolate(
        self,
        a: M,
        b: M,
        steps: int = 7,
        *,
        temperature: float = 0.5,
        path: str = "arc",
        seed: int = 0,
    ) -> list[M]:
        """Walk from one piece to another, both reconstructed ends included.

        Parameters
        ----------
        a, b
            Music.
        steps
            How many pieces to make.
        path
            ``arc`` (the paper's spherical interpolation) or ``line``.
        """
        ends = self.encode([a, b]).mean
        amounts = torch.linspace(0, 1, steps, device=self.device)
        walk = {"arc": slerp, "line": lerp}.get(path)
        if walk is None:
            raise UsageError(f"there is no path called {path!r}", remedy="choose arc or line")
        points = walk(ends[0], ends[1], amounts)
        return self.along(points, temperature=temperature, seed=seed)

    def average(self, music: Sequence[M], *, temperature: float = 0.5, seed: int = 0) -> M:
        """Decode the mean of several pieces' latent points (the paper's Figure 1)."""
        middle = self.encode(music).mean.mean(0)
        return self.along(middle, temperature=temperature, seed=seed)[0]

    def grid(
        self, corners: Sequence[M], steps: int = 5, *, temperature: float = 0.5, seed: int = 0
    ) -> list[list[M]]:
        """Blend four pieces over a square: rows from the first pair to the second.

        Parameters
        ----------
        corners
            Top left, top right, bottom left, bottom right.
        steps
            Pieces along each side.
        """
        if len(corners) != 4:
            raise UsageError(f"a square has 4 corners, not {len(corners)}")
        z = self.encode(corners).mean
        amounts = torch.linspace(0, 1, steps, device=self.device)
        left, right = slerp(z[0], z[2], amounts), slerp(z[1], z[3], amounts)
        square = slerp(left, right, amounts).transpose(0, 1)  # (rows, columns, Z)
        flat = self.along(square.flatten(0, 1), temperature=temperature, seed=seed)
        return [flat[row * steps : (row + 1) * steps] for row in range(steps)]

    def vary(
        self, music: M, amount: float = 0.5, n: int = 4, seed: int = 0, temperature: float = 0.5
    ) -> list[M]:
        """Make variations: points on the arc from the music towards random draws of the prior.

        Parameters
        ----------
        music
            What to vary.
        amount
            0 is the music's own point, 1 has nothing left of it.
        n, seed
            How many, and which.
        """
        generator = self.generator(seed)
        mean = self.encode(music).mean.expand(n, -1)
        noise = torch.randn(mean.shape, generator=generator, device=self.device)
        return self.along(slerp(mean, noise, amount), temperature=temperature)

    def attribute(self, music: M, name: str, amount: float, *, temperature: float = 0.5) -> M:
        """Turn an attribute up (or down, with a negative amount) along its vector."""
        return self.turned(music, name, [amount], temperature=temperature)[0]

    def turned(
        self,
        music: M,
        name: str,
        amounts: Sequence[float] = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5),
        *,
        temperature: float = 0.5,
    ) -> list[M]:
        """Turn an attribute by each of several amounts; the default is the paper's Figure 6."""
        points = self.encode(music).mean + self.direction(name) * torch.tensor(
            amounts, device=self.device
        ).unsqueeze(-1)
        return self.along(points, temperature=temperature)

    def direction(self, name: str) -> Tensor:
        """Give an attribute vector, ``(Z,)``.

        Raises
        ------
        UsageError
            The model has no such attribute, or nobody has looked for its vector yet.
        """
        if name not in self.attributes:
            raise UsageError(
                f"{self.name} has no attribute {name!r}",
                remedy=f"choose from {', '.join(self.attributes)}",
            )
        vector = self.net.attribute_vectors[self.attributes.index(name)]
        if not vector.any():
            raise UsageError(
                f"these weights of {self.name} hold no vector of {name}",
                remedy="find the vectors on some hundred pieces with `find_attributes`",
            )
        return vector

    def find_attributes(self, music: Sequence[Music]) -> None:
        """Find the attribute vectors anew, on music of your own: a few hundred pieces or more."""
        stream = self.net.sizes.streams[0]
        letters, symbols = alphabet(stream), self.tokens(music)[..., 0].cpu().numpy()
        heard = symbols if letters is None else letters.read(symbols)
        found = directions(self.encode(music).mean.cpu(), heard, stream.name)
        self.net.attribute_vectors.copy_(found)

    def _music(self, drawn: np.ndarray) -> Music:
        """Make music of the model's tokens ``(T, S)``."""
        parts: list[Any] = []
        for column, stream in zip(drawn.T, self.net.sizes.streams, strict=True):
            letters = alphabet(stream)
            read = column if letters is None else letters.read(column)
            parts.append(_TYPES[stream.name](read.astype(np.int16)))
        return Trio(*parts) if len(parts) > 1 else parts[0]


def _fitted(tokens: np.ndarray, steps: int, silent: int) -> np.ndarray:
    """Cut or fill up to a number of steps."""
    cut = tokens[:steps]
    return np.pad(cut, (0, steps - len(cut)), constant_values=silent)


def instrument(model: str, net: MusicVAE) -> MusicVAEInstrument:
    """Wrap a network so that it takes and gives music."""
    return MusicVAEInstrument(f"musicvae/{model}", net)
