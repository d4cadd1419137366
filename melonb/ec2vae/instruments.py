"""EC2-VAE with music going in and music coming out.

Lead sheets (or melodies without chords) go in, and come out as what they were. Music that is
longer than the model is cut to the model's bars; music that is shorter is followed by silence over
its last chord.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
import torch
from torch import Tensor, nn

from melonb.ec2vae.hierarchy import HierarchicalEC2VAE
from melonb.ec2vae.model import EC2VAE, Factors, Posterior
from melonb.ec2vae.pieces import PieceByPiece
from melonb.errors import MusicError, UsageError
from melonb.music import Chords, LeadSheet, Melody
from melonb.nn.gaussian import slerp
from melonb.nn.placed import Placed
from melonb.signs import REST

__all__ = ["EC2Instrument", "Swapped", "instrument", "piece_by_piece"]

Music = TypeVar("Music", LeadSheet, Melody)


@dataclass(frozen=True)
class Swapped:
    """Two phrases that have exchanged their rhythms.

    Attributes
    ----------
    c
        The pitches of ``a`` in the rhythm of ``b``, over the chords of ``a``.
    d
        The pitches of ``b`` in the rhythm of ``a``, over the chords of ``b``.
    """

    c: LeadSheet
    d: LeadSheet


class EC2Instrument(Placed):
    """A trained network that one can play.

    Parameters
    ----------
    name
        ``ec2vae/<model>``.
    net
        The network; it is set to evaluation.
    """

    accepts = LeadSheet
    net: EC2VAE | HierarchicalEC2VAE | PieceByPiece

    def __init__(self, name: str, net: EC2VAE | HierarchicalEC2VAE | PieceByPiece) -> None:
        self.name = name
        self.net = net.eval()
        self.bars = net.bars

    def __repr__(self) -> str:
        return f"<{self.name}: {self.bars} bars of LeadSheet>"

    def sheet(self, music: LeadSheet | Melody) -> LeadSheet:
        """Give music the model's length, and empty chords if it has none."""
        if not isinstance(music, LeadSheet | Melody):
            raise MusicError(
                f"{self.name} takes LeadSheet or Melody, not {type(music).__name__}",
                remedy="read that part from the MIDI file, or load another model",
            )
        melody = music.melody if isinstance(music, LeadSheet) else music
        steps = self.net.steps
        tokens = np.pad(
            melody.tokens[:steps], (0, max(0, steps - melody.steps)), constant_values=REST
        )
        if not isinstance(music, LeadSheet):
            return LeadSheet(Melody(tokens), Chords(np.zeros((steps, 12), np.uint8)))
        return LeadSheet(Melody(tokens), self._fitted(music.chords))

    @torch.no_grad()
    def encode(self, music: LeadSheet | Melody | Sequence[LeadSheet | Melody]) -> Posterior:
        """Find where music lies: ``q(z_p | x)`` and ``q(z_r | x)``, each (N, Z)."""
        many = list(music) if isinstance(music, Sequence) else [music]
        sheets = [self.sheet(each) for each in many]
        melody = np.stack([sheet.melody.tokens for sheet in sheets]).astype(np.int64)
        return self.net.encode(
            torch.from_numpy(melody).to(self.device),
            torch.cat([self._chroma(sheet.chords) for sheet in sheets]),
        )

    def decode(
        self,
        z: Factors | Tensor,
        *,
        chords: Chords | Sequence[Chords] | None = None,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> list[LeadSheet]:
        """Write lead sheets from latent points.

        Parameters
        ----------
        z
            ``z_p`` and ``z_r``, or both side by side in one tensor (N, 2Z).
        chords
            What to write over: one for all points, one each, or none. Longer ones are cut, the
            last chord of shorter ones goes on.
        temperature
            0 always takes the likeliest token, as the paper does.
        generator
            Decides the draws.
        """
        points = self.factors(z)
        count = len(points.pitch)
        if chords is None:
            chords = Chords(np.zeros((self.net.steps, 12), np.uint8))
        given = [chords] * count if isinstance(chords, Chords) else list(chords)
        given = [self._fitted(each) for each in given]
        if len(given) != count:
            raise UsageError(f"{count} points cannot lie over {len(given)} chord sequences")
        chroma = torch.cat([self._chroma(each) for each in given])
        tokens = self.net.decode(points, chroma, temperature=temperature, generator=generator)
        return [
            LeadSheet(Melody(row), each)
            for row, each in zip(tokens.cpu().numpy().astype(np.int16), given, strict=True)
        ]

    def factors(self, z: Factors | Tensor) -> Factors:
        """Give latent points as two factors (N, Z) on the network's device."""
        if isinstance(z, Tensor):
            both = torch.atleast_2d(z)
            z = Factors(both[:, : self.net.latent], both[:, self.net.latent :])
        pitch = torch.atleast_2d(z.pitch).to(self.device, torch.float32)
        rhythm = torch.atleast_2d(z.rhythm).to(self.device, torch.float32)
        return Factors(pitch, rhythm)

    def sample(
        self,
        n: int = 1,
        temperature: float = 0.0,
        seed: int = 0,
        *,
        chords: Chords | None = None,
    ) -> list[LeadSheet]:
        """Make new phrases from points drawn from the prior, over ``chords`` or none."""
        generator = self.generator(seed)
        z = torch.randn(n, 2 * self.net.latent, generator=generator, device=self.device)
        return self.decode(z, chords=chords, temperature=temperature, generator=generator)

    def reconstruct(self, music: Music, *, temperature: float = 0.0, seed: int = 0) -> Music:
        """Send music through the latent space and back."""
        return self._back(self.encode(music).mean, music, temperature, seed)[0]

    def interpolate(
        self, a: Music, b: Music, steps: int = 7, *, factor: str = "rhythm"
    ) -> list[Music]:
        """Walk the arc from one phrase to another, over the chords of the first.

        Parameters
        ----------
        a, b
            Music.
        steps
            How many phrases to make, both ends included.
        factor
            What walks: ``rhythm`` (the paper's Figure 6), ``pitch`` or ``both``; the other factor
            stays that of ``a``.
        """
        if factor not in ("rhythm", "pitch", "both"):
            raise UsageError(
                f"there is no factor {factor!r}", remedy="choose rhythm, pitch or both"
            )
        here, there = self.encode(a).mean, self.encode(b).mean
        walk = torch.linspace(0, 1, steps, device=self.device)
        pitch, rhythm = here.pitch.expand(steps, -1), here.rhythm.expand(steps, -1)
        if factor != "rhythm":
            pitch = slerp(here.pitch[0], there.pitch[0], walk)
        if factor != "pitch":
            rhythm = slerp(here.rhythm[0], there.rhythm[0], walk)
        return self._back(Factors(pitch, rhythm), a)

    def vary(
        self,
        music: Music,
        amount: float = 0.8,
        n: int = 4,
        seed: int = 0,
        *,
        factor: str = "rhythm",
        temperature: float = 0.0,
    ) -> list[Music]:
        """Vary a theme: noise of variance ``amount`` on ``z_r`` (Fig. 7 has 0.8 and 1.3).

        Parameters
        ----------
        music
            The theme.
        amount
            sigma squared.
        n, seed
            How many, and which.
        factor
            ``rhythm`` as in the paper, ``pitch``, or ``both``.
        """
        if amount < 0:
            raise UsageError(f"a variance of {amount}", remedy="give an amount from 0")
        generator = self.generator(seed)
        mean = self.encode(music).mean
        points = {"pitch": mean.pitch.expand(n, -1), "rhythm": mean.rhythm.expand(n, -1)}
        if factor != "both" and factor not in points:
            raise UsageError(
                f"there is no factor {factor!r}", remedy="choose rhythm, pitch or both"
            )
        for name in points if factor == "both" else (factor,):
            noise = torch.randn(points[name].shape, generator=generator, device=self.device)
            points[name] = points[name] + noise * amount**0.5
        return self._back(Factors(**points), music, temperature, seed)

    def swap(self, a: LeadSheet | Melody, b: LeadSheet | Melody) -> Swapped:
        """Exchange the rhythms of two phrases; each keeps its pitches and chords (Fig. 5)."""
        mean = self.encode([a, b]).mean
        crossed = Factors(mean.pitch, mean.rhythm.flip(0))
        c, d = self.decode(crossed, chords=[self.sheet(a).chords, self.sheet(b).chords])
        return Swapped(c, d)

    def substitute(self, music: LeadSheet | Melody, chords: Chords) -> LeadSheet:
        """Play a phrase over other chords: its latent point stays, its accompaniment changes."""
        return self.decode(self.encode(music).mean, chords=chords)[0]

    def _back(
        self, points: Factors, music: Music, temperature: float = 0.0, seed: int = 0
    ) -> list[Music]:
        """Decode over the music's own chords, and give back what went in: sheets or melodies."""
        sheets = self.decode(
            points,
            chords=self.sheet(music).chords,
            temperature=temperature,
            generator=self.generator(seed),
        )
        if isinstance(music, Melody):
            return [sheet.melody for sheet in sheets]
        return sheets

    def _fitted(self, chords: Chords) -> Chords:
        """Give chords the model's length; the last one goes on."""
        rows = chords.chroma[: self.net.steps]
        return Chords(np.pad(rows, ((0, self.net.steps - len(rows)), (0, 0)), mode="edge"))

    def _chroma(self, chords: Chords) -> Tensor:
        return torch.from_numpy(chords.chroma.astype(np.float32))[None].to(self.device)


def instrument(model: str, net: nn.Module) -> EC2Instrument:
    """Make a network playable."""
    return EC2Instrument(
        f"ec2vae/{model.removeprefix('ec2vae/')}", cast("EC2VAE | HierarchicalEC2VAE", net)
    )


def piece_by_piece(instrument: EC2Instrument, bars: int = 8) -> EC2Instrument:
    """Let the 2-bar or the 4-bar model play ``bars`` bars, one piece after another."""
    net = cast(EC2VAE, instrument.net)
    return EC2Instrument(f"{instrument.name}, piece by piece", PieceByPiece(net, bars))
