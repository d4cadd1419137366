"""Decoding 64 loops, against running the prior over the growing prefix for every code.

The authors' published sampler feeds all codes so far to the LSTM for each new one; ours carries
the LSTM's state along, so that every code is read once.  Both are timed in turn, on the same
network, and both make the same loops.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from melonb import loopvq
from melonb.loopvq.prior import LoopComposer
from melonb.nn.sampling import choose

from .conftest import Note

LOOPS, ROUNDS = 64, 7


@torch.no_grad()
def over_the_prefix(net: LoopComposer, generator: torch.Generator) -> Tensor:
    prior = net.prior
    first = choose(prior.first.expand(LOOPS, -1).log(), generator=generator)
    codes = first[:, None]
    for _ in range(net.vq.steps - 1):
        following = torch.cat([codes, codes[:, :1]], dim=1)  # the last column is not looked at
        drawn = choose(prior(following)[:, -1], generator=generator)
        codes = torch.cat([codes, drawn[:, None]], dim=1)
    return net.vq.decode(codes)


@torch.no_grad()
def ours(net: LoopComposer, generator: torch.Generator) -> Tensor:
    return net.vq.decode(net.prior.sample(LOOPS, net.vq.steps, generator=generator))


def seconds(way: Callable[[LoopComposer, torch.Generator], Tensor], net: LoopComposer) -> float:
    start = time.perf_counter()
    way(net, torch.Generator().manual_seed(0))
    return time.perf_counter() - start


@pytest.mark.bench
@pytest.mark.parametrize("preset", ["book", "paper"])
def test_64_loops_five_times_faster_than_over_the_prefix(preset: str, note: Note) -> None:
    torch.manual_seed(0)
    net = loopvq.build("prior", preset).eval()
    assert isinstance(net, LoopComposer)
    same = [way(net, torch.Generator().manual_seed(0)) for way in (over_the_prefix, ours)]
    torch.testing.assert_close(same[0], same[1], atol=1e-4, rtol=1e-4)
    slow, fast = [], []
    for _ in range(ROUNDS):
        slow.append(seconds(over_the_prefix, net))
        fast.append(seconds(ours, net))
    ratio = statistics.median(slow) / statistics.median(fast)
    milliseconds = statistics.median(fast) * 1e3
    print(f"{preset}: {milliseconds:.0f} ms for 64 loops")
    note(f"Loop VQ-VAE, 64 loops decoded over the authors' way, {preset} size", ratio, 5)
    assert ratio >= 5
