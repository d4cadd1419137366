"""The decoder of EC2-VAE: rhythm from ``z_r``, then melody from ``z_p``, rhythm and chords.

Two ways through the same weights. Where the previous tokens are known (teacher forcing), each GRU
runs over the whole sequence in one fused call. Where they are not (playing, or drawing the history
of scheduled sampling), :meth:`Decoder.unroll` goes step by step, with every projection that does
not depend on the last token computed beforehand for all steps at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from melonb.nn.recurrent import GRU
from melonb.nn.sampling import choose
from melonb.signs import HOLD, MELODY_SIZE, REST

__all__ = [
    "Decoder",
    "Reconstruction",
    "TokenInput",
    "Unrolled",
    "rhythm_of",
]

MELODY, RHYTHM, CHROMA = MELODY_SIZE, 3, 12
R_ONSET, R_HOLD, R_REST = 0, 1, 2


@dataclass(frozen=True)
class Reconstruction:
    """Log-probabilities: ``melody`` (B, T, 130) and ``rhythm`` (B, T, 3)."""

    melody: Tensor
    rhythm: Tensor


@dataclass(frozen=True)
class Unrolled:
    """What the decoder wrote step by step: tokens (B, T) and their log-probabilities."""

    melody_tokens: Tensor
    rhythm_tokens: Tensor
    reconstruction: Reconstruction


def rhythm_of(melody: Tensor) -> Tensor:
    """Forget the pitches: 0 onset, 1 hold, 2 rest."""
    return (melody - (HOLD - 1)).clamp(min=R_ONSET, max=R_REST)


class TokenInput(nn.Module):
    """Tokens as vectors: a learned embedding, or one-hot when ``width`` is 0."""

    weight: Tensor

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.width = width or size
        if width:
            self.weight = nn.Parameter(torch.randn(size, width) / width**0.5)
        else:
            self.register_buffer("weight", torch.eye(size), persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T) tokens to (B, T, width)."""
        return F.embedding(tokens, self.weight)


def shift(tokens: Tensor, first: int) -> Tensor:
    """Give what came before each step: ``first``, then the tokens but the last."""
    start = tokens.new_full((tokens.shape[0], 1), first)
    return torch.cat([start, tokens[:, :-1]], dim=1)


class StepGRU(GRU):
    """One GRU layer that also goes step by step, over inputs projected beforehand."""

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__(inputs, hidden, batch_first=True)

    def project(self, inputs: Tensor, first: int = 0) -> Tensor:
        """Project the inputs from number ``first`` on, (..., I), to (..., 3H), bias included."""
        return F.linear(inputs, self.weight_ih_l0[:, first:], self.bias_ih_l0)

    def step(self, projected: Tensor, state: Tensor) -> Tensor:
        """Update the state, (B, H), with inputs that were projected already, (B, 3H)."""
        recurrent = F.linear(state, self.weight_hh_l0, self.bias_hh_l0)
        gates = 2 * state.shape[-1]
        both = torch.sigmoid(projected[:, :gates] + recurrent[:, :gates])
        reset, update = both.chunk(2, dim=-1)
        candidate = torch.tanh(projected[:, gates:] + reset * recurrent[:, gates:])
        return candidate + update * (state - candidate)


