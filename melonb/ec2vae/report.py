"""The chapter's results that a model's own measures do not give, by one command.

``python -m melonb.ec2vae.report`` draws Figure 3's curves from the cards beside the weights.  With
``--negatives STEPS`` it trains the 4-bar model twice instead, with the equation's negatives and
with those of the authors' code, and compares them on held-out songs; with ``--starts STEPS`` the
8-bar one four times, from the 2-bar and from the 4-bar model, with contrast and without.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from melonb import corpora
from melonb.ec2vae import MODELS
from melonb.ec2vae.data import Trainable, task
from melonb.ec2vae.experiments import reconstruction, training_curve, transposition
from melonb.ec2vae.held_out import phrases
from melonb.ec2vae.presets import kind_of, recipe
from melonb.training.loop import fit
from melonb.training.record import Result

__all__ = ["compared", "curves", "negatives", "starts"]

_KINDS = {"ours": "batch", "published": "published"}


def curves(weights: Path) -> list[Result]:
    """Figure 3: the held-out accuracy of each model while it was trained, from its card."""
    drawn = []
    for model in MODELS:
        path = weights / f"{model}.json"
        if not path.exists():
            continue
        card = json.loads(path.read_text())
        budget = {
            "steps": card["steps"],
            "batch_size": card["recipe"]["batch_size"],
            "seconds": card["seconds"],
        }
        curve = training_curve(model, card["curve"])
        known = {"data": "+".join(card["recipe"]["data"]), "data_hash": card["data_hash"]}
        drawn.append(curve.stamp(**known, preset=card["preset"], budget=budget))
    return drawn


def negatives(weights: Path, data: Sequence[str], steps: int, **same: Any) -> Result:
    """Train the 4-bar model with each kind of negatives, all else equal, and measure both.

    Parameters
    ----------
    weights
        Folder of the models to build on, as they come with melonb.
    data, steps, same
        See `compared`.
    """
    arms = {name: {"negatives": kind} for name, kind in _KINDS.items()}
    title = "negatives: ours against the published"
    return compared("4bar", arms, weights, data, steps, name="negatives", title=title, **same)


def starts(weights: Path, data: Sequence[str], steps: int, **same: Any) -> Result:
    """Train the 8-bar model from either shorter one, with contrast and without, and measure all.

    The parameters are those of `negatives`.
    """
    arms = {
        f"{start}, {'contrast' if contrast else 'no contrast'}": {
            "start": start,
            "contrast": contrast,
        }
        for start in ("2bar", "4bar")
        for contrast in (False, True)
    }
    title = "first weights and contrast, each with and without the other"
    return compared("8bar-long", arms, weights, data, steps, name="start", title=title, **same)


def compared(
    model: str,
    arms: Mapping[str, Mapping[str, Any]],
    weights: Path,
    data: Sequence[str],
    steps: int,
    *,
    name: str,
    title: str,
    preset: str = "book",
    seed: int = 0,
    limit: int | None = None,
) -> Result:
    """Train one model several times, all else equal, and measure each on held-out songs.

    Parameters
    ----------
    model
        Its short name.
    arms
        What is said of a run -> what its objective has of its own.
    weights
        Folder of the models to build on.
    data, steps, preset, seed
        Of every run.
    name, title
        Of the result, and what its first column is called.
    limit
        The most windows to measure on.
    """
    needs = {f"ec2vae/{earlier}": weights / f"{earlier}.safetensors" for earlier in MODELS}
    rows: list[dict[str, Any]] = []
    for arm, objective in arms.items():
        plan = recipe(
            model,
            preset,
            data=tuple(data),
            steps=steps,
            seed=seed,
            precision="bf16-mixed",
            objective=dict(objective),
        )
        run = fit(plan, task(plan, needs=needs), progress=False)
        net = cast(Trainable, run.model).net
        device = next(net.parameters()).device
        bars = kind_of(model).bars
        held_out = phrases(corpora.mix(data), bars, limit=limit, seed=seed, device=device)
        found = {result.figure: result for result in reconstruction(model, net, held_out, seed)}
        accuracy = found["accuracy"]
        low, high = accuracy.interval or (None, None)
        rows.append(
            {
                name: arm,
                "steps": steps,
                "accuracy": accuracy.value,
                "low": low,
                "high": high,
                "rhythm": found["accuracy-rhythm"].value,
                "transposition ratio": transposition(model, net, held_out).value,
            }
        )
    result = Result(name, f"ec2vae/{model}", title, rows=tuple(rows))
    budget = {"steps": steps, "batch_size": plan.batch_size}
    known = {"data": "+".join(data), "data_hash": held_out.hash, "seed": seed, "preset": preset}
    return result.stamp(**known, budget=budget, songs=len(set(held_out.songs.tolist())))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="nottingham+pop909")
    parser.add_argument(
        "--weights", type=Path, default=Path(__file__).parents[1] / "weights/ec2vae"
    )
    parser.add_argument("--out", type=Path, default=Path("results/ec2vae"))
    trials = {"negatives": negatives, "starts": starts}
    for trial in trials:
        parser.add_argument(f"--{trial}", type=int, metavar="STEPS")
    options = parser.parse_args()
    asked = {trial: steps for trial in trials if (steps := getattr(options, trial))}
    data = options.data.split("+")
    results = [trials[trial](options.weights, data, steps) for trial, steps in asked.items()]
    for result in results or curves(options.weights):
        print(result.save(options.out))


if __name__ == "__main__":
    main()
