"""The two recurrent autoencoders of the paper: LSTM-VAEs with and without feedback.

Both read a loop with a bidirectional LSTM and keep one latent point.  The non-autoregressive
decoder (appendix, table b) is handed that point at every step and writes all steps in one
pass; the autoregressive one (table a) is also handed what it wrote at the step before.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from melonb.loopvq.model import COLUMNS, STEPS, NormalisedHead, start_dark
from melonb.nn.convolution import he_init
from melonb.nn.gaussian import Gaussian
from melonb.nn.recurrent import BiRecurrent, recurrent, remember

__all__ = ["ARLSTMVAE", "LSTMVAE"]

_NARROW = -3.0  # logarithm of the variance that training starts from


class _Encoder(nn.Module):
    """Loop to posterior: last states of both directions, then two linear layers."""

    def __init__(self, latent: int, hidden: int) -> None:
        super().__init__()
        self.reader = BiRecurrent("lstm", COLUMNS, hidden)
        self.head = NormalisedHead(self.reader.size, latent)
        self.head.apply(he_init)
        # Narrow at first, or a decoder that knows nothing yet learns to hear z as noise.
        nn.init.constant_(self.head.head.scale.bias, _NARROW)
        remember(self.reader.layers, STEPS)

    def forward(self, roll: Tensor) -> Gaussian:
        return self.head(self.reader(roll))


class LSTMVAE(nn.Module):
    """Non-autoregressive LSTM-VAE (appendix, table b).

    Parameters
    ----------
    latent
        Numbers in ``z``.
    hidden
        State of one direction of the encoder.
    decoder
        State of the decoder.
    """

    def __init__(self, latent: int = 128, hidden: int = 128, decoder: int = 256) -> None:
        super().__init__()
        self.size = latent
        self.encoder = _Encoder(latent, hidden)
        self.decoder = recurrent("lstm", latent, decoder)
        self.output = nn.Linear(decoder, COLUMNS)
        he_init(self.output)
        start_dark(self.output)
        remember(self.decoder, STEPS)

    def encode(self, roll: Tensor) -> Gaussian:
        """Read the posterior of a roll: ``(B, 128, 93)`` -> over ``(B, Z)``."""
        return self.encoder(roll)

    def decode(self, z: Tensor, steps: int = STEPS) -> Tensor:
        """Turn latent points ``(B, Z)`` into logits ``(B, steps, 93)``."""
        hidden, _ = self.decoder(z[:, None].expand(-1, steps, -1))
        return self.output(hidden)


class ARLSTMVAE(nn.Module):
    """Autoregressive LSTM-VAE (appendix, table a), a flat MusicVAE for rolls.

    The decoder's first state and cell are ``z`` itself, so its size is that of ``z``.

    Parameters
    ----------
    latent
        Numbers in ``z`` and in the decoder's state.
    hidden
        State of one direction of the encoder.
    """

    def __init__(self, latent: int = 128, hidden: int = 128) -> None:
        super().__init__()
        self.size = latent
        self.encoder = _Encoder(latent, hidden)
        self.decoder = recurrent("lstm", COLUMNS + latent, latent)
        self.output = nn.Linear(latent, COLUMNS)
        he_init(self.output)
        start_dark(self.output)
        remember(self.decoder, STEPS)

    def encode(self, roll: Tensor) -> Gaussian:
        """Read the posterior of a roll: ``(B, 128, 93)`` -> over ``(B, Z)``."""
        return self.encoder(roll)

    def decode(
        self,
        z: Tensor,
        truth: Tensor | None = None,
        teach: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Turn latent points ``(B, Z)`` into logits ``(B, T, 93)``.

        Parameters
        ----------
        z
            ``(B, Z)``.
        truth
            ``(B, T, 93)``, to train on; without it the decoder hears only itself for 128 steps.
        teach
            Chance that a step of a loop is handed the truth, not the decoder's own output
            (scheduled sampling).
        """
        if truth is not None and teach >= 1:
            before = torch.cat([torch.zeros_like(truth[:, :1]), truth[:, :-1]], dim=1)
            inputs = torch.cat([before, z[:, None].expand(-1, truth.shape[1], -1)], dim=-1)
            hidden, _ = self.decoder(inputs, (z[None], z[None]))
            return self.output(hidden)
        return self._unroll(z, truth, teach, generator)

    def _unroll(
        self, z: Tensor, truth: Tensor | None, teach: float, generator: torch.Generator | None
    ) -> Tensor:
        """Decode a step at a time, each from the output or the truth of the step before."""
        weight_ih, weight_hh, bias_ih, bias_hh = self.decoder.all_weights[0]
        from_roll, from_z = weight_ih.split([COLUMNS, self.size], dim=1)
        constant = z @ from_z.T + bias_ih + bias_hh  # the same at every step
        steps = STEPS if truth is None else truth.shape[1]
        coins = torch.rand(steps, len(z), 1, generator=generator, device=z.device) < teach
        h, c = z, z
        step = z.new_zeros(len(z), COLUMNS)
        logits = []
        for t in range(steps):
            gates = torch.addmm(torch.addmm(constant, step, from_roll.T), h, weight_hh.T)
            enter, forget, cell, leave = gates.chunk(4, dim=-1)
            c = forget.sigmoid() * c + enter.sigmoid() * cell.tanh()
            h = leave.sigmoid() * c.tanh()
            logits.append(self.output(h))
            step = (logits[-1] >= 0).to(z.dtype)
            if truth is not None:
                step = torch.where(coins[t], truth[:, t], step)
        return torch.stack(logits, dim=1)
