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

from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from melonb.musicvae.layers import STEPS_PER_BAR, BarEncoder, Conductor, Core, Encoder
from melonb.musicvae.streams import Stream, features, shift
from melonb.nn.gaussian import Gaussian

__all__ = ["ATTRIBUTES", "MusicVAE", "Sizes"]

ATTRIBUTES = 5  # directions that a model keeps beside its weights, see `attributes`


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
    drum_bits
        Say drums as nine bits, see `Stream`.
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
    drum_bits: bool = False

    def __post_init__(self) -> None:
        if self.drum_bits:
            said = (replace(s, bits=True) if s.name == "drums" else s for s in self.streams)
            object.__setattr__(self, "streams", tuple(said))

    @property
    def steps(self) -> int:
        """``T``."""
        return self.bars * STEPS_PER_BAR

    @property
    def segments(self) -> int:
        """``U``: a flat decoder has one segment."""
        return self.bars if self.hierarchical else 1


class MusicVAE(nn.Module):
    """Encoder, conductor (none if flat) and one core a stream (one for all if flat).

    ``attribute_vectors`` ``(ATTRIBUTES, Z)`` takes no part in training: it holds the directions of
    section 5.5, found once the model is trained, so that they travel with its weights.
    """

    attribute_vectors: Tensor

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
        self._cores = nn.ModuleList(
            Core(group, condition, sizes.decoder, sizes.decoder_layers) for group in groups
        )

        self.register_buffer("attribute_vectors", torch.zeros(ATTRIBUTES, sizes.latent))

    @property
    def cores(self) -> list[Core]:
        """The cores, in the order of the streams."""
        return cast(list[Core], list(self._cores))

    def encode(self, tokens: Tensor) -> Gaussian:
        """Turn tokens ``(B, T, S)`` into ``q(z|x)`` over ``(B, Z)``."""
        heard = [features(tokens[..., i], s, s.heard) for i, s in enumerate(self.sizes.streams)]
        return self.encoder(torch.cat(heard, dim=-1))

    def conditions(self, z: Tensor, segments: int | None = None) -> Tensor:
        """Give each segment its condition, ``(B * U, C)``: z itself if flat."""
        return z if self.conductor is None else self.conductor(z, segments).flatten(0, 1)

    def logits(
        self,
        z: Tensor,
        tokens: Tensor,
        share: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, ...]:
        """Score the tokens of a piece, or of its first bars, all bars at once.

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
        segments = tokens.shape[1] // STEPS_PER_BAR if self.sizes.hierarchical else 1
        condition = self.conditions(z, segments)
        folded = tokens.unflatten(1, (segments, -1)).flatten(0, 1)  # (B * U, T / U, S)
        scores: list[Tensor] = []
        for core, part in self._parts(folded):
            before = self._before(core, part, segments) if self.sizes.previous_bar else None
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

    def _before(self, core: Core, part: Tensor, segments: int) -> Tensor:
        """Give each bar the last token of the bar before it, ``(B * U, F)``; zeros to the first."""
        last = core.feed(part[:, -1]).unflatten(0, (-1, segments))  # (B, U, F)
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
