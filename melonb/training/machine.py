"""Where a run takes place: its processes and precision, its clock, optimiser and interrupts."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments import SLURMEnvironment
from torch import nn

from melonb.errors import RecipeError
from melonb.training.recipe import Recipe

__all__ = ["Clock", "computed_in", "interrupts", "launch", "optimizer_for"]

_SIDE = 512  # of the matrices that tell how fast a device multiplies


class Clock:
    """Time in this call, and in the calls before it."""

    def __init__(self, before: float, budget: float | None) -> None:
        self._before, self._budget = before, budget
        self._begun = time.monotonic()

    def total(self) -> float:
        """Give the seconds of all calls together."""
        return self._before + time.monotonic() - self._begun

    def late(self) -> bool:
        """Say whether this call has used up its time."""
        return self._budget is not None and time.monotonic() - self._begun >= self._budget


def computed_in(precision: str, device: torch.device) -> str:
    """Say what a recipe's precision comes to: where bfloat16 is slow, all is done in 32 bits."""
    return precision if precision == "32-true" or bfloat16_pays(device) else "32-true"


@functools.cache
def bfloat16_pays(device: torch.device) -> bool:
    """Multiply matrices both ways: a device with no circuits for bfloat16 imitates it, slowly."""
    return _seconds(torch.bfloat16, device) < _seconds(torch.float32, device)


def _seconds(kind: torch.dtype, device: torch.device) -> float:
    """Time a product of matrices at its best."""
    factor = torch.ones(_SIDE, _SIDE, dtype=kind, device=device)
    spent = []
    for _ in range(6):
        begun = time.perf_counter()
        (factor @ factor)[0, 0].item()  # which waits for a GPU
        spent.append(time.perf_counter() - begun)
    return min(spent)


def launch(recipe: Recipe, devices: int, accelerator: str) -> Fabric:
    """Start Fabric, and the other processes where there are to be any."""
    nodes = 1
    if "TORCHELASTIC_RUN_ID" in os.environ:  # torchrun
        devices = int(os.environ["LOCAL_WORLD_SIZE"])
        nodes = int(os.environ["GROUP_WORLD_SIZE"])
    elif SLURMEnvironment.detect():
        nodes = int(os.environ.get("SLURM_NNODES", "1"))
        devices = int(os.environ["SLURM_NTASKS"]) // nodes
    if recipe.batch_size % (devices * nodes):
        raise RecipeError(
            f"a batch of {recipe.batch_size} cannot be shared by {devices * nodes} devices",
            remedy="make batch_size a multiple of them",
        )
    many = devices * nodes > 1
    # A step of a curriculum may leave some parameters without a gradient.
    strategy = "ddp_find_unused_parameters_true" if many else "auto"
    device = Fabric(accelerator=accelerator, devices=1).device
    fabric = Fabric(
        accelerator=accelerator,
        devices=devices,
        num_nodes=nodes,
        strategy=strategy,
        precision=computed_in(recipe.precision, device),  # type: ignore[arg-type]
    )
    fabric.launch()
    if fabric.device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    return fabric


def optimizer_for(
    recipe: Recipe, parameters: list[nn.Parameter], device: torch.device
) -> torch.optim.Optimizer:
    """Build the recipe's optimiser."""
    if not parameters:
        raise RecipeError("the model has no parameter to train")
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[recipe.optimizer]
    return kind(
        parameters,
        lr=recipe.learning_rate(0),
        betas=recipe.betas,
        weight_decay=recipe.weight_decay,
        fused=device.type == "cuda",
    )


@contextlib.contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Let an interrupt end the step in hand; a second one ends everything at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set  # only the main thread hears signals
        return

    def hear(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
