"""All result files of the chapter, by one command.

``python -m melonb.loopvq.report --data lakh`` measures the five bundled models (or those under
``--runs``) and writes ``results/loopvq/*.json``.  With ``--sizes STEPS`` it trains, in place of
that, the six VQ-VAEs of the paper's (l, L, K) table, each for that many steps; with ``--openings
STEPS`` an LSTM-VAE twice, with and without the openings that its training begins with; with
``--lags STEPS`` the prior twice, told what stood some bars ago and not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from melonb import corpora
from melonb.corpora.corpus import Corpus
from melonb.corpora.windows import Windows
from melonb.loopvq import MODELS, build, recipe, task
from melonb.loopvq.data import LoopBank, encode_all
from melonb.loopvq.experiments import (
    accuracy,
    extraction_report,
    novelty,
    reconstruction,
    usage,
)
from melonb.loopvq.metrics import generated, metric_rows, played, training_row
from melonb.measures.accuracy import by_song
from melonb.training.checkpoint import budget, facts, load_into, read_checkpoint
from melonb.training.loop import fit
from melonb.training.record import Result

__all__ = [
    "PAPER_SIZES",
    "budgets",
    "deaf",
    "first_bars",
    "heard_repeats",
    "latent_sizes",
    "load_nets",
    "report",
]

#: The paper's second table: (l, L, K) -> reconstruction error.
PAPER_SIZES = {
    (32, 16, 256): 6.05e-3,
    (32, 16, 512): 5.11e-3,
    (32, 32, 512): 5.06e-3,
    (64, 16, 256): 3.89e-3,
    (64, 16, 512): 3.33e-3,
    (64, 32, 512): 3.02e-3,
}
_GENERATING = ("lstm-ar", "lstm", "cnn", "prior")  # in the order of the paper's table
_PAPER_HAMMING = 4.43e-4
_PAPER_LOOPS_PER_FILE = 1.32
_WEIGHTS = Path(__file__).parents[1] / "weights/loopvq"
_NOVELTY = 512  # generated loops that are compared with every training loop


def load_nets(runs: Path) -> dict[str, nn.Module]:
    """Load the models that a folder holds: ``vq``, ``prior`` ..., as runs or weights files."""
    nets = {}
    for model, file in _files(runs).items():
        checkpoint = read_checkpoint(file)
        about = checkpoint.about
        net = build(model, about["preset"], **about["recipe"]["size"])
        load_into(net, checkpoint.tensors)
        nets[model] = net.eval()
    return nets


def budgets(runs: Path) -> dict[str, dict[str, Any]]:
    """Say what the models that a folder holds cost to train: steps, batch size and seconds."""
    return {model: budget(facts(file)) for model, file in _files(runs).items()}


def _files(runs: Path) -> dict[str, Path]:
    """Find the models in a folder, by name: ``vq.safetensors``, or a run called ``vq``."""
    found = {}
    for model in MODELS:
        places = [runs / f"{model}.safetensors", runs / model / "best.safetensors"]
        file = next((place for place in places if place.exists()), None)
        if file is not None:
            found[model] = file
    return found


def report(
    nets: Mapping[str, Any],
    source: Corpus,
    *,
    loops: int | None = None,
    seed: int = 0,
    costs: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Result]:
    """Take every figure of the chapter that needs no further training.

    Parameters
    ----------
    nets
        The models by name; ``vq`` and ``prior`` at least.
    loops
        How many each generates for the metric tables; as in the paper, by default as many as
        there are training loops.
    costs
        What training each model took, from `budgets`: every result says what its models cost.
    """
    held_out = source.windows("loop", 8, split="test", unique=False)
    training = source.windows("loop", 8, split="train", unique=False)
    bank, prior = LoopBank(training), nets["prior"]
    codes = encode_all(prior.vq, bank).numpy()
    rolls = np.concatenate([bank.rolls(index).numpy() > 0 for index in bank.chunks()])

    rebuilding = [model for model in nets if model != "prior"]
    results = [reconstruction(model, nets[model], held_out, seed=seed) for model in rebuilding]
    results.append(accuracy(prior, held_out, seed=seed))
    rows = [training_row(rolls, codes)]
    for model in (name for name in _GENERATING if name in nets):
        rows += metric_rows(model, nets[model], loops or len(training), codes, seed=seed)
    seen = tuple(usage(nets["vq"], training))
    results.append(Result("usage", "loopvq/vq", "codes at each latent step", rows=seen))
    paid = costs or {}
    results = [one.stamp(budget=paid.get(one.model.split("/")[1], {})) for one in results]

    every = {model: dict(paid[model]) for model in _GENERATING if model in paid}
    drawn = {"loops": loops or len(training)} | every
    tables = {"metrics": "metric table", "metrics-copied": "metric table, codes copied"}
    for name, figure in tables.items():
        kept = tuple(row for row in rows if row["copied"] == (name != "metrics"))
        results.append(Result(name, "loopvq/prior", figure, rows=kept, budget=drawn))
    results.append(_novelty(nets, held_out, rolls, seed).stamp(budget={"loops": _NOVELTY} | every))
    results.append(deaf(rolls, held_out, seed=seed))
    known = {"data": source.name, "data_hash": held_out.hash, "seed": seed, "preset": "book"}
    return [result.stamp(**known) for result in results]


def _novelty(nets: Mapping[str, Any], held_out: Any, rolls: Any, seed: int) -> Result:
    """Distance to the nearest training loop: of held-out loops, and of loops of each model."""
    bank = LoopBank(held_out.subset(slice(None, None, max(1, len(held_out) // _NOVELTY))))
    held = np.concatenate([bank.rolls(index).numpy() > 0 for index in bank.chunks()])
    loops = {"held-out songs": held}
    for model in (name for name in _GENERATING if name in nets):
        loops[model] = played(nets[model], generated(nets[model], _NOVELTY, seed=seed))
    rows = []
    for who, made in loops.items():
        apart = novelty(made, rolls)
        rows.append({"who": who, "mean": float(apart.mean()), "copies": float((apart == 0).mean())})
    figure = "Hamming distance to the nearest training loop"
    return Result("novelty", "loopvq/prior", figure, rows=tuple(rows))


def deaf(rolls: NDArray[np.bool_], held_out: Windows, *, seed: int = 0) -> Result:
    """Take the error of two answers that hear nothing: silence, and the commonest cells."""
    bank = LoopBank(held_out)
    truth = np.concatenate([bank.rolls(index).numpy() > 0 for index in bank.chunks()])
    answers = {"silence": np.zeros_like(rolls[0]), "the commonest cells": rolls.mean(0) > 0.5}
    rows = []
    for who, answer in answers.items():
        found = by_song((truth != answer).mean((1, 2)), held_out.songs, seed=seed)
        rows.append({"who": who, "error": found.value, "low": found.low, "high": found.high})
    return Result("deaf", "loopvq/vq", "error of what hears nothing", rows=tuple(rows))


def extraction(source: Corpus, files: int) -> Result:
    """Loops of a whole corpus, at both readings of the paper's stride."""
    rows = tuple(
        extraction_report(source, files, stride=stride)
        | {"paper_hamming": _PAPER_HAMMING, "paper_loops_per_file": _PAPER_LOOPS_PER_FILE}
        for stride in (1, 8)
    )
    result = Result("extraction", "loopvq/vq", "loops by the paper's rules", rows=rows, split="all")
    return result.stamp(data=source.name, data_hash=source.hash)


