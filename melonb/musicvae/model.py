"""MusicVAE: one latent point for a whole piece, and a decoder that cannot forget it.

Roberts, Engel, Raffel, Hawthorne and Eck, "A hierarchical latent vector model for learning
long-term structure in music" (ICML 2018), sections 3.1-3.3, equations (6)-(9).

    encoder     x -> q(z|x): bidirectional LSTM, two linear heads            eqs (6), (7)
    conductor   z -> c_1 .. c_U, one embedding a bar                         section 3.2
    core        c_u -> y_u, an LSTM that starts anew in every bar            eqs (8), (9)

The flat baseline is the same network with one segment as long as the piece and no conductor:
its core starts from z.  As no state crosses from bar to bar, all bars of all examples are
one batch of ``B * U`` short sequences, in training and in decoding.

Shapes: B examples, T steps, S streams (1, or 3 in a trio), U segments, Z latent, V tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from melonb.musicvae.streams import Stream, features, shift
from melonb.nn.gaussian import Gaussian, GaussianHead
from melonb.nn.recurrent import BiRecurrent, InitialState, recurrent
from melonb.nn.sampling import choose, mix

__all__ = ["BarEncoder", "Conductor", "Core", "Encoder", "MusicVAE", "Sizes"]

STEPS_PER_BAR = 16


@dataclass(frozen=True)
class Sizes:
    """Everything that fixes the network's shape; the defaults are the paper's.

    Parameters
    ----------
    streams
        The instruments, in the order of the last axis of the tokens.
    bars
        Length of a piece; U of the paper.
    hierarchical
        With a conductor, or flat.
    latent
        ``Z``.
    encoder, encoder_layers, encoder_by_bar
        LSTM size and layers; ``encoder_by_bar`` reads each bar first and then the sequence of
        bars (magenta's ``hier-*``), where the paper reads all steps in one go.
    conductor, conductor_layers, embedding
        Conductor's LSTM; ``embedding`` is its output size, 0 for the bare LSTM state (magenta).
    decoder, decoder_layers
        The core's LSTM.
    previous_bar
        Feed a bar's first step with the last token of the bar before, as magenta does.  The
        paper's core starts every bar from its embedding alone.
    """

    streams: tuple[Stream, ...]
    bars: int
    hierarchical: bool
    latent: int = 512
    encoder: int = 2048
    encoder_layers: int = 2
    encoder_by_bar: bool = False
    conductor: int = 1024
    conductor_layers: int = 2
    embedding: int = 512
    decoder: int = 1024
    decoder_layers: int = 2
    previous_bar: bool = False

    @property
    def steps(self) -> int:
        """``T``."""
        return self.bars * STEPS_PER_BAR

    @property
    def segments(self) -> int:
        """``U``: a flat decoder has one segment."""
        return self.bars if self.hierarchical else 1


class Encoder(nn.Module):
    """Read the whole piece both ways, eqs (6) and (7): ``(B, T, F)`` to ``q(z|x)``."""

    def __init__(self, inputs: int, hidden: int, layers: int, latent: int) -> None:
        super().__init__()
        self.reader = BiRecurrent("lstm", inputs, hidden, layers)
        self.head = GaussianHead(self.reader.size, latent, scale="softplus")

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

    def forward(self, steps: Tensor) -> Gaussian:
        """Turn ``(B, T, F)`` into a posterior over ``(B, Z)``."""
        bars = steps.unflatten(1, (-1, STEPS_PER_BAR))  # (B, U, 16, F)
        read = self.bar_reader(bars.flatten(0, 1)).unflatten(0, bars.shape[:2])  # (B, U, 2H)
        return self.head(self.reader(read))


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

    def forward(self, z: Tensor) -> Tensor:
        """Turn ``(B, Z)`` into ``c_1 .. c_U``, ``(B, U, embedding)``."""
        silence = z.new_zeros(len(z), self.bars, 1)
        hidden, _ = self.layers(silence, self.start(z))
        return self.output(hidden)


class Core(nn.Module):
    """The bottom LSTM: it spells out one segment, token after token, for one stream or more.

    The condition (``z``, or a bar's embedding) sets its first state through tanh and is
    concatenated to every input.  Several streams share the LSTM and have a softmax each.
    """

    def __init__(
        self, streams: Sequence[Stream], condition: int, hidden: int, layers: int
    ) -> None:
        super().__init__()
        self.streams = tuple(streams)
        self.sizes = [stream.size for stream in streams]
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
        return self.output(hidden).split(self.sizes, dim=-1)

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
            scores = self.output(hidden.squeeze(1)).split(self.sizes, dim=-1)
            drawn = torch.stack(
                [choose(score, temperature, generator=generator) for score in scores], dim=-1
            )
            if truth is not None:
                drawn = mix(truth[:, step : step + 1], drawn.unsqueeze(1), share, generator)[:, 0]
            passed.append(drawn)
            last = self.feed(drawn)
        return torch.stack(passed, dim=1)


class MusicVAE(nn.Module):
    """Encoder, conductor (none if flat) and one core a stream (one for all if flat)."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        streams = sizes.streams
        heard = sum(stream.width(stream.heard) for stream in streams)
        self.encoder: Encoder | BarEncoder
        if sizes.encoder_by_bar:
            self.encoder = BarEncoder(heard, sizes.encoder, sizes.latent)
        else:
            self.encoder = Encoder(heard, sizes.encoder, sizes.encoder_layers, sizes.latent)
        self.conductor: Conductor | None = None
        condition, groups = sizes.latent, [streams]
        if sizes.hierarchical:
            self.conductor = Conductor(
                sizes.latent,
                sizes.conductor,
                sizes.conductor_layers,
                sizes.embedding,
                sizes.bars,
            )
            condition, groups = self.conductor.size, [(stream,) for stream in streams]
        self.cores = nn.ModuleList(
            Core(group, condition, sizes.decoder, sizes.decoder_layers) for group in groups
        )

    def encode(self, tokens: Tensor) -> Gaussian:
        """Turn tokens ``(B, T, S)`` into ``q(z|x)`` over ``(B, Z)``."""
        heard = [features(tokens[..., i], s, s.heard) for i, s in enumerate(self.sizes.streams)]
        return self.encoder(torch.cat(heard, dim=-1))

    def conditions(self, z: Tensor) -> Tensor:
        """Give each segment its condition, ``(B * U, C)``: z itself if flat."""
        return z if self.conductor is None else self.conductor(z).flatten(0, 1)

    def logits(
        self,
        z: Tensor,
        tokens: Tensor,
        share: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, ...]:
        """Score the tokens of a piece, all bars at once.

        Parameters
        ----------
        z
            ``(B, Z)``.
        tokens
            ``(B, T, S)``, what each step should say and the next step is fed.
        share
            Scheduled sampling: the chance that a step is fed the model's own draw instead.

        Returns
        -------
        tuple of Tensor
            One ``(B, T, V)`` for each stream.
        """
        segments = self.sizes.segments
        condition = self.conditions(z)
        folded = tokens.unflatten(1, (segments, -1)).flatten(0, 1)  # (B * U, T / U, S)
        scores: list[Tensor] = []
        for core, part in self._parts(folded):
            before = self._before(core, part) if self.sizes.previous_bar else None
            if share > 0:
                # No gradient passes through a draw, so a walk without gradients that notes what
                # it fed, then one fused pass over the notes, is scheduled sampling exactly.
                part = core.walk(
                    condition,
                    part.shape[1],
                    before=before,
                    truth=part,
                    share=share,
                    generator=generator,
                )
            scores += core(condition, part, before)
        return tuple(score.unflatten(0, (-1, segments)).flatten(1, 2) for score in scores)

    def generate(
        self, z: Tensor, temperature: float = 1.0, generator: torch.Generator | None = None
    ) -> Tensor:
        """Decode ``(B, Z)`` into tokens ``(B, T, S)``; temperature 0 takes the likeliest."""
        segments = self.sizes.segments
        steps = self.sizes.steps // segments
        condition = self.conditions(z)
        parts = []
        for core in self.cores:
            if self.sizes.previous_bar and segments > 1:
                drawn = self._bar_after_bar(core, condition, temperature, generator)
            else:
                drawn = core.walk(condition, steps, temperature, generator=generator)
                drawn = drawn.unflatten(0, (-1, segments)).flatten(1, 2)
            parts.append(drawn)
        return torch.cat(parts, dim=-1)

    def _parts(self, tokens: Tensor) -> list[tuple[Core, Tensor]]:
        """Pair each core with its own streams of ``(N, T, S)``."""
        counts = [len(core.streams) for core in self.cores]
        return list(zip(self.cores, tokens.split(counts, dim=-1), strict=True))

    def _before(self, core: Core, part: Tensor) -> Tensor:
        """Give each bar the last token of the bar before it, ``(B * U, F)``; zeros to the first."""
        last = core.feed(part[:, -1]).unflatten(0, (-1, self.sizes.segments))  # (B, U, F)
        return shift(last).flatten(0, 1)

    def _bar_after_bar(
        self,
        core: Core,
        condition: Tensor,
        temperature: float,
        generator: torch.Generator | None,
    ) -> Tensor:
        """Decode bars in turn, where each needs the last token of the one before it."""
        before, bars = None, []
        for embedding in condition.unflatten(0, (-1, self.sizes.segments)).unbind(1):
            bar = core.walk(
                embedding, STEPS_PER_BAR, temperature, before=before, generator=generator
            )
            before = core.feed(bar[:, -1])
            bars.append(bar)
        return torch.cat(bars, dim=1)
