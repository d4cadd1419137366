"""A short model on long music: piece by piece, each with a latent point of its own.

This is what the paper's long models compete with. Nothing ties the pieces together; what they have
in common they have because the music had it. A note that is held over a cut is a rest to the piece
after it, as in the windows that the short model was trained on.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from melonb.ec2vae.decoder import Reconstruction
from melonb.ec2vae.model import EC2VAE, Factors, Posterior
from melonb.nn.gaussian import Gaussian
from melonb.training.bank import without_orphans

__all__ = ["PieceByPiece"]


class PieceByPiece(nn.Module):
    """A flat model that reads and writes several pieces of its length, one after another.

    It has the handles of the models for phrases; its factors are those of the pieces side by side.

    Parameters
    ----------
    net
        The short model.
    bars
        The whole length, a multiple of the model's.
    """

    def __init__(self, net: EC2VAE, bars: int = 8) -> None:
        super().__init__()
        self.net = net
        self.bars = bars
        self.pieces = bars // net.bars
        self.steps = net.steps * self.pieces
        self.latent = net.latent * self.pieces

    def encode(self, melody: Tensor, chords: Tensor) -> Posterior:
        """Give the posteriors of all pieces of each phrase, (B, pieces * Z)."""
        apart = self.net.encode(without_orphans(self._cut(melody)), self._cut(chords))
        return Posterior(self._beside(apart.pitch), self._beside(apart.rhythm))

    def reconstruct(
        self, factors: Factors, melody: Tensor, chords: Tensor, forced: Tensor | None = None
    ) -> Reconstruction:
        """Write each piece under teacher forcing."""
        told = None if forced is None else self._cut(forced)
        heard = without_orphans(self._cut(melody))
        written = self.net.reconstruct(self._apart(factors), heard, self._cut(chords), told)
        batch = len(melody)
        return Reconstruction(
            written.melody.view(batch, self.steps, -1), written.rhythm.view(batch, self.steps, -1)
        )

    def decode(
        self,
        factors: Factors,
        chords: Tensor,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Write each piece on its own, (B, T) tokens."""
        tokens = self.net.decode(
            self._apart(factors), self._cut(chords), temperature=temperature, generator=generator
        )
        return tokens.view(-1, self.steps)

    def _cut(self, steps: Tensor) -> Tensor:
        return steps.reshape(-1, self.net.steps, *steps.shape[2:])

    def _beside(self, points: Gaussian) -> Gaussian:
        return Gaussian(points.mean.reshape(-1, self.latent), points.std.reshape(-1, self.latent))

    def _apart(self, factors: Factors) -> Factors:
        shape = (-1, self.net.latent)
        return Factors(factors.pitch.reshape(shape), factors.rhythm.reshape(shape))
