"""Hierarchical-EC2-VAE: a phrase becomes two halves, each half two bar pairs, each pair music.

The encoder is the one of the 8-bar model. Its ``z_p`` and ``z_r`` go down two levels: a GRU layer
writes the two 4-bar points of the phrase, another writes the two 2-bar points of each half, and
one 2-bar EC2-VAE decoder, shared by the four bar pairs, turns each point into 32 steps of music.
Pitch and rhythm never meet on the way down, which makes four GRU layers in all.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from melonb.ec2vae.decoder import Decoder, Reconstruction
from melonb.ec2vae.model import PAIR_STEPS, STEPS_PER_BAR, Encoder, Factors, Posterior, fold
from melonb.nn.recurrent import GRUCell

__all__ = ["HierarchicalEC2VAE", "HierarchicalPass", "Levels", "Split"]


@dataclass(frozen=True)
class Levels:
    """The latent points below the phrase.

    Attributes
    ----------
    intermediate
        The two 4-bar points, factors of shape (B, 2, Z).
    bar
        The four 2-bar points, factors of shape (B, 4, Z).
    """

    intermediate: Factors
    bar: Factors


@dataclass(frozen=True)
class HierarchicalPass:
    """One forward pass, with the points of every level."""

    posterior: Posterior
    factors: Factors
    levels: Levels
    reconstruction: Reconstruction


class Split(nn.Module):
    """One GRU layer that writes the two children of a latent point.

    Its state starts from the parent through tanh; at each of two steps it sees the parent and the
    child that it wrote before (nothing, at the first).

    Parameters
    ----------
    latent
        Size of parent and children.
    hidden
        Units (paper: 1024).
    """

    def __init__(self, latent: int, hidden: int) -> None:
        super().__init__()
        self.start = nn.Linear(latent, hidden)
        self.cell = GRUCell(2 * latent, hidden)
        self.out = nn.Linear(hidden, latent)

    def forward(self, parent: Tensor) -> Tensor:
        """Parents (B, Z) to children (B, 2, Z)."""
        state = torch.tanh(self.start(parent))
        child = torch.zeros_like(parent)
        children = []
        for _ in range(2):
            state = self.cell(torch.cat([child, parent], dim=-1), state)
            child = self.out(state)
            children.append(child)
        return torch.stack(children, dim=1)


class HierarchicalEC2VAE(nn.Module):
    """The 8-bar model with a decoder of three levels.

    Parameters
    ----------
    hidden, latent, embedding, rhythm_to_pitch, pair_hidden
        Of encoder and 2-bar decoder, as in :class:`melonb.ec2vae.model.EC2VAE`.
    split_hidden
        Units of each of the four GRU layers between the levels.
    """

    bars = 8

    def __init__(
        self,
        hidden: int,
        latent: int,
        embedding: int,
        split_hidden: int,
        rhythm_to_pitch: bool = False,
        pair_hidden: int = 0,
    ) -> None:
        super().__init__()
        self.steps = self.bars * STEPS_PER_BAR
        self.encoder = Encoder(hidden, latent, embedding, self.steps, pair_hidden)
        self.pitch_to_halves = Split(latent, split_hidden)
        self.rhythm_to_halves = Split(latent, split_hidden)
        self.pitch_to_pairs = Split(latent, split_hidden)
        self.rhythm_to_pairs = Split(latent, split_hidden)
        self.decoder = Decoder(hidden, latent, embedding, rhythm_to_pitch)

    @property
    def latent(self) -> int:
        """Size of each factor, the same at every level."""
        return self.encoder.latent

    def encode(self, melody: Tensor, chords: Tensor) -> Posterior:
        """Give ``q(z_p | x)`` and ``q(z_r | x)`` of the phrase."""
        posterior: Posterior = self.encoder(melody, chords)
        return posterior

    def descend(self, factors: Factors) -> Levels:
        """Go down from phrases to halves to bar pairs."""
        halves = Factors(self.pitch_to_halves(factors.pitch), self.rhythm_to_halves(factors.rhythm))
        batch, _, latent = halves.pitch.shape
        pairs = Factors(
            self.pitch_to_pairs(halves.pitch.flatten(0, 1)).view(batch, 4, latent),
            self.rhythm_to_pairs(halves.rhythm.flatten(0, 1)).view(batch, 4, latent),
        )
        return Levels(halves, pairs)

    def write(
        self, levels: Levels, melody: Tensor, chords: Tensor, forced: Tensor | None = None
    ) -> Reconstruction:
        """Reconstruct under teacher forcing, the bar pairs folded into the batch.

        Melodies shorter than the phrase are its first bar pairs.
        """
        batch, steps = melody.shape
        first = steps // PAIR_STEPS
        written = self.decoder(
            levels.bar.pitch[:, :first].flatten(0, 1),
            levels.bar.rhythm[:, :first].flatten(0, 1),
            fold(melody),
            fold(chords),
            None if forced is None else fold(forced),
        )
        return Reconstruction(
            written.melody.view(batch, steps, -1), written.rhythm.view(batch, steps, -1)
        )

    def reconstruct(
        self, factors: Factors, melody: Tensor, chords: Tensor, forced: Tensor | None = None
    ) -> Reconstruction:
        """Go down and write; the same handle as the flat model's."""
        return self.write(self.descend(factors), melody, chords, forced)

    def forward(
        self,
        melody: Tensor,
        chords: Tensor,
        *,
        forced: Tensor | None = None,
        frozen: bool = False,
        generator: torch.Generator | None = None,
    ) -> HierarchicalPass:
        """Encode, draw, go down, write.

        With ``frozen`` the encoder is a fixed map and gets no gradient: the paper's first step.
        """
        with torch.set_grad_enabled(torch.is_grad_enabled() and not frozen):
            posterior = self.encode(melody, chords)
            factors = posterior.rsample(generator)
        levels = self.descend(factors)
        return HierarchicalPass(
            posterior, factors, levels, self.write(levels, melody, chords, forced)
        )

    @torch.no_grad()
    def decode(
        self,
        factors: Factors,
        chords: Tensor,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Write melodies, (B, 128) tokens, from phrase points over chords (B, 128, 12)."""
        bar = self.descend(factors).bar
        written = self.decoder.unroll(
            bar.pitch.flatten(0, 1),
            bar.rhythm.flatten(0, 1),
            fold(chords),
            temperature=temperature,
            generator=generator,
        )
        return written.melody_tokens.view(len(factors.pitch), self.steps)
