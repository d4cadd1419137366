"""Who gains from a head start, the hierarchical decoder or its flat twin?  By one command.

``python -m melonb.musicvae.twins --data lakh --start WEIGHTS`` trains the 16-bar melody model and
its flat twin three times each: as book-size training does, from the 2-bar model's ``WEIGHTS`` and
with openings; with openings alone; and with neither.  It writes ``results/musicvae/twins.json``:
how much of a held-out melody comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
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
_SHORT = "musicvae/mel-2bar"
_READ = {
    "teacher-forced": "accuracy-melody-teacher-forced",
    "sampled": "accuracy-melody-sampled",
}


def twins(
    data: Sequence[str],
    steps: int,
    *,
    start: Path,
    preset: str = "book",
    seed: int = 0,
    limit: int | None = None,
) -> Result:
    """Train both twins with each head start and without, and measure them on held-out songs.

    Parameters
    ----------
    data, steps, preset, seed
        Of all six runs.
    start
        Weights of the 2-bar model.
    limit
        The most windows to measure on.
    """
    source = corpora.mix(data)
    windows = source.windows("melody", 16, split="test", limit=limit, seed=seed)
    rows, opened = [], openings(steps, *SHARES)
    for model in _TWINS:
        for needs, first in (((_SHORT,), opened), ((), opened), ((), ())):
            plan = recipe(
                model,
                preset,
                data=tuple(data),
                steps=steps,
                seed=seed,
                validate_every=steps,
                openings=first,
                needs=needs,
            )
            job = task(plan, needs={_SHORT: start})
            net = cast(MusicVAE, fit(plan, job, progress=False).model)
            cells = columns(reconstruction(model, net, windows, seed=seed), _READ)
            head = {"start": bool(needs), "openings": bool(first)}
            rows.append({"model": model, **head, **cells})
    figure = "accuracy of the twins by head start"
    return Result("twins", f"musicvae/{_TWINS[0]}", figure, rows=tuple(rows)).stamp(
        data=source.name,
        data_hash=windows.hash,
        songs=len(set(windows.songs.tolist())),
        seed=seed,
        preset=preset,
        budget={"steps": steps, "batch_size": plan.batch_size},
    )


if __name__ == "__main__":
    main(twins, __doc__, steps=1000, paths=("start",))
