"""What information costs and what it buys, by one command.

``python -m melonb.musicvae.frontier --data lakh --steps 2500`` trains the 2-bar melody model once
for each allowance of free bits, all else equal, and writes ``results/musicvae/frontier.json``:
how many bits a melody's point then holds, how much of the melody comes back, and how odd
melodies are that are drawn from the prior.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from melonb import corpora
from melonb.musicvae import recipe, task
from melonb.musicvae.experiments import measure
from melonb.musicvae.model import MusicVAE
from melonb.training.loop import fit
from melonb.training.record import Result

__all__ = ["ALLOWANCES", "columns", "frontier", "main"]

ALLOWANCES = (12.0, 48.0, 96.0, 192.0)
_MODEL = "mel-2bar"
_READ = {
    "bits": "bits",
    "teacher-forced": "accuracy-melody-teacher-forced",
    "sampled": "accuracy-melody-sampled",
    "samples cost": "samples-cost",
}


def frontier(
    data: Sequence[str],
    steps: int,
    *,
    allowances: Sequence[float] = ALLOWANCES,
    preset: str = "book",
    seed: int = 0,
    limit: int | None = None,
) -> Result:
    """Train at each allowance of free bits, and measure on held-out songs.

    The KL weight is 1, so that a bit beyond the allowance is kept only if it saves a bit of
    reconstruction.

    Parameters
    ----------
    data, steps, preset, seed
        Of every run.
    allowances
        Free bits, one run each.
    limit
        The most windows to measure on.
    """
    source = corpora.mix(data)
    rows = []
    for bits in allowances:
        plan = recipe(
            _MODEL,
            preset,
            data=tuple(data),
            steps=steps,
            seed=seed,
            validate_every=steps,
            objective={"free_bits": bits, "beta": 1.0},
        )
        net = cast(MusicVAE, fit(plan, task(plan), progress=False).model)
        rows.append(
            {"free bits": bits, **columns(measure(_MODEL, net, source, limit=limit), _READ)}
        )
    known = {"data": source.name, "data_hash": source.hash, "seed": seed, "preset": preset}
    budget = {"steps": steps, "batch_size": plan.batch_size}
    name, model = "frontier", f"musicvae/{_MODEL}"
    result = Result(name, model, "information against accuracy and samples", rows=tuple(rows))
    return result.stamp(**known, budget=budget)


def columns(results: Iterable[Result], read: Mapping[str, str]) -> dict[str, Any]:
    """Write figures as the cells of a row: column -> figure, with its interval where it has one."""
    figures = {result.figure: result for result in results}
    row: dict[str, Any] = {}
    for column, figure in read.items():
        found = figures[figure]
        row[column] = found.value
        if found.interval:
            row[f"{column} low"], row[f"{column} high"] = found.interval
    return row


def main(
    experiment: Callable[..., Result], about: str, steps: int, paths: Sequence[str] = ()
) -> None:
    """Run an experiment from the command line; ``paths`` are options that it needs, all files."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--data", default="lakh", help="several are joined by +")
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--out", type=Path, default=Path("results/musicvae"))
    parser.add_argument("--limit", type=int, help="the most windows to measure on")
    for name in paths:
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    files = {name: getattr(options, name) for name in paths}
    result = experiment(options.data.split("+"), options.steps, limit=options.limit, **files)
    print(result.save(options.out))


if __name__ == "__main__":
    main(frontier, __doc__, steps=2500)
