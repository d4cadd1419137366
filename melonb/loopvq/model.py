"""The two convolutional autoencoders of the paper: VQ-VAE and CNN-VAE (appendix, d and c).

A loop is a float roll ``(B, 128, 93)``, 1 where a bass pitch sounds or a drum is hit.  A
decoder gives logits of that shape; a cell is on where its logit is at least 0, which is the
paper's threshold of 0.5 behind the sigmoid of eq. (3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from melonb.nn.convolution import ConvBlock, ResidualBlock, he_init
from melonb.nn.gaussian import Gaussian, GaussianHead
from melonb.nn.quantiser import EMAQuantiser, Quantised

__all__ = [
    "CELLS",
    "CNNVAE",
    "COLUMNS",
    "STEPS",
    "VQVAE",
    "NormalisedHead",
    "VQOutput",
    "start_dark",
]

STEPS = 128  # eight bars of sixteenths
COLUMNS = 93  # 84 bass pitches, 9 drum classes
CELLS = STEPS * COLUMNS


def start_dark(output: nn.Conv1d | nn.Linear) -> None:
    """Begin training where 1 cell in 55 is on, about as many as are, not at one in two."""
    assert output.bias is not None
    nn.init.constant_(output.bias, -4.0)


class NormalisedHead(nn.Module):
    """The loop VAEs' posterior: a Gaussian whose mean goes through layer normalisation."""

    def __init__(self, inputs: int, size: int) -> None:
        super().__init__()
        self.head = GaussianHead(inputs, size, scale="half-log")
        self.norm = nn.LayerNorm(size)

    def forward(self, hidden: Tensor) -> Gaussian:
        """Turn ``(B, inputs)`` into a posterior over ``(B, size)``."""
        raw = self.head(hidden)
        return Gaussian(self.norm(raw.mean), raw.std)


def _halvings(steps: int) -> int:
    """How often 128 must be halved to leave ``steps``."""
    times = round(math.log2(STEPS / steps))
    if STEPS >> times != steps:
        raise ValueError(f"128 steps cannot be halved to {steps}")
    return times


def _down(channels: int) -> nn.Sequential:
    return nn.Sequential(ConvBlock(channels, channels, 3, stride=2), ResidualBlock(channels))


def _up(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), ResidualBlock(channels))


@dataclass(frozen=True)
class VQOutput:
    """One pass through the VQ-VAE: ``logits`` (B, 128, 93), and what the codebook did."""

    logits: Tensor
    quantised: Quantised


class VQVAE(nn.Module):
    """Loop to a row of codes and back (appendix, table d).

    The table's last encoder row asks for stride 2 and for 32 steps at once; its shapes only
    come out with two halvings and a last convolution of stride 1 to ``L`` channels, which
    stands here, without norm and rectifier so that a latent vector may lie anywhere.

    Parameters
    ----------
    steps
        ``l``, latent steps: 16, 32 or 64.
    size
        ``L``, numbers in a code.
    codes
        ``K``, codes in the book.
    channels
        Of the convolutions.
    wide
        Of the 1x1 convolution next to the roll on either side.
    restart_below
        See `EMAQuantiser`.
    """

    def __init__(
        self,
        steps: int = 32,
        size: int = 16,
        codes: int = 512,
        channels: int = 32,
        wide: int = 64,
        restart_below: float | None = None,
    ) -> None:
        super().__init__()
        self.steps = steps
        times = _halvings(steps)
        self.encoder = nn.Sequential(
            ConvBlock(COLUMNS, wide, 1),
            ConvBlock(wide, channels, 1),
            *(_down(channels) for _ in range(times)),
            nn.Conv1d(channels, size, 3, padding=1),
        )
        self.quantiser = EMAQuantiser(codes, size, restart_below=restart_below)
        self.decoder = nn.Sequential(
            ConvBlock(size, channels, 3),
            *(_up(channels) for _ in range(times)),
            ConvBlock(channels, wide, 1),
        )
        self.output = nn.Conv1d(wide, COLUMNS, 3, padding=1)
        self.apply(he_init)
        start_dark(self.output)

    def latent(self, roll: Tensor) -> Tensor:
        """Encode without quantising: ``(B, 128, 93)`` -> ``(B, l, L)``."""
        return self.encoder(roll.transpose(1, 2)).transpose(1, 2)

    def encode(self, roll: Tensor) -> Tensor:
        """Read the codes of a roll: ``(B, 128, 93)`` -> ``(B, l)`` int64."""
        return self.quantiser.encode(self.latent(roll))

    def decode_latent(self, vectors: Tensor) -> Tensor:
        """Turn latent vectors ``(B, l, L)`` into logits ``(B, 128, 93)``."""
        return self.output(self.decoder(vectors.transpose(1, 2))).transpose(1, 2)

    def decode(self, codes: Tensor) -> Tensor:
        """Turn codes ``(B, l)`` into logits ``(B, 128, 93)``."""
        return self.decode_latent(self.quantiser.decode(codes))

    def forward(self, roll: Tensor, generator: torch.Generator | None = None) -> VQOutput:
        """Rebuild a roll ``(B, 128, 93)`` from its codes; trains the codebook in train mode."""
        quantised = self.quantiser(self.latent(roll), generator)
        return VQOutput(self.decode_latent(quantised.vectors), quantised)


class CNNVAE(nn.Module):
    """The continuous twin of the VQ-VAE (appendix, table c).

    Parameters
    ----------
    latent
        Numbers in ``z``; 16 steps of ``channels`` numbers leave the decoder's first layer.
    channels
        Of the convolutions.
    """

    def __init__(self, latent: int = 512, channels: int = 32) -> None:
        super().__init__()
        self.size = latent
        self.encoder = nn.Sequential(
            ConvBlock(COLUMNS, channels, 3), _down(channels), _down(channels), nn.Flatten()
        )
        self.head = NormalisedHead(STEPS // 4 * channels, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, STEPS // 8 * channels),
            nn.Unflatten(1, (channels, STEPS // 8)),
            _up(channels),
            _up(channels),
            nn.Upsample(scale_factor=2, mode="nearest"),
        )
        self.output = nn.Conv1d(channels, COLUMNS, 7, padding=3)
        self.apply(he_init)
        start_dark(self.output)

    def encode(self, roll: Tensor) -> Gaussian:
        """Read the posterior of a roll: ``(B, 128, 93)`` -> over ``(B, Z)``."""
        return self.head(self.encoder(roll.transpose(1, 2)))

    def decode(self, z: Tensor) -> Tensor:
        """Turn latent points ``(B, Z)`` into logits ``(B, 128, 93)``."""
        return self.output(self.decoder(z)).transpose(1, 2)