class Decoder(nn.Module):
    """Rhythm decoder and global decoder.

    Parameters
    ----------
    hidden
        Units of each of the three GRUs (paper: 2048).
    latent
        Size of ``z_p`` and of ``z_r``.
    embedding
        Width of the melody token's embedding; 0 for one-hot.
    rhythm_to_pitch
        Whether the global decoder is given ``z_r`` beside the decoded rhythm.
    """

    def __init__(
        self, hidden: int, latent: int, embedding: int, rhythm_to_pitch: bool = False
    ) -> None:
        super().__init__()
        self.rhythm_to_pitch = rhythm_to_pitch
        self.rhythm_start = nn.Linear(latent, hidden)
        self.rhythm_gru = StepGRU(RHYTHM + latent, hidden)
        self.rhythm_out = nn.Linear(hidden, RHYTHM)

        self.token = TokenInput(MELODY, embedding)
        known = (2 if rhythm_to_pitch else 1) * latent + RHYTHM + CHROMA
        self.start = nn.Linear(latent, hidden)
        self.lower = StepGRU(self.token.width + known, hidden)
        self.upper = StepGRU(hidden, hidden)
        self.out = nn.Linear(hidden, MELODY)

    def forward(
        self,
        z_p: Tensor,
        z_r: Tensor,
        melody: Tensor,
        chords: Tensor,
        forced: Tensor | None = None,
    ) -> Reconstruction:
        """Give the log-probability of every token of known melodies.

        Where ``forced`` (B, T) is false, the decoder is told its own previous choice instead of
        the true one (scheduled sampling). Those choices carry no gradient, so they are drawn
        first, without one, and the pass that learns is fused all the same.
        """
        melody_history, rhythm_history = melody, rhythm_of(melody)
        if forced is not None:
            with torch.no_grad():
                played = self.unroll(z_p, z_r, chords, melody=melody, forced=forced)
            melody_history = torch.where(forced, melody_history, played.melody_tokens)
            rhythm_history = torch.where(forced, rhythm_history, played.rhythm_tokens)

        rhythm = self._rhythm(z_r, shift(rhythm_history, R_REST))
        known = self._known(z_p, z_r, rhythm, chords)
        token = self.token(shift(melody_history, REST))
        lower, _ = self.lower(torch.cat([token, known], dim=-1), self._state(self.start, z_p))
        # The upper layer starts where the lower one is after its first step.
        upper, _ = self.upper(lower, lower[:, 0].unsqueeze(0).contiguous())
        return Reconstruction(self.out(upper).log_softmax(-1), rhythm)

    def _rhythm(self, z_r: Tensor, previous: Tensor) -> Tensor:
        known = z_r.unsqueeze(1).expand(-1, previous.shape[1], -1)
        token = F.one_hot(previous, RHYTHM).to(z_r.dtype)
        states, _ = self.rhythm_gru(
            torch.cat([token, known], dim=-1), self._state(self.rhythm_start, z_r)
        )
        logits: Tensor = self.rhythm_out(states)
        return logits.log_softmax(-1)

    def _known(self, z_p: Tensor, z_r: Tensor, rhythm: Tensor, chords: Tensor) -> Tensor:
        """Everything that the global decoder sees but the last token, (B, T, .)."""
        latents = torch.cat([z_p, z_r], dim=-1) if self.rhythm_to_pitch else z_p
        spread = latents.unsqueeze(1).expand(-1, chords.shape[1], -1)
        return torch.cat([spread, rhythm, chords.to(rhythm.dtype)], dim=-1)

    @staticmethod
    def _state(layer: nn.Linear, latent: Tensor) -> Tensor:
        return torch.tanh(layer(latent)).unsqueeze(0)

    def unroll(
        self,
        z_p: Tensor,
        z_r: Tensor,
        chords: Tensor,
        *,
        melody: Tensor | None = None,
        forced: Tensor | None = None,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> Unrolled:
        """Write step by step, feeding back what was written.

        Where ``forced`` (B, T) is true the token of ``melody`` is fed back instead.
        """
        truth = None if melody is None else rhythm_of(melody)
        loop = _Loop(temperature, generator, forced)
        rhythm_tokens, rhythm = self._write_rhythm(z_r, chords.shape[1], truth, loop)
        known = self._known(z_p, z_r, rhythm, chords)
        tokens, log_p = self._write_melody(z_p, known, melody, loop)
        return Unrolled(tokens, rhythm_tokens, Reconstruction(log_p, rhythm))

    def _write_rhythm(
        self, z_r: Tensor, steps: int, truth: Tensor | None, loop: _Loop
    ) -> tuple[Tensor, Tensor]:
        table = self.rhythm_gru.weight_ih_l0[:, :RHYTHM].T  # what each token adds, (3, 3H)
        known = self.rhythm_gru.project(z_r, RHYTHM)  # (B, 3H), the same at every step
        state = torch.tanh(self.rhythm_start(z_r))
        token = z_r.new_full((z_r.shape[0],), R_REST, dtype=torch.long)
        tokens, scores = [], []
        for step in range(steps):
            state = self.rhythm_gru.step(known + table[token], state)
            log_p = self.rhythm_out(state).log_softmax(-1)
            written = loop.write(log_p)
            token = loop.feed(written, truth, step)
            tokens.append(written)
            scores.append(log_p)
        return torch.stack(tokens, dim=1), torch.stack(scores, dim=1)

    def _write_melody(
        self, z_p: Tensor, known: Tensor, truth: Tensor | None, loop: _Loop
    ) -> tuple[Tensor, Tensor]:
        width = self.token.width
        table = F.linear(self.token.weight, self.lower.weight_ih_l0[:, :width])  # (130, 3H)
        inputs = self.lower.project(known, width)  # (B, T, 3H)
        low = torch.tanh(self.start(z_p))
        high = None
        token = z_p.new_full((z_p.shape[0],), REST, dtype=torch.long)
        tokens, scores = [], []
        for step in range(known.shape[1]):
            low = self.lower.step(inputs[:, step] + table[token], low)
            high = self.upper.step(self.upper.project(low), low if high is None else high)
            log_p = self.out(high).log_softmax(-1)
            written = loop.write(log_p)
            token = loop.feed(written, truth, step)
            tokens.append(written)
            scores.append(log_p)
        return torch.stack(tokens, dim=1), torch.stack(scores, dim=1)


@dataclass(frozen=True)
class _Loop:
    """How a step chooses its token, and which token the next step is told."""

    temperature: float
    generator: torch.Generator | None
    forced: Tensor | None

    def write(self, log_p: Tensor) -> Tensor:
        return choose(log_p, temperature=self.temperature, generator=self.generator)

    def feed(self, written: Tensor, truth: Tensor | None, step: int) -> Tensor:
        if truth is None or self.forced is None:
            return written
        return torch.where(self.forced[:, step], truth[:, step], written)
