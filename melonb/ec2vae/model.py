"""EC2-VAE: two latent factors, pitch and rhythm, of 2, 4 or 8 bars of melody over chords.

The encoder reads melody and chords in both directions and gives two posteriors, ``q(z_p | x)``
and ``q(z_r | x)``. The decoder (:mod:`melonb.ec2vae.decoder`) writes the rhythm from ``z_r`` and
then the melody from ``z_p``, that rhythm and the chords. Nothing in the model depends on the
number of bars but the length of what it is asked to write.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from melonb.ec2vae.decoder import CHROMA, MELODY, Decoder, Reconstruction, TokenInput
from melonb.nn.gaussian import Gaussian, GaussianHead
from melonb.nn.recurrent import GRU, both_ends, remember
from melonb.signs import STEPS_PER_BAR

__all__ = ["EC2VAE", "Encoder", "Factors", "Pass", "Posterior", "fold"]

PAIR_STEPS = 2 * STEPS_PER_BAR
_NARROW = -3.0  # logarithm of the standard deviation that training starts from
_FAINT = 0.1  # how much of the rhythm's first means is left


@dataclass(frozen=True)
class Factors:
    """A latent point, cut into its two factors.

    Attributes
    ----------
    pitch
        ``z_p``, shape (B, Z).
    rhythm
        ``z_r``, shape (B, Z).
    """

    pitch: Tensor
    rhythm: Tensor


@dataclass(frozen=True)
class Posterior:
    """``q(z_p | x)`` and ``q(z_r | x)``, each a diagonal Gaussian of shape (B, Z)."""

    pitch: Gaussian
    rhythm: Gaussian

    @property
    def mean(self) -> Factors:
        """The two means."""
        return Factors(self.pitch.mean, self.rhythm.mean)

    def rsample(self, generator: torch.Generator | None = None) -> Factors:
        """Draw ``z_p`` and ``z_r`` so that gradients reach the encoder."""
        return Factors(self.pitch.rsample(generator), self.rhythm.rsample(generator))


@dataclass(frozen=True)
class Pass:
    """One forward pass: what the encoder believed, the point drawn, what the decoder wrote."""

    posterior: Posterior
    factors: Factors
    reconstruction: Reconstruction


class Encoder(nn.Module):
    """A bidirectional GRU over melody and chords, and the two posteriors.

    Parameters
    ----------
    hidden
        Units in each direction (paper: 2048).
    latent
        Size of ``z_p`` and of ``z_r`` (paper: 128 each).
    embedding
        Width of the token embedding; 0 for one-hot tokens, as in the paper.
    steps
        The length it is meant for, which sets how long its units remember at first.
    pair_hidden
        Units in each direction of a second GRU, which reads what the first makes of each bar
        pair of a longer piece; 0 has one GRU read straight through, as in the paper.
    """

    def __init__(
        self, hidden: int, latent: int, embedding: int, steps: int, pair_hidden: int = 0
    ) -> None:
        super().__init__()
        self.latent = latent
        self.token = TokenInput(MELODY, embedding)
        self.gru = GRU(self.token.width + CHROMA, hidden, batch_first=True, bidirectional=True)
        self.by_pair = pair_hidden > 0 and steps > PAIR_STEPS
        if self.by_pair:
            self.over = GRU(2 * hidden, pair_hidden, batch_first=True, bidirectional=True)
            remember(self.over, steps // PAIR_STEPS)
        self.head = GaussianHead(2 * (pair_hidden if self.by_pair else hidden), 2 * latent, "exp")
        remember(self.gru, PAIR_STEPS if self.by_pair else steps)
        # Means apart and narrow at first: where the decoder hears only noise, it learns to do
        # without the latent point.
        nn.init.xavier_uniform_(self.head.mean.weight, gain=2.0)
        nn.init.constant_(self.head.scale.bias, _NARROW)
        if self.by_pair:
            self.fade_rhythm()

    def fade_rhythm(self) -> None:
        """Begin with faint means of ``z_r``: in a short training, pitch that is there stays."""
        self.head.mean.weight.data[self.latent :] *= _FAINT

    def forward(self, melody: Tensor, chords: Tensor) -> Posterior:
        """Read melodies, (B, T) tokens, over chords, (B, T, 12) chroma."""
        inputs = torch.cat([self.token(melody), chords], dim=-1)  # (B, T, E + 12)
        if self.by_pair:
            pairs = both_ends(self.gru, fold(inputs))  # (B * pairs, 2H)
            read = both_ends(self.over, pairs.unflatten(0, (len(melody), -1)))
        else:
            read = both_ends(self.gru, inputs)  # (B, 2H)
        both = self.head(read)  # (B, 2Z)

        cut = self.latent
        return Posterior(
            Gaussian(both.mean[:, :cut], both.std[:, :cut]),
            Gaussian(both.mean[:, cut:], both.std[:, cut:]),
        )


class EC2VAE(nn.Module):
    """The flat model, for any number of bars.

    Parameters
    ----------
    bars
        Bars of 16 steps that it reads and writes (2, 4 or 8).
    hidden, latent, embedding
        As in :class:`Encoder`; the three GRUs of the decoder share ``hidden``.
    rhythm_to_pitch
        Whether the global decoder also sees ``z_r`` itself. By default it sees only the rhythm
        that was decoded from it, as the published code has it: what pitch leaks into ``z_r``
        then helps nobody.
    pair_hidden
        Of the encoder.
    """

    def __init__(
        self,
        bars: int,
        hidden: int,
        latent: int,
        embedding: int,
        rhythm_to_pitch: bool = False,
        pair_hidden: int = 0,
    ) -> None:
        super().__init__()
        self.bars = bars
        self.steps = bars * STEPS_PER_BAR
        self.encoder = Encoder(hidden, latent, embedding, self.steps, pair_hidden)
        self.decoder = Decoder(hidden, latent, embedding, rhythm_to_pitch)

    @property
    def latent(self) -> int:
        """Size of each factor."""
        return self.encoder.latent

    def encode(self, melody: Tensor, chords: Tensor) -> Posterior:
        """Give ``q(z_p | x)`` and ``q(z_r | x)``."""
        posterior: Posterior = self.encoder(melody, chords)
        return posterior

    def reconstruct(
        self, factors: Factors, melody: Tensor, chords: Tensor, forced: Tensor | None = None
    ) -> Reconstruction:
        """Write under teacher forcing; see :meth:`Decoder.forward`."""
        written: Reconstruction = self.decoder(
            factors.pitch, factors.rhythm, melody, chords, forced
        )
        return written

    def forward(
        self,
        melody: Tensor,
        chords: Tensor,
        *,
        forced: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Pass:
        """Encode, draw one latent point a melody, and reconstruct.

        Parameters
        ----------
        melody
            Tokens, (B, T): 0..127 onset, 128 hold, 129 rest.
        chords
            Chroma, (B, T, 12).
        forced
            (B, T), true where the decoder is told the true previous token; ``None`` is always.
        generator
            Source of the draw.
        """
        posterior = self.encode(melody, chords)
        factors = posterior.rsample(generator)
        return Pass(posterior, factors, self.reconstruct(factors, melody, chords, forced))

    @torch.no_grad()
    def decode(
        self,
        factors: Factors,
        chords: Tensor,
        *,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Write melodies, (B, T) tokens, from latent points over chords (B, T, 12)."""
        return self.decoder.unroll(
            factors.pitch,
            factors.rhythm,
            chords,
            temperature=temperature,
            generator=generator,
        ).melody_tokens


def fold(steps: Tensor) -> Tensor:
    """Cut pieces (B, T, ...) into bar pairs (B * pairs, 32, ...)."""
    return steps.reshape(-1, PAIR_STEPS, *steps.shape[2:])
