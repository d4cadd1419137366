"""The loop that trains every model of the book, on whatever Fabric finds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, cast

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from melonb.errors import RecipeError
from melonb.training.bank import Shuffle
from melonb.training.checkpoint import Checkpoint
from melonb.training.log import Log, Meter, Progress
from melonb.training.machine import Clock, computed_in, interrupts, launch, optimizer_for
from melonb.training.recipe import Recipe
from melonb.training.run import Best, Place, Run, RunFolder, restore
from melonb.training.task import Task, trained_parameters, weights_of

__all__ = ["fit"]


def fit(
    recipe: Recipe,
    task: Task,
    run: Path | str | None = None,
    *,
    resume: bool = False,
    start: Checkpoint | None = None,
    devices: int = 1,
    accelerator: str = "auto",
    progress: Progress = True,
    seconds: float | None = None,
) -> Run:
    """Train a model.

    Every draw of a step follows from the seed and the step's number, so that a run that was
    stopped and resumed ends with the parameters of one that ran through.  An interrupt
    (Ctrl-C, or a cluster's notice) lets the step in hand end, saves, and gives back what was
    learned; where it was watched or kept in memory alone, what comes after it is stopped too.

    Parameters
    ----------
    recipe, task
        How to train, and what.
    run
        A folder for checkpoints and metrics; None keeps the result in memory.
    resume
        Go on with the run that the folder holds; begin one if it holds none.
    start
        Trained weights to begin with, at the step where they were left; the optimiser begins anew.
        Beside them: ``step``, ``seconds``, ``best``, ``curve``, ``data_hash`` and ``origin``.
    devices, accelerator
        As Fabric takes them. Under torchrun or SLURM the number comes from there.
    progress
        Draw a bar; a function is also handed each row of the history as it is written.
    seconds
        Stop after this much time in this call, whatever steps are left.

    Raises
    ------
    KeyboardInterrupt
        A run in memory, or one that a function watches, was interrupted.
    RecipeError
        The recipe does not fit the task, the folder or the machine, or the loss was not finite.
    CheckpointError
        The run's checkpoint is damaged.
    MelonbError
        The disk is full, or the folder cannot be written.
    """
    folder = RunFolder(run, recipe, task)
    checkpoint = folder.begin(resume)  # before other processes start, so that they never wait
    loop = _Loop(launch(recipe, devices, accelerator), recipe, task, folder)
    loop.begin(checkpoint, start)
    try:
        trained = loop.run(progress, seconds)
    except torch.cuda.OutOfMemoryError as error:
        raise RecipeError(
            f"a batch of {recipe.batch_size} does not fit into the memory of the GPU",
            remedy="take a smaller batch_size, or bf16-mixed precision",
        ) from error
    if trained.stopped == "interrupt" and (run is None or callable(progress)):
        remedy = "call it again" if run is None else "resume=True goes on from there"
        steps = f"after {trained.place.step} of {recipe.steps} steps"
        raise KeyboardInterrupt(f"training was stopped {steps}: {remedy}")
    return trained


def _opening(batch: Any, divisor: int) -> Any:
    """Keep the first of ``divisor`` parts of windows ``(B, T, ...)``, or of a tuple of such."""
    if divisor == 1:
        return batch
    if isinstance(batch, tuple):
        return type(batch)(*(_opening(part, divisor) for part in batch))
    if not isinstance(batch, Tensor) or batch.shape[1] % divisor:
        raise RecipeError(
            f"this model's windows cannot be cut to 1 part in {divisor}",
            remedy="leave openings out of its recipe",
        )
    return batch[:, : batch.shape[1] // divisor]


class _Stage(nn.Module):
    """Model and loss in one module.

    A task may call any method of its model; data-parallel training sees one forward all the
    same, and mixed precision covers all of it.
    """

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.model = task.model()
        self._loss = task.loss

    def forward(self, batch: Any, step: int, generator: torch.Generator) -> dict[str, Tensor]:
        losses = self._loss(self.model, batch, step, generator)
        return {"loss": losses.total, **{key: term.detach() for key, term in losses.terms.items()}}


class _Loop:
    """The loop's parts; `run` puts them in order."""

    def __init__(self, fabric: Fabric, recipe: Recipe, task: Task, folder: RunFolder) -> None:
        if task.size < 1:
            raise RecipeError("there is no window to train on", remedy="name another corpus")
        self.fabric, self.recipe, self.task, self.folder = fabric, recipe, task, folder
        torch.manual_seed(recipe.seed)
        task.to(fabric.device)
        stage = _Stage(task)
        optimizer = optimizer_for(recipe, trained_parameters(task, stage.model), fabric.device)
        self.model = stage.model
        self.stage, self.optimizer = fabric.setup(stage, optimizer)
        self.order = Shuffle(task.size, recipe.seed, fabric.device)
        self.generator = torch.Generator(fabric.device)
        self.meter = Meter(fabric.device)
        self.place = Place()

    def begin(self, checkpoint: Checkpoint | None, start: Checkpoint | None) -> None:
        """Go back to where the run was left, or begin with trained weights, which no kill loses."""
        writes = self.fabric.is_global_zero
        if checkpoint is not None:
            self.place = restore(checkpoint, self.model, self.optimizer)
        elif start is not None:
            self.place = self.folder.adopt(start, self.task, self.model, writes)
        if self.fabric.broadcast(self.place.step) != self.place.step:
            raise RecipeError(
                "the processes do not see the same run", remedy="use a folder that all nodes share"
            )
        if writes:
            device = self.fabric.device
            self.folder.describe(device, computed_in(self.recipe.precision, device))
        if checkpoint is None and start is not None:
            self.save()

    def run(self, progress: Progress, seconds: float | None) -> Run:
        """Train until there is a reason to stop."""
        recipe, place = self.recipe, self.place
        writes = self.fabric.is_global_zero
        log = Log(
            self.folder.path if writes else None, place.step, recipe.steps, writes and progress
        )
        clock = Clock(place.seconds, seconds)
        saved = validated = place.step
        self.stage.train()
        try:
            with interrupts() as interrupted:
                while not self.reason(interrupted(), clock.late()) and place.step < recipe.steps:
                    self.train_step(place.step)
                    place.step += 1
                    place.seconds = clock.total()
                    log.step()
                    if place.step % recipe.log_every == 0:
                        self.report(log)
                    if place.step % recipe.validate_every == 0:
                        validated = self.validate(log)
                    if place.step % recipe.checkpoint_every == 0:
                        saved = self.save()
                # A run without this stop has no score here, so that it must not count.
                cut = place.stopped == "seconds" and place.best is not None
                if validated < place.step and place.stopped != "interrupt" and not cut:
                    self.validate(log)
                if saved < place.step:
                    self.save()
        finally:
            log.close()
        return self.finish(log)

    def train_step(self, step: int) -> None:
        """Take one step: this process's share of the batch, forward, backward, update."""
        fabric, recipe = self.fabric, self.recipe
        self.seed(step)
        rate = recipe.learning_rate(step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        divisor = recipe.divisor(step)
        index = self.order.batch(recipe.drawn(step), recipe.batch_size * divisor)
        batch = self.task.batch(index[fabric.global_rank :: fabric.world_size], self.generator)
        terms = self.stage(_opening(batch, divisor), step, self.generator)
        self.optimizer.zero_grad(set_to_none=True)
        fabric.backward(terms["loss"])
        if recipe.clip is not None:
            terms["gradient"] = fabric.clip_gradients(
                self.stage, self.optimizer, max_norm=recipe.clip, error_if_nonfinite=False
            )
        self.optimizer.step()
        self.meter.add(step, terms)

    def seed(self, step: int) -> None:
        """Make every draw of a step follow from the seed, the step and the process."""
        number = (self.recipe.seed * 1_000_003 + step) * 1_009 + self.fabric.global_rank
        torch.manual_seed(number)  # dropout draws from the default generator
        self.generator.manual_seed(number)

    def report(self, log: Log) -> None:
        """Write down the means of the loss terms since the last report."""
        self.check()
        means = self.meter.read()
        if self.fabric.world_size > 1:
            means = {name: float(self.together(value, "mean")) for name, value in means.items()}
        place = self.place
        rate = self.recipe.learning_rate(place.step - 1)
        log.add({"step": place.step, "seconds": place.seconds, **means, "learning_rate": rate})

    def check(self) -> None:
        """Stop the run at the first loss or gradient that is not a number."""
        step = self.meter.spoilt()
        if step is not None:
            raise RecipeError(
                f"the loss or its gradient is not finite at step {step}",
                file=self.folder.path,
                remedy="lower the learning rate, clip the gradients, or use 32-true precision; "
                "the last checkpoint is from before it",
            )

    def validate(self, log: Log) -> int:
        """Measure the model; keep it if it is the best so far."""
        place = self.place
        self.model.eval()
        self.seed(0)
        with torch.no_grad(), self.fabric.autocast():
            figures = self.fabric.broadcast(self.task.validate(self.model))
        self.stage.train()
        log.add({"step": place.step, **{f"valid/{key}": value for key, value in figures.items()}})
        score = figures["score"]
        if not math.isfinite(score):
            raise RecipeError(
                f"the score of the held-out windows is {score} at step {place.step}",
                file=self.folder.path,
                remedy="name corpora whose held-out songs have such windows too",
            )
        if self.better(score):
            place.best, place.stale = Best(place.step, score, figures), 0
            self.folder.save_best(self.task, self.model, place, self.fabric.is_global_zero)
        else:
            place.stale += 1
        return place.step

    def better(self, score: float) -> bool:
        """Say whether these weights are to be kept: no others, or worse ones, or from too early."""
        best = self.place.best
        if best is None or best.step < getattr(self.task, "settles", 0) <= self.place.step:
            return True
        return score > best.score

    def save(self) -> int:
        """Write a checkpoint to go on from."""
        self.check()
        if self.fabric.is_global_zero:
            self.folder.save_last(self.model, self.optimizer, self.place)
        self.fabric.barrier()
        return self.place.step

    def reason(self, interrupted: bool, late: bool) -> str:
        """Say why to stop now, or nothing; all processes give the same answer."""
        patience, place = self.recipe.patience, self.place
        codes = ("", "seconds", "interrupt")
        code = 2 if interrupted else int(late)
        if self.fabric.world_size > 1:
            # Asking the others costs a wait, so they are asked only as often as a report is made.
            due = place.step % self.recipe.log_every == 0
            code = int(self.together(code, "max")) if due else 0
        stale = patience is not None and place.stale >= patience
        place.stopped = codes[code] or ("patience" if stale else "")
        return place.stopped

    def together(self, value: float, how: str) -> Tensor:
        """Reduce a number over all processes."""
        mine = torch.tensor(float(value), device=self.fabric.device)
        return cast(Tensor, self.fabric.all_reduce(mine, reduce_op=how))

    def finish(self, log: Log) -> Run:
        """Put the best weights into the model and write the card."""
        place = self.place
        place.stopped = place.stopped or "steps"
        if not self.folder.best():
            self.folder.save_best(self.task, self.model, place, self.fabric.is_global_zero)
        live = weights_of(self.task, self.model)
        with torch.no_grad():
            for name, value in self.folder.best().items():
                live[name].copy_(value)
        self.model.eval()
        if self.fabric.is_global_zero:
            count = sum(parameter.numel() for parameter in self.model.parameters())
            self.folder.finish(place, log.rows, count)
        path = self.folder.path
        return Run(path, self.recipe, self.model, log.rows, place, self.folder.best())
