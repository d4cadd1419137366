"""The chapter's results that a model's own measures do not give, by one command.

``python -m melonb.ec2vae.report`` draws Figure 3's curves from the cards beside the weights.  With
``--negatives STEPS`` it trains the 4-bar model twice instead, with the equation's negatives and
with those of the authors' code, and compares them on held-out songs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from melonb import corpora
from melonb.ec2vae import MODELS
from melonb.ec2vae.data import Trainable, task
from melonb.ec2vae.experiments import reconstruction, training_curve, transposition
from melonb.ec2vae.held_out import phrases
from melonb.ec2vae.presets import recipe
from melonb.training.loop import fit
from melonb.training.record import Result

__all__ = ["curves", "negatives"]

_KINDS = {"ours": "batch", "published": "published"}
_MODEL = "4bar"


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


def negatives(
    two_bars: Path,
    data: Sequence[str],
    steps: int,
    *,
    preset: str = "book",
    seed: int = 0,
    limit: int | None = None,
) -> Result:
    """Train the 4-bar model with each kind of negatives, all else equal, and measure both.

    Parameters
    ----------
    two_bars
        Weights of the 2-bar model that both start from.
    data, steps, preset, seed
        Of both runs.
    limit
        The most windows to measure on.
    """
    rows: list[dict[str, Any]] = []
    for name, kind in _KINDS.items():
        plan = recipe(
            _MODEL,
            preset,
            data=tuple(data),
            steps=steps,
            seed=seed,
            precision="bf16-mixed",
            objective={"negatives": kind},
        )
        run = fit(plan, task(plan, needs={"ec2vae/2bar": two_bars}), progress=False)
        net = cast(Trainable, run.model).net
        device = next(net.parameters()).device
        held_out = phrases(corpora.mix(data), 4, limit=limit, seed=seed, device=device)
        found = {result.figure: result for result in reconstruction(_MODEL, net, held_out, seed)}
        accuracy = found["accuracy"]
        low, high = accuracy.interval or (None, None)
        rows.append(
            {
                "negatives": name,
                "steps": steps,
                "accuracy": accuracy.value,
                "low": low,
                "high": high,
                "rhythm": found["accuracy-rhythm"].value,
                "transposition ratio": transposition(_MODEL, net, held_out).value,
            }
        )
    result = Result(
        "negatives", f"ec2vae/{_MODEL}", "negatives: ours against the published", rows=tuple(rows)
    )
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
    parser.add_argument("--negatives", type=int, metavar="STEPS")
    options = parser.parse_args()
    if options.negatives:
        two_bars = options.weights / "2bar.safetensors"
        results = [negatives(two_bars, options.data.split("+"), options.negatives)]
    else:
        results = curves(options.weights)
    for result in results:
        print(result.save(options.out))


if __name__ == "__main__":
    main()
