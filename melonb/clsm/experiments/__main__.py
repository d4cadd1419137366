"""Make the chapter's result files: ``python -m melonb.clsm.experiments --runs FOLDER``.

Measures the five models, and both planes with every grid point that lies in the folder of runs:
``clsm-0.004``, ``vae-1`` and so on, as `grid.train_point` leaves them. ``--train`` makes those that
are missing.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from melonb import corpora
from melonb.clsm.experiments.grid import BETAS, GAMMAS, train_point
from melonb.clsm.experiments.held import Held, hold
from melonb.clsm.experiments.measuring import load_net, measure
from melonb.clsm.experiments.planes import Point, planes
from melonb.clsm.judge import Judge
from melonb.clsm.presets import MODELS
from melonb.training.checkpoint import read_checkpoint

_GRIDS = {"clsm": BETAS, "vae": GAMMAS}
_OWN = {"clsm": 0.012, "vae": 0.4, "arnn": None, "arnn-t": None}


def main() -> None:
    """Read the command line and write the files."""
    parser = argparse.ArgumentParser(prog="melonb.clsm.experiments", description=__doc__)
    parser.add_argument("--runs", type=Path, required=True, help="runs named as the models are")
    parser.add_argument("--out", type=Path, default=Path("results/clsm"))
    parser.add_argument("--data", default="lakh")
    parser.add_argument("--limit", type=int, help="phrases, 1000 as in the paper if left out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--train", action="store_true", help="train what the grids lack")
    parser.add_argument("--planes", action="store_true", help="leave each model's own figures be")
    options = parser.parse_args()

    corpus = corpora.load(options.data)
    judge = load_net("judge", options.runs / "judge")
    assert isinstance(judge, Judge)
    # Where the runs lie is nobody's business; all else that was asked for is.
    command = f"python -m melonb.clsm.experiments --runs RUNS --data {options.data}"
    command += f" --limit {options.limit}" if options.limit else ""
    command += f" --seed {options.seed}" if options.seed else ""
    command += "".join(f" --{name}" for name in ("train", "planes") if getattr(options, name))
    facts = {"data": corpus.name, "data_hash": corpus.hash, "command": command}
    for model in () if options.planes else MODELS:
        run = options.runs / model
        about = {**facts, "budget": budget_of(run), "preset": read_checkpoint(run).about["preset"]}
        for result in measure(
            model,
            load_net(model, run),
            corpus,
            limit=options.limit,
            seed=options.seed,
            judge=judge,
        ):
            result.stamp(**about).save(options.out)
    if options.train:
        train_grids(options.runs, options.data)
    held: Held = hold(corpus, limit=options.limit, seed=options.seed)
    planes(points(options.runs), held, judge, options.seed).stamp(**facts).save(options.out)


def budget_of(run: Path) -> dict[str, Any]:
    """Read off a run what it cost, and whether it began from nothing."""
    card = json.loads((run / "card.json").read_text())
    goes_on = card["recipe"]["objective"].get("anneal") == 0  # as `train_point` has it
    return {
        "steps": card["step"],
        "batch_size": card["recipe"]["batch_size"],
        "seconds": round(card["seconds"]),
        "from": "a trained model" if goes_on else "the start",
    }


def points(runs: Path) -> list[Point]:
    """Load every point of the planes that has been trained."""
    found = [
        Point(model, weight, load_net(model, runs / model), budget_of(runs / model))
        for model, weight in _OWN.items()
    ]
    for model in _GRIDS:
        for run in sorted(runs.glob(f"{model}-0*")) + sorted(runs.glob(f"{model}-[1-9]*")):
            weight = read_checkpoint(run).about["recipe"]["objective"]["weight"]
            found.append(Point(model, weight, load_net(model, run), budget_of(run)))
    return found


def train_grids(runs: Path, data: str) -> None:
    """Train every point of the paper's grids from the start."""
    for model, weights in _GRIDS.items():
        for weight in weights:
            if weight != _OWN[model]:
                train_point(model, weight, runs / f"{model}-{weight:g}", data=(data,))


if __name__ == "__main__":
    main()
