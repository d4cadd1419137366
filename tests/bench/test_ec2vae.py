"""A training step through fused GRUs, against the Python loop of cells that papers publish.

Both compute the same loss on the same weights, and so the same gradients. On a CPU the step is
bound by matrix products, and the fused way must not be slower; on a GPU a loop of cells is bound by
launches, and the fused way must be at least five times faster.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from melonb import ec2vae
from melonb.ec2vae.decoder import HOLD, REST, rhythm_of
from melonb.ec2vae.model import EC2VAE
from melonb.ec2vae.objective import reconstruction_loss

from .conftest import Note

Step = Callable[[EC2VAE, Tensor, Tensor], Tensor]


def music(batch: int, steps: int, device: str) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    melody = torch.randint(55, 84, (batch, steps), generator=generator)
    held = torch.rand(batch, steps, generator=generator) < 0.5
    melody = torch.where(held, torch.full_like(melody, HOLD), melody)
    chords = (torch.rand(batch, steps, 12, generator=generator) < 0.3).float()
    return melody.to(device), chords.to(device)


def fused(net: EC2VAE, melody: Tensor, chords: Tensor) -> Tensor:
    z = net.encode(melody, chords).mean
    return sum(reconstruction_loss(net.reconstruct(z, melody, chords), melody))


def cells(net: EC2VAE, melody: Tensor, chords: Tensor) -> Tensor:
    """Step by step, every input put together anew, as with ``GRUCell``."""
    encoder, decoder, steps = net.encoder, net.decoder, melody.shape[1]
    inputs = torch.cat([encoder.token(melody), chords], dim=-1)
    last = []
    for suffix, order in (("", range(steps)), ("_reverse", reversed(range(steps)))):
        weights = [
            getattr(encoder.gru, f"{name}_l0{suffix}")
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ]
        state = inputs.new_zeros(len(melody), encoder.gru.hidden_size)
        for step in order:
            state = torch.gru_cell(inputs[:, step], state, *weights)
        last.append(state)
    mean = encoder.head.mean(torch.cat(last, dim=-1))
    z_p, z_r = mean.chunk(2, dim=-1)

    rhythm = rhythm_of(melody)
    state, token = torch.tanh(decoder.rhythm_start(z_r)), torch.full_like(rhythm[:, 0], 2)
    low, high, note = torch.tanh(decoder.start(z_p)), None, torch.full_like(rhythm[:, 0], REST)
    loss = inputs.new_zeros(())
    for step in range(steps):
        told = torch.cat([F.one_hot(token, 3).to(z_r), z_r], dim=-1)
        state = torch.gru_cell(told, state, *decoder.rhythm_gru._flat_weights)
        beat = decoder.rhythm_out(state).log_softmax(-1)
        known = torch.cat([decoder.token(note), z_p, beat, chords[:, step]], dim=-1)
        low = torch.gru_cell(known, low, *decoder.lower._flat_weights)
        high = torch.gru_cell(low, low if high is None else high, *decoder.upper._flat_weights)
        log_p = decoder.out(high).log_softmax(-1)
        loss = loss + F.nll_loss(log_p, melody[:, step]) + F.nll_loss(beat, rhythm[:, step])
        token, note = rhythm[:, step], melody[:, step]
    return loss / steps


def seconds(way: Step, net: EC2VAE, melody: Tensor, chords: Tensor) -> float:
    net.zero_grad()
    begun = time.perf_counter()
    way(net, melody, chords).backward()
    if melody.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - begun


def ratio(net: EC2VAE, melody: Tensor, chords: Tensor, rounds: int) -> float:
    for way in (fused, cells):
        seconds(way, net, melody, chords)
    slow, fast = [], []
    for _ in range(rounds):
        slow.append(seconds(cells, net, melody, chords))
        fast.append(seconds(fused, net, melody, chords))
    print(
        f"{net.bars} bars, {len(melody)} phrases: {statistics.median(fast) * 1e3:.0f} ms fused, "
        f"{statistics.median(slow) * 1e3:.0f} ms in a loop of cells"
    )
    return statistics.median(slow) / statistics.median(fast)


@pytest.mark.bench
def test_both_ways_give_the_same_loss_and_gradient() -> None:
    torch.manual_seed(0)
    net = ec2vae.build("2bar", "tiny")
    melody, chords = music(3, 32, "cpu")
    gradients = []
    for way in (fused, cells):
        net.zero_grad()
        way(net, melody, chords).backward()
        gradients.append([p.grad.clone() for p in net.parameters() if p.grad is not None])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)


@pytest.mark.bench
@pytest.mark.parametrize(("model", "batch"), [("2bar", 64), ("8bar-plain", 32)])
def test_fused_step_is_not_slower_on_a_cpu(model: str, batch: int, note: Note) -> None:
    torch.manual_seed(0)
    net = ec2vae.build(model, "book")
    assert isinstance(net, EC2VAE)
    found = ratio(net, *music(batch, net.steps, "cpu"), rounds=5)
    note(f"EC2-VAE training, fused over a loop of cells, {model}", found, 1)
    assert found >= 1


@pytest.mark.bench
@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_fused_step_is_five_times_faster_on_a_gpu(note: Note) -> None:
    net = ec2vae.build("8bar-plain", "paper").cuda()
    assert isinstance(net, EC2VAE)
    found = ratio(net, *music(128, net.steps, "cuda"), rounds=3)
    note("EC2-VAE training, fused over a loop of cells, paper size on a GPU", found, 5)
    assert found >= 5
