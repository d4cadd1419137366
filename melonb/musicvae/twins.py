"""Who gains from openings, the hierarchical decoder or its flat twin?  By one command.

``python -m melonb.musicvae.twins --data lakh --steps 1000`` trains the 16-bar melody model and
its flat twin, each with and without the openings that book-size training begins with, and
writes ``results/musicvae/twins.json``: how much of a held-out melody comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from melonb import corpora
from melonb.musicvae import recipe, task
from melonb.musicvae.experiments import reconstruction
from melonb.musicvae.frontier import columns, main
from melonb.musicvae.model import MusicVAE
from melonb.musicvae.presets import SHARES
from melonb.training import openings
from melonb.training.loop import fit
from melonb.training.record import Result

__all__ = ["twins"]

_TWINS = ("mel-16bar", "mel-16bar-flat")
_READ = {
    "teacher-forced": "accuracy-melody-teacher-forced",
    "sampled": "accuracy-melody-sampled",
}


def twins(
    data: Sequence[str],
    steps: int,
    *,
    preset: str = "book",
    seed: int = 0,
    limit: int | None = None,
) -> Result:
    """Train both twins with openings and without, and measure them on held-out songs.

    Parameters
    ----------
    data, steps, preset, seed
        Of all four runs.
    limit
        The most windows to measure on.
    """
    source = corpora.mix(data)
    windows = source.windows("melody", 16, split="test", limit=limit, seed=seed)
    rows = []
    for model in _TWINS:
        for first in (openings(steps, *SHARES), ()):
            plan = recipe(
                model,
                preset,
                data=tuple(data),
                steps=steps,
                seed=seed,
                validate_every=steps,
                openings=first,
            )
            net = cast(MusicVAE, fit(plan, task(plan), progress=False).model)
            cells = columns(reconstruction(model, net, windows, seed=seed), _READ)
            rows.append({"model": model, "openings": bool(first), **cells})
    figure = "accuracy of the twins with openings and without"
    return Result("twins", f"musicvae/{_TWINS[0]}", figure, rows=tuple(rows)).stamp(
        data=source.name,
        data_hash=windows.hash,
        seed=seed,
        preset=preset,
        budget={"steps": steps, "batch_size": plan.batch_size},
    )


if __name__ == "__main__":
    main(twins, __doc__, steps=1000)
