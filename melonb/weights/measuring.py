"""The paper's figures of a model, on songs that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from melonb import corpora
from melonb.corpora import Corpus
from melonb.errors import CheckpointError, MelonbError, UsageError
from melonb.training.checkpoint import budget, facts
from melonb.training.record import Result
from melonb.weights.loading import load_net, weights_path
from melonb.weights.mixes import BUILT_IN, is_here
from melonb.weights.registry import find

__all__ = ["Measured", "measure"]


@dataclass(frozen=True)
class Measured:
    """The figures of one model on one source of songs.

    Parameters
    ----------
    model, preset
        Which weights.
    data, data_hash
        Which songs.
    absent
        Corpora that the model was trained on, and that this machine does not have.
    results
        The figures.
    """

    model: str
    preset: str
    data: str
    data_hash: str
    absent: tuple[str, ...]
    results: list[Result]

    def to_dict(self) -> dict[str, Any]:
        """Give JSON values: the plain figures by name, and the whole results."""
        return {
            "model": self.model,
            "preset": self.preset,
            "data": self.data,
            "data_hash": self.data_hash,
            "absent": list(self.absent),
            "figures": {r.figure: r.value for r in self.results if r.value is not None},
            "results": [result.to_dict() for result in self.results],
        }

    def lines(self) -> list[str]:
        """Say it to a person."""
        lines = [f"{self.model} ({self.preset}) on {self.data}"]
        for result in self.results:
            if result.value is not None:
                low, high = result.interval or (result.value, result.value)
                span = f" ({low:.4g} to {high:.4g})" if result.interval else ""
                paper = f"; the paper has {result.paper:.4g}" if result.paper is not None else ""
                lines.append(f"{result.figure}: {result.value:.4g}{span}{paper}")
        if self.absent:
            lines.append(f"not on this machine: {', '.join(self.absent)}")
        return lines


def measure(
    name: str,
    *,
    weights: Path | str | None = None,
    size: str = "book",
    data: str | None = None,
    archive: Path | str | None = None,
    midi: Path | str | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> Measured:
    """Measure a model.

    Parameters
    ----------
    name
        ``<paper>/<model>``.
    weights, size
        A run's folder or a file; by default the bundled weights of a size.
    data
        A prepared corpus, of which the test split is taken; by default those that the model was
        trained on, as far as they are here.
    archive
        The files of ``data``, read as they lie: all songs count, and no store is touched.
    midi
        A folder of MIDI files, likewise.
    limit, seed
        The most windows, and what decides the draws.
    """
    model = find(name)
    path = weights_path(name, size, weights)
    if path.suffix == ".tar":
        raise CheckpointError(
            "says nothing of how it was trained, as figures must",
            file=path,
            remedy="measure weights that melonb wrote",
        )
    net = load_net(name, size, path)
    about = facts(path)
    if not isinstance(about.get("recipe"), Mapping) or not isinstance(about.get("preset"), str):
        raise CheckpointError(
            "the card beside it is damaged", file=path, remedy="remove the card, or fetch it again"
        )
    source, absent = _source(data, archive, midi, about)
    try:
        results = model.paper.measure(model.short, net, source, limit=limit, seed=seed)
    except MelonbError as error:
        place = midi or archive
        if place is None or error.file is not None:
            raise
        raise type(error)(error.message, file=place, bar=error.bar, remedy=error.remedy) from None
    known = {
        "data": source.name,
        "data_hash": source.hash,
        "budget": budget(about),
        "seed": seed,
    }
    stamped = [result.stamp(preset=about["preset"], **known) for result in results]
    return Measured(name, about["preset"], source.name, source.hash, absent, stamped)


def _source(
    data: str | None, archive: Path | str | None, midi: Path | str | None, about: dict[str, Any]
) -> tuple[Corpus, tuple[str, ...]]:
    """Open the songs to measure on; name corpora that should be among them and are not here."""
    if midi is not None:
        if data is not None or archive is not None:
            raise UsageError("a folder of MIDI files needs no corpus", remedy="give one of the two")
        return corpora.folder(midi), ()
    if archive is not None:
        if data is None:
            raise UsageError("an archive's layout must be known", remedy="name it with --data")
        return corpora.from_archive(data, archive), ()
    if data is not None:
        return corpora.load(data), ()
    wanted = tuple(about.get("recipe", {}).get("data") or BUILT_IN)
    here = tuple(name for name in wanted if is_here(name))
    absent = tuple(name for name in wanted if name not in here)
    return corpora.mix(here or BUILT_IN), absent
