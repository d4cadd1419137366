"""Decoding with and without the cache, in turn; the ratio is what counts, not the seconds."""

from __future__ import annotations

import statistics
import time

import pytest
import torch

from melonb import clsm
from melonb.clsm.model import CLSM
from melonb.clsm.spans import Span

from .conftest import Note

pytestmark = pytest.mark.bench


@pytest.mark.parametrize("batch", [1, 64])
def test_the_cache_pays(batch: int, note: Note) -> None:
    torch.manual_seed(0)
    net = clsm.build("clsm", "book").eval()
    assert isinstance(net, CLSM)
    phrase, span = torch.randint(0, 32, (batch, 128)), Span.of_bars(2, 6)
    z = torch.randn(batch, net.size.latent)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(3):
        for cache, times in seconds.items():
            begun = time.perf_counter()
            net.write(phrase, z, span, cache=cache)
            times.append(time.perf_counter() - begun)
    with_cache, without = (statistics.median(seconds[cache]) for cache in (True, False))
    print(f"\n4 bars, batch {batch}: {with_cache:.3f} s with, {without:.3f} s without")
    note(f"CLSM, 4 bars written with its cache over without, batch {batch}", without / with_cache)
    assert without > (1.5 if batch == 1 else 4) * with_cache
