"""Training a model by its name: its recipe, its data, what it needs first, its run's folder."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from melonb.corpora.lock import locked
from melonb.errors import CheckpointError, RecipeError
from melonb.files import read_json
from melonb.training import Recipe, Run, fit
from melonb.training.checkpoint import Checkpoint, facts, read_checkpoint
from melonb.training.log import Progress
from melonb.weights.cards import bundled_file
from melonb.weights.loading import weights_path
from melonb.weights.registry import find, run_folder

__all__ = ["finished", "needed", "recipe_of", "report", "summary", "train"]


def train(
    name: str,
    *,
    preset: str | None = None,
    run: Path | str | None = None,
    resume: bool = False,
    devices: int = 1,
    progress: Progress = True,
    seconds: float | None = None,
    needs: Mapping[str, Path] | None = None,
    more: int | None = None,
    peak: float | None = None,
    **changes: Any,
) -> Run:
    """Train a model.

    Parameters
    ----------
    name
        ``<paper>/<model>``.
    preset
        ``book`` by default; a resumed run knows its own.
    run
        The run's folder; by default one in melonb's home.
    resume, devices, progress, seconds
        As `melonb.training.fit` takes them.
    needs
        Weights of models that must be trained first; what is not named is found, or trained.
    more
        Go on with the folder's run, or the bundled weights where it has none, for this many steps.
    peak
        Where the learning rate of these steps starts, if not where it did before.
    **changes
        Fields of the recipe.
    """
    folder = Path(run) if run is not None else run_folder(name, preset or "book")
    _enough(devices)
    if folder.exists() and not folder.is_dir():
        raise RecipeError("is no folder", file=folder, remedy="name a folder with --run")
    going_on = (folder / "last.safetensors").exists()
    if run is not None and resume and not going_on:
        print(f"{folder} holds no run yet: one begins there", file=sys.stderr)
    start = None if more is None or going_on else _bundled(name, preset or "book")
    if start is not None:
        recipe = Recipe.from_json(start.about["recipe"]).replace(**changes)
    else:
        recipe = recipe_of(name, preset, folder if resume or more else None, changes)
    if more is not None:
        if going_on:  # a recipe may ask for more or fewer steps than the run has taken
            stands = read_checkpoint(folder / "last.safetensors").about.get("step", 0)
            if not finished(folder):
                raise RecipeError(
                    f"holds a run that stopped after {stands:,} of {recipe.steps:,} steps",
                    file=folder,
                    remedy="let it end first, with --resume",
                )
            recipe = recipe.replace(steps=stands)
        recipe, resume = recipe.further(more, peak), True
    paths = {**needed(recipe, devices, progress), **(needs or {})} if recipe.needs else {}
    task = find(name).paper.task(recipe, needs=paths)
    how: dict[str, Any] = {"devices": devices, "progress": progress, "seconds": seconds}
    with _alone(folder):
        return fit(recipe, task, folder, resume=resume, start=start, **how)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a run to one program, whose first process speaks for all of them."""
    if {os.environ.get(name, "0") for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID")} != {"0"}:
        yield
        return
    lock = folder / ".lock"
    try:
        with locked(lock, wait=False):
            yield
    except BlockingIOError as error:
        raise RecipeError(
            "is being trained by another program",
            file=folder,
            remedy="wait for it to end, or name another folder with --run",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            if list(folder.iterdir()) == [lock]:  # nothing came of it
                lock.unlink()
                folder.rmdir()


def _enough(devices: int) -> None:
    """Refuse more devices than this machine has, unless a launcher says where the others are."""
    launched = "TORCHELASTIC_RUN_ID" in os.environ or "SLURM_NTASKS" in os.environ
    have = torch.cuda.device_count() or os.cpu_count() or 1
    if devices > have and not launched:
        raise RecipeError(
            f"{devices} devices are more than this machine has",
            remedy=f"ask for {have} at most",
        )


def recipe_of(
    name: str, preset: str | None, folder: Path | None, changes: Mapping[str, Any]
) -> Recipe:
    """Find the recipe: the one that a run was begun with, or the paper's, with changes."""
    model = find(name)
    begun = folder / "recipe.json" if folder is not None else None
    if begun is None or not begun.exists():
        fresh: Recipe = model.paper.recipe(model.short, preset or "book", **changes)
        return fresh
    try:
        recipe = Recipe.from_json(read_json(begun))
    except (RecipeError, RecursionError, TypeError) as error:
        reason = error.message if isinstance(error, RecipeError) else error
        raise RecipeError(
            f"is damaged ({reason})", file=begun, remedy="begin another run with --run"
        ) from error
    if recipe.model != name:
        raise RecipeError(
            f"holds a run of {recipe.model}", file=folder, remedy="name another folder with --run"
        )
    return recipe.replace(**changes, **({"preset": preset} if preset else {}))


def _bundled(name: str, preset: str) -> Checkpoint:
    """Give the weights that come with melonb as something to begin with."""
    path = weights_path(name, preset)
    known = facts(path)
    left = f"weights bundled after {known['steps']:,} steps, sha256 {known['sha256'][:16]}"
    earlier = known.get("origin")
    origin = f"{earlier}; {left}" if earlier else left
    print(f"{name} goes on from its {left}", file=sys.stderr)
    about = {**known, "step": known["steps"], "origin": origin}
    return Checkpoint(read_checkpoint(path).tensors, about)


def needed(recipe: Recipe, devices: int = 1, progress: Progress = True) -> dict[str, Path]:
    """Find the weights of the models that a recipe needs; train those that are not there.

    Which they are is said on standard error.
    """
    found: dict[str, Path] = {}
    for name in recipe.needs:
        folder = run_folder(name, recipe.preset)
        bundled = bundled_file(name, recipe.preset)
        if finished(folder) or bundled.exists():
            found[name] = folder if finished(folder) else bundled
            print(f"{recipe.model} builds on {name}: {found[name]}", file=sys.stderr)
        elif devices > 1:
            raise RecipeError(
                f"{recipe.model} needs {name}, which is not trained",
                remedy=f"run `melonb train {name} --preset {recipe.preset}` first",
            )
        else:
            print(f"{recipe.model} needs {name}, which is trained first", file=sys.stderr)
            run = train(
                name, preset=recipe.preset, resume=True, progress=progress, data=recipe.data
            )
            if run.stopped == "interrupt":  # what it has learned so far is not what was asked for
                raise KeyboardInterrupt
            found[name] = folder
    return found


def finished(folder: Path) -> bool:
    """Say whether a run came to its end."""
    try:
        about = read_checkpoint(folder / "last.safetensors").about
        recipe = Recipe.from_json(about["recipe"])
        return bool(
            (folder / "best.safetensors").exists()
            and (about["step"] >= recipe.steps or about["stale"] >= (recipe.patience or 10**9))
        )
    except (CheckpointError, KeyError):
        return False


def report(run: Run) -> dict[str, Any]:
    """Say how a run went, as JSON values."""
    best = run.best
    return {
        "model": run.recipe.model,
        "preset": run.recipe.preset,
        "data": list(run.recipe.data),
        "run": str(run.folder),
        "steps": run.place.step,
        "seconds": round(run.place.seconds, 2),
        "stopped": run.stopped,
        "score": best.score if best else None,
        "figures": best.figures if best else {},
    }


_ENDS = {
    "steps": "at its end",
    "seconds": "out of time",
    "patience": "no longer better",
    "interrupt": "stopped",
}


def summary(run: Run) -> str:
    """Say how a run went, in a line."""
    figures = run.best.figures if run.best else {}
    named = {name: value for name, value in figures.items() if name != "score"} or figures
    best = ", ".join(f"{name} {value:.4g}" for name, value in named.items())
    return (
        f"{run.folder}: {_ENDS[run.stopped]} after {run.place.step:,} steps on "
        f"{'+'.join(run.recipe.data)}, {run.place.seconds:.0f} s"
        f"{f'; best so far: {best}' if best else ''}"
    )
