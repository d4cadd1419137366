"""The whole set of models from one command: trained, measured and bundled in the right order.

``melonb train all`` says first how long it will take, and goes on where it was stopped: a model
whose run came to its end is not trained again, and one whose measured weights are its run's is
not measured again.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from melonb import corpora
from melonb.errors import CheckpointError, MelonbError
from melonb.files import write_json
from melonb.training import Recipe, fit
from melonb.training.checkpoint import read_checkpoint, write_checkpoint
from melonb.training.record import Result, device_name
from melonb.weights.bundling import bundle, tell
from melonb.weights.cards import HERE, bundled_file
from melonb.weights.goals import is_higher_better, missed
from melonb.weights.measuring import Measured, measure
from melonb.weights.mixes import mix
from melonb.weights.registry import find, names, run_folder
from melonb.weights.tables import project
from melonb.weights.training import finished, train

__all__ = ["Estimate", "estimate", "finish", "ordered", "train_all"]

_PROBE_STEPS = 6
_LEAST_STEPS = 50
_GLANCE = 256  # windows on which packed weights are compared with full precision
_PART = 512  # windows of each corpus for a card
_JUDGES = {"clsm": "clsm/judge"}  # the model that measures a paper's others


@dataclass(frozen=True)
class Estimate:
    """What training a model will take on this machine."""

    name: str
    steps: int
    seconds_a_step: float
    seconds_a_validation: float
    every: int

    @property
    def seconds(self) -> float:
        """The whole of it."""
        return self.steps * (self.seconds_a_step + self.seconds_a_validation / self.every)


def train_all(
    preset: str = "book",
    seconds: float | None = None,
    devices: int = 1,
    say: Callable[[str], None] = print,
    *,
    only: Sequence[str] | None = None,
    results: Path | None = None,
    weights: Path = HERE,
    **changes: Any,
) -> list[dict[str, Any]]:
    """Train every model, each after those that it needs; measure it, and bundle it.

    Parameters
    ----------
    preset
        Which size; only ``book`` is bundled.
    seconds
        Shorten all recipes by the same share, so that the whole takes this long.
    devices
        As `melonb.training.fit` takes them.
    say
        Is given one line at a time.
    only
        Some models, and those that they need.
    results, weights
        Where result files and bundled weights go; by default to their places in the project.
    **changes
        Fields of every recipe. Each is trained in bfloat16, where that is faster, on what is
        prepared here of the corpora that its bundled weights were trained on
        (`melonb.weights.mixes`), unless they say other.

    Returns
    -------
    list of dict
        One row a model: its name, its score, whether it is bundled.
    """
    chosen = ordered(only or names(), preset)
    waiting = [name for name in chosen if not finished(run_folder(name, preset))]
    say(f"{len(chosen)} models, {len(waiting)} to train, on {device_name()}")
    recipes = {name: {**_usual(name), **changes} for name in waiting}
    estimates = [estimate(name, preset, **recipes[name]) for name in waiting]
    whole = sum(one.seconds for one in estimates)
    for one in estimates:
        say(f"  {one.name}: {one.steps} steps, about {_time(one.seconds)}")
    share = min(1.0, seconds / whole) if seconds is not None and whole else 1.0
    say(f"about {_time(whole * share)} in all, if nothing else runs here")

    steps = {one.name: max(_LEAST_STEPS, int(one.steps * share)) for one in estimates}
    rows = []
    for name in chosen:
        if name in steps:
            begun = time.monotonic()
            shorter = {"steps": steps[name]} if share < 1 else {}
            # Resuming begins a run where there is none, and keeps to the recipe of one that is.
            fresh = not (run_folder(name, preset) / "recipe.json").exists()
            words = {**recipes[name], **shorter} if fresh else {}
            run = train(name, preset=preset, resume=True, devices=devices, progress=False, **words)
            say(f"{name}: {run.place.step} steps in {_time(time.monotonic() - begun)}")
            if run.stopped == "interrupt":
                raise KeyboardInterrupt
        rows.append(finish(name, preset, results or _results(), weights))
        say(f"{name}: score {rows[-1]['score']:.4f}")
    return rows


def _usual(name: str) -> dict[str, Any]:
    """Say how a model's bundled weights are trained, as far as this machine can."""
    corpora_here = mix(name)
    return {"precision": "bf16-mixed", **({"data": corpora_here} if corpora_here else {})}