def latent_sizes(data: tuple[str, ...], steps: int, *, seed: int = 0) -> Result:
    """Train the VQ-VAE at each (l, L, K) of the paper's table, all with one budget."""
    trials = [
        (
            {"l": length, "L": size, "K": codes, "paper": reported},
            {"size": {"steps": length, "size": size, "codes": codes}, "batch_size": 64},
        )
        for (length, size, codes), reported in PAPER_SIZES.items()
    ]
    return _tried("latent-sizes", "vq", trials, data, steps, seed)


def first_bars(data: tuple[str, ...], steps: int, *, seed: int = 0) -> Result:
    """Train the LSTM-VAE that writes all steps at once with and without openings."""
    plan = recipe("lstm", data=data, steps=steps)
    whole: dict[str, Any] = {"batch_size": plan.batch_size}
    trials = [
        ({"openings": True}, whole | {"openings": plan.openings}),
        ({"openings": False}, whole | {"openings": ()}),
    ]
    return _tried("openings", "lstm", trials, data, steps, seed)


def heard_repeats(data: tuple[str, ...], steps: int, *, seed: int = 0) -> Result:
    """Train the prior with its lags, and without as the paper's, on the bundled VQ-VAE's codes."""
    trials: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"lags": True}, {}),
        ({"lags": False}, {"size": {"lags": ()}}),
    ]
    return _tried("lags", "prior", trials, data, steps, seed)


def _tried(
    name: str,
    model: str,
    trials: Sequence[tuple[dict[str, Any], dict[str, Any]]],
    data: tuple[str, ...],
    steps: int,
    seed: int,
) -> Result:
    """Train a model once for each trial, a row's first cells and what it changes in the recipe."""
    column, measured = _measures(model)
    held_out = corpora.mix(data).windows("loop", 8, split="test", unique=False)
    fixed: dict[str, Any] = {
        "steps": steps,
        "seed": seed,
        "validate_every": steps,
        "precision": "bf16-mixed",
    }
    rows = []
    for cells, changes in trials:
        plan = recipe(model, data=data, **fixed, **changes)
        needs = {"loopvq/vq": _WEIGHTS / "vq.safetensors"} if plan.needs else None
        found = measured(fit(plan, task(plan, needs=needs), progress=False).model, held_out)
        low, high = found.interval or (0.0, 0.0)
        rows.append(cells | {column: found.value, "low": low, "high": high})
    figure = f"{found.figure}, of {len(rows)} runs"
    return Result(name, f"loopvq/{model}", figure, rows=tuple(rows)).stamp(
        data="+".join(data),
        data_hash=held_out.hash,
        budget={"steps": steps, "batch_size": plan.batch_size},
        seed=seed,
        preset="book",
    )


def _measures(model: str) -> tuple[str, Callable[[Any, Windows], Result]]:
    """Name the figure that tells how good a model is, and how it is taken."""
    if model == "prior":
        return "accuracy", accuracy
    return "error", lambda net, held_out: reconstruction(model, net, held_out)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="lakh")
    parser.add_argument("--runs", type=Path, default=_WEIGHTS)
    parser.add_argument("--out", type=Path, default=Path("results/loopvq"))
    parser.add_argument("--loops", type=int, help="how many each model generates")
    parser.add_argument("--sizes", type=int, metavar="STEPS")
    parser.add_argument("--openings", type=int, metavar="STEPS")
    parser.add_argument("--lags", type=int, metavar="STEPS")
    options = parser.parse_args()
    source = corpora.load(options.data)
    trials = {
        latent_sizes: options.sizes,
        first_bars: options.openings,
        heard_repeats: options.lags,
    }
    if any(trials.values()):
        results = [run((options.data,), steps) for run, steps in trials.items() if steps]
    else:
        nets, costs = load_nets(options.runs), budgets(options.runs)
        results = report(nets, source, loops=options.loops, costs=costs)
        results.append(extraction(source, corpora.card(options.data)["files"]))
    for result in results:
        print(result.save(options.out))


if __name__ == "__main__":
    main()
