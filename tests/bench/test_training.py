"""How much of the machine a training step uses: achieved FLOP/s over the matrix-product rate.

On a GPU the models have the paper's sizes, on a CPU the book's.  Counted are the products of
linear, convolutional and recurrent layers, forward once and backward twice; attention's own
products and everything that is not a product are left out, so the share is a lower bound.
``pytest tests/bench/test_training.py -m bench -s`` prints a line a model.
"""

from __future__ import annotations

import json
import statistics
import time

import pytest
import torch
from torch import nn

from melonb.training import fit
from melonb.training.record import device_name
from melonb.weights.registry import find

from .conftest import Note

pytestmark = pytest.mark.bench

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
PRESET = "paper" if DEVICE == "cuda" else "book"
EVERY, REPORTS = (20, 5) if DEVICE == "cuda" else (1, 4)


def matrix_rate(dtype: torch.dtype) -> float:
    """Measure the FLOP/s of a large matrix product, the best that this device does."""
    size = 8192 if DEVICE == "cuda" else 1024
    a, b = (torch.randn(size, size, device=DEVICE, dtype=dtype) for _ in range(2))
    rates = []
    for _ in range(8):
        synchronise()
        begun = time.perf_counter()
        a @ b
        synchronise()
        rates.append(2 * size**3 / (time.perf_counter() - begun))
    return max(rates)


def synchronise() -> None:
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def products_of(layer: nn.Module, given: tuple, made: object) -> float:
    """Count the forward FLOPs of a layer from its weights and what went through it."""
    if isinstance(layer, nn.Linear):
        return 2 * made.numel() * layer.in_features
    if isinstance(layer, nn.Conv1d | nn.Conv2d):
        return 2 * made.numel() * layer.weight[0].numel()
    if isinstance(layer, nn.LSTM | nn.GRU):
        steps = given[0].shape[:2].numel()
        return 2 * steps * sum(w.numel() for n, w in layer.named_parameters() if "weight" in n)
    return 0.0


def step_flops(task: object, recipe: object) -> float:
    """Count the FLOPs of one training step."""
    task.to(torch.device(DEVICE))
    net = task.model().to(DEVICE)
    total = [0.0]

    def count(layer: nn.Module, given: tuple, made: object) -> None:
        total[0] += products_of(layer, given, made)

    for layer in net.modules():
        layer.register_forward_hook(count)
    generator = torch.Generator(DEVICE).manual_seed(0)
    index = torch.arange(recipe.batch_size, device=DEVICE) % task.size
    with torch.no_grad():
        task.loss(net, task.batch(index, generator), 0, generator)
    return 3 * total[0]


@pytest.mark.parametrize(
    "name",
    ["musicvae/mel-2bar", "musicvae/mel-16bar", "ec2vae/2bar", "clsm/clsm", "loopvq/cnn"],
)
def test_share_of_the_matrix_rate(name: str, note: Note) -> None:
    model = find(name)
    recipe = model.paper.recipe(model.short, PRESET, data=("folk", "houseband")).replace(
        steps=EVERY * REPORTS,
        log_every=EVERY,
        validate_every=10**6,
        checkpoint_every=10**6,
        precision="bf16-mixed" if DEVICE == "cuda" else "32-true",
        needs=(),
    )
    task = model.paper.task(recipe, needs={})
    task.validate = lambda net: {"score": 0.0}  # only steps are timed
    flops = step_flops(task, recipe)
    run = fit(recipe, task, progress=False)
    clock = run.series("seconds")
    pace = [
        (after - before) / EVERY
        for before, after in zip(clock.values, clock.values[1:], strict=False)
    ]
    step = statistics.median(pace)
    rate = matrix_rate(torch.bfloat16 if DEVICE == "cuda" else torch.float32)
    line = {
        "model": name,
        "preset": PRESET,
        "device": device_name(),
        "batch": recipe.batch_size,
        "step_seconds": round(step, 4),
        "gflop_a_step": round(flops / 1e9, 2),
        "achieved_gflops": round(flops / step / 1e9, 1),
        "matrix_gflops": round(rate / 1e9, 1),
        "share": round(flops / step / rate, 3),
    }
    print(json.dumps(line))
    kind = "GPU" if DEVICE == "cuda" else "CPU"
    goal = 0.25 if DEVICE == "cuda" and name.startswith(("musicvae", "ec2vae")) else None
    note(f"a training step's FLOP/s over the {kind}'s matrix rate, {name}", line["share"], goal)
    assert line["share"] > 0