def ordered(wanted: Iterable[str], preset: str) -> list[str]:
    """Put models after those that they need, to be trained or to be measured; these are added."""
    order: list[str] = []

    def visit(name: str, waiting: tuple[str, ...] = ()) -> None:
        if name in waiting:
            raise MelonbError(f"{name} needs itself, by way of {', '.join(waiting)}")
        model = find(name)
        judge = _JUDGES.get(name.split("/")[0], name)
        needs = model.paper.recipe(model.short, preset).needs
        for need in (*needs, judge) if judge != name else needs:
            visit(need, (*waiting, name))
        if name not in order:
            order.append(name)

    for name in wanted:
        visit(name)
    return order


def estimate(name: str, preset: str, **changes: Any) -> Estimate:
    """Take a few steps with a model, on its own data, and see how long they take."""
    model = find(name)
    recipe: Recipe = model.paper.recipe(model.short, preset, **changes)
    probe = recipe.replace(steps=_PROBE_STEPS, log_every=1, validate_every=_PROBE_STEPS)
    with tempfile.TemporaryDirectory() as folder:
        needs = {need: _untrained(need, preset, Path(folder)) for need in recipe.needs}
        task = model.paper.task(probe, needs=needs)
        spent = _time_validation(task)
        run = fit(probe, task, progress=False)
    clock = run.series("seconds").values[1:]  # the first step also warms up
    steps = [after - before for before, after in itertools.pairwise(clock)]
    return Estimate(name, recipe.steps, statistics.median(steps), spent[-1], recipe.validate_every)


def _time_validation(task: Any) -> list[float]:
    """Make a task note how long its validations take."""
    spent: list[float] = []
    validate = task.validate

    def timed(net: Any) -> dict[str, float]:
        begun = time.monotonic()
        figures: dict[str, float] = validate(net)
        spent.append(time.monotonic() - begun)
        return figures

    task.validate = timed
    return spent


def finish(name: str, preset: str, results: Path, weights: Path) -> dict[str, Any]:
    """Bundle a trained model; measure it on each of its corpora and write its results.

    What is bundled is what is measured: packing may move a figure by a hair.
    """
    folder = run_folder(name, preset)
    about = read_checkpoint(folder).about
    mark = folder / "measured.json"
    stamp = {"step": about["step"], "date": folder.joinpath("best.safetensors").stat().st_mtime_ns}
    row = {"model": name, "score": about["best"]["score"], "bundled": preset == "book"}
    if mark.exists() and mark.read_text() == _text(stamp):
        return row
    # What rebuilds a figure is said with it, whatever the program that measured it was called by.
    command = f"melonb measure {name}" + ("" if preset == "book" else " --weights RUN")
    source = folder if preset != "book" else _bundle(name, folder, weights)
    together = _saying(command, measure(name, weights=source))
    paper = name.split("/")[0]
    place = results / paper if preset == "book" else results / paper / preset
    for result in together:
        result.save(place)
    apart: list[Result] = []
    for corpus in about["data"]:
        if len(about["data"]) > 1:
            try:
                measured = measure(name, weights=source, data=corpus, limit=_PART)
            except MelonbError:
                continue  # a corpus may hold no music of this kind, such as melodies in groove
            apart += _saying(f"{command} --data {corpus} --limit {_PART}", measured)
    if preset == "book":
        others = [Result.load(path) for path in place.glob("*.json")]
        tell(source, [*together, *apart], missed(together, others))
    write_json(mark, stamp)
    return row


def _saying(command: str, measured: Measured) -> list[Result]:
    return [dataclasses.replace(result, command=command) for result in measured.results]


def _bundle(name: str, run: Path, weights: Path) -> Path:
    """Pack a run as small as its first figure allows; give the file."""
    model = find(name)
    source = corpora.mix(read_checkpoint(run).about["data"])

    def score(net: nn.Module) -> float:
        first = model.paper.measure(model.short, net, source, limit=_GLANCE)[0]
        return float(first.value) if is_higher_better(first.figure) else -first.value

    try:
        bundle(run, name, packing="int8", score=score, folder=weights)
    except CheckpointError:
        bundle(run, name, packing="half", score=score, folder=weights)
    return bundled_file(name, "book", weights)


def _untrained(name: str, preset: str, folder: Path) -> Path:
    """Write fresh weights: as slow as trained ones, which is all that a probe asks."""
    model = find(name)
    recipe = model.paper.recipe(model.short, preset)
    net = model.paper.build(model.short, preset, **recipe.size)
    path = folder / f"{model.short}.safetensors"
    about = {"model": name, "preset": preset, "recipe": recipe.to_dict()}
    write_checkpoint(path, net.state_dict(), about)
    return path


def _results() -> Path:
    return project() / "results"


def _text(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


def _time(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"
