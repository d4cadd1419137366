"""Where a run takes place: its processes, its clock, its optimiser, its interrupts."""

from __future__ import annotations

import contextlib
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

__all__ = ["Clock", "interrupts", "launch", "optimizer_for"]


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
    fabric = Fabric(
        accelerator=accelerator,
        devices=devices,
        num_nodes=nodes,
        strategy=strategy,
        precision=recipe.precision,  # type: ignore[arg-type]
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
