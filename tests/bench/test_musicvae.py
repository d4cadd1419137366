"""Speeds of MusicVAE, each as a ratio of two ways inside one run."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

import pytest
import torch

from melonb import musicvae
from melonb.musicvae.model import MusicVAE
from melonb.musicvae.objective import loss
from melonb.musicvae.presets import configuration
from melonb.nn.gaussian import Gaussian
from melonb.weights import load

pytestmark = pytest.mark.bench

BAR = 16


def in_turn(first, second, rounds=5):
    """Run two ways in turn and give their median times."""
    times = ([], [])
    first(), second()
    for _ in range(rounds):
        for way, kept in zip((first, second), times, strict=True):
            begun = time.perf_counter()
            way()
            kept.append(time.perf_counter() - begun)
    return [statistics.median(kept) for kept in times]


def bar_by_bar(model, z, tokens):
    """Score a piece with one call of the core for each bar, as a plain implementation does."""
    core = model.cores[0]
    embeddings = model.conductor(z)
    bars = [
        core(embeddings[:, bar], tokens[:, BAR * bar : BAR * (bar + 1)])[0]
        for bar in range(model.sizes.bars)
    ]
    return (torch.cat(bars, dim=1),)


@pytest.mark.parametrize("whole", [False, True], ids=["decoder", "whole step"])
def test_a_training_step_with_bars_folded_into_the_batch(whole, note):
    """Forward and backward, of the decoder alone and of the whole step with its encoder."""
    model = musicvae.build("mel-16bar", "book", encoder=256, conductor=256, decoder=256)
    tokens = torch.randint(0, 130, (4, model.sizes.steps, 1))
    posterior = model.encode(tokens)
    fixed = Gaussian(posterior.mean.detach(), posterior.std.detach())

    def step(decode):
        posterior = model.encode(tokens) if whole else fixed
        scores = decode(posterior.rsample(), tokens)
        loss(scores, tokens, posterior, 256, 0.2).total.backward()
        model.zero_grad()

    folded, plain = in_turn(
        lambda: step(model.logits), lambda: step(lambda z, t: bar_by_bar(model, z, t))
    )
    ratio = plain / folded
    print(f"\nbar by bar {plain:.3f} s, folded {folded:.3f} s")
    part = "whole step" if whole else "decoder"
    note(f"MusicVAE training, bars folded over bar by bar, {part}", ratio, 1.8)
    assert ratio > 1.2


def test_decoding_sixteen_bars_costs_little_more_than_two(note):
    sizes = configuration("mel-16bar", "book").sizes
    long = MusicVAE(sizes).eval()
    short = MusicVAE(replace(sizes, bars=2, hierarchical=False)).eval()
    z = torch.randn(1, sizes.latent)
    sixteen, two = in_turn(lambda: long.generate(z, 0), lambda: short.generate(z, 0), rounds=20)
    note("MusicVAE, a melody of 16 bars decoded over one of 2", sixteen / two, 4, below=True)
    note("MusicVAE, a melody of 16 bars decoded, seconds", sixteen, 0.15, below=True)
    assert sixteen / two <= 4
    assert sixteen < 0.15


@pytest.mark.parametrize("name", ["mel-2bar", "mel-16bar"])
def test_a_walk_is_decoded_in_one_batch(name, note):
    """A walk of sixteen points with the same luck, all at once and point by point."""
    model = load(f"musicvae/{name}")
    points = torch.randn(16, model.net.sizes.latent, generator=torch.Generator().manual_seed(0))
    once, each = in_turn(
        lambda: model.along(points), lambda: [model.along(point)[0] for point in points]
    )
    note(f"MusicVAE, {name}, a walk of 16 points, point by point over at once", each / once, 4)
    assert each / once > 2
