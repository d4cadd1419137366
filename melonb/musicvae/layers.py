"""The parts of MusicVAE: encoder, conductor and core, equations (6)-(9).

Shapes: N sequences (B examples, or B * U bars), T steps, F numbers a step, Z latent, C condition.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from melonb.musicvae.streams import Stream, combinations, features, shift
from melonb.nn.gaussian import Gaussian, GaussianHead
from melonb.nn.recurrent import BiRecurrent, InitialState, recurrent
from melonb.nn.sampling import choose, mix
from melonb.signs import STEPS_PER_BAR

__all__ = ["STEPS_PER_BAR", "BarEncoder", "Conductor", "Core", "Encoder"]


class Encoder(nn.Module):
    """Read the whole piece both ways, eqs (6) and (7): ``(B, T, F)`` to ``q(z|x)``."""

    def __init__(self, inputs: int, hidden: int, layers: int, latent: int) -> None:
        super().__init__()
        self.reader = BiRecurrent("lstm", inputs, hidden, layers)
        self.head = GaussianHead(self.reader.size, latent, scale="softplus")
        _tell_apart(self.reader, self.head)

    def forward(self, steps: Tensor) -> Gaussian:
        """Turn ``(B, T, F)`` into a posterior over ``(B, Z)``."""
        return self.head(self.reader(steps))  # h_T, (B, 2H)


class BarEncoder(nn.Module):
    """Read each bar both ways, then the sequence of bars: two short paths in place of a long one.

    Not in the paper; magenta's ``hier-*`` configurations have it.  A gradient passes 16 + U
    steps where the paper's encoder needs 16 * U, so it learns in far fewer updates.
    """

    def __init__(self, inputs: int, hidden: int, latent: int) -> None:
        super().__init__()
        self.bar_reader = BiRecurrent("lstm", inputs, hidden)
        self.reader = BiRecurrent("lstm", self.bar_reader.size, hidden)
        self.head = GaussianHead(self.reader.size, latent, scale="softplus")
        _tell_apart(self.bar_reader, self.head)

    def forward(self, steps: Tensor) -> Gaussian:
        """Turn ``(B, T, F)`` into a posterior over ``(B, Z)``."""
        bars = steps.unflatten(1, (-1, STEPS_PER_BAR))  # (B, U, 16, F)
        read = self.bar_reader(bars.flatten(0, 1)).unflatten(0, bars.shape[:2])  # (B, U, 2H)
        return self.head(self.reader(read))


def _tell_apart(first: BiRecurrent, head: GaussianHead) -> None:
    """Start an encoder that already tells pieces apart by more than its own noise.

    With PyTorch's defaults the means of different pieces differ by less than a hundredth of the
    standard deviation: z is noise, the decoder learns to ignore it, and the encoder is soon past
    saving.  A token changes one input only, so the weights of the first layer may be of size 1.
    """
    for name, weight in first.layers.named_parameters():
        if name.startswith("weight_ih_l0"):
            nn.init.normal_(weight)
    nn.init.xavier_uniform_(head.mean.weight, gain=2.0)
    nn.init.constant_(head.scale.bias, -2.2)  # softplus: a standard deviation of about 0.1


class Conductor(nn.Module):
    """Unroll ``z`` into one embedding a bar, without hearing what the bars turn out to be.

    Its LSTM starts from ``tanh(linear(z))`` and gets zeros as input, so all that an embedding
    can hold comes from ``z``.
    """

    def __init__(self, latent: int, hidden: int, layers: int, embedding: int, bars: int) -> None:
        super().__init__()
        self.bars = bars
        self.start = InitialState(latent, layers, hidden)
        self.layers = recurrent("lstm", 1, hidden, layers)
        self.output = nn.Linear(hidden, embedding) if embedding else nn.Identity()
        self.size = embedding or hidden
        self._carry_far()

    def forward(self, z: Tensor, bars: int | None = None) -> Tensor:
        """Turn ``(B, Z)`` into ``c_1 .. c_U``, ``(B, U, embedding)``, all bars or the first few."""
        silence = z.new_zeros(len(z), bars or self.bars, 1)
        hidden, _ = self.layers(silence, self.start(z))
        return self.output(hidden)

    def _carry_far(self) -> None:
        """Start with embeddings that depend on z, and differ from bar to bar, up to the last.

        All that the conductor knows of z is its first state, which an LSTM with PyTorch's first
        weights loses by two fifths at each bar: the sixteenth hears less than a thousandth.
        """
        for name, weight in self.layers.named_parameters():
            if name.startswith("weight_hh"):
                nn.init.xavier_uniform_(weight, gain=3.0)
            elif name.startswith("bias_ih"):
                _, forget, _, _ = weight.detach().chunk(4)
                forget.fill_(2.0)
        nn.init.xavier_uniform_(self.start.linear.weight)
        if isinstance(self.output, nn.Linear):
            nn.init.xavier_uniform_(self.output.weight, gain=3.0)


class Core(nn.Module):
    """The bottom LSTM: it spells out one segment, token after token, for one stream or more.

    The condition (``z``, or a bar's embedding) sets its first state through tanh and is
    concatenated to every input.  Several streams share the LSTM and have a softmax each.
    """

    def __init__(self, streams: Sequence[Stream], condition: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.streams = tuple(streams)
        self.sizes = [stream.outputs for stream in streams]
        self.fed = sum(stream.width(stream.fed) for stream in streams)
        self.start = InitialState(condition, layers, hidden)
        self.layers = recurrent("lstm", self.fed + condition, hidden, layers)
        self.output = nn.Linear(hidden, sum(self.sizes))

    def feed(self, tokens: Tensor) -> Tensor:
        """Turn tokens ``(..., S)`` into what the LSTM is fed, ``(..., F)``."""
        return torch.cat(
            [features(tokens[..., i], s, s.fed) for i, s in enumerate(self.streams)], dim=-1
        )

    def forward(
        self, condition: Tensor, tokens: Tensor, before: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """Score each step given the true steps before it (teacher forcing).

        Parameters
        ----------
        condition
            ``(N, C)``.
        tokens
            ``(N, T, S)``.
        before
            ``(N, F)``, what the first step is fed; zeros if absent.

        Returns
        -------
        tuple of Tensor
            Logits, one ``(N, T, V)`` for each stream.
        """
        fed = shift(self.feed(tokens), before)  # (N, T, F)
        held = condition.unsqueeze(1).expand(-1, fed.shape[1], -1)  # (N, T, C)
        hidden, _ = self.layers(torch.cat([fed, held], dim=-1), self.start(condition))
        return self.scores(hidden)

    def scores(self, hidden: Tensor) -> tuple[Tensor, ...]:
        """Turn states ``(..., H)`` into logits, one ``(..., V)`` for each stream."""
        parts = self.output(hidden).split(self.sizes, dim=-1)
        return tuple(
            combinations(part) if stream.bits else part
            for part, stream in zip(parts, self.streams, strict=True)
        )

    @torch.no_grad()
    def walk(
        self,
        condition: Tensor,
        steps: int,
        temperature: float = 1.0,
        *,
        before: Tensor | None = None,
        truth: Tensor | None = None,
        share: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Draw tokens one step after another, each fed to the next step.

        With ``truth`` ``(N, T, S)``, a step passes on its own token with chance ``share`` and
        the true one otherwise: scheduled sampling.

        Returns
        -------
        Tensor
            The tokens passed on, ``(N, steps, S)``.
        """
        state = self.start(condition)
        last = condition.new_zeros(len(condition), self.fed) if before is None else before
        passed = []
        for step in range(steps):
            inputs = torch.cat([last, condition], dim=-1).unsqueeze(1)  # (N, 1, F + C)
            hidden, state = self.layers(inputs, state)
            scores = self.scores(hidden.squeeze(1))
            drawn = torch.stack(
                [choose(score, temperature, generator=generator) for score in scores], dim=-1
            )
            if truth is not None:
                drawn = mix(truth[:, step : step + 1], drawn.unsqueeze(1), share, generator)[:, 0]
            passed.append(drawn)
            last = self.feed(drawn)
        return torch.stack(passed, dim=1)
