"""What a listening test asks, as a small file that a teacher can write."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from os import PathLike
from pathlib import Path
from typing import Any

from melonb.errors import UsageError
from melonb.files import write_json

__all__ = ["DESIGNS", "Definition"]

DESIGNS = ("pairs", "groups", "singles")
MOST_POINTS = 9


@dataclass(frozen=True)
class Definition:
    """A listening test.

    Parameters
    ----------
    name
        Short name, for files.
    title, introduction
        What a listener reads first.
    design
        ``"pairs"``: two pieces of different sources, which is better? ``"groups"``: one piece of
        each source, each rated on all aspects. ``"singles"``: one piece, rated.
    question
        What is asked of each pair or piece.
    sources
        What is compared: models, people.
    trials
        Pairs or groups a listener hears; for singles, pieces of each source.
    points
        Points of the Likert scale, odd for pairs so that there is a draw.
    ends
        What its lowest and highest point mean.
    aspects
        What is rated; one scale each.
    matched
        Whether the pieces of a pair or group stand at the same place in their sources' lists, as
        fillings of the same gap do.
    practice
        Trials to get used to, not counted: pairs where pairs are asked, else single pieces.
    heard
        Share of a piece that must be heard before one can answer.
    drawn
        Whether the notes are shown too, for listeners who do not hear well; a report should say so.
    """

    name: str
    title: str
    design: str
    question: str
    sources: tuple[str, ...]
    trials: int
    introduction: str = ""
    points: int = 5
    ends: tuple[str, str] = ("very low", "very high")
    aspects: tuple[str, ...] = ("musicality",)
    matched: bool = False
    practice: int = 0
    heard: float = 0.5
    drawn: bool = False

    def __post_init__(self) -> None:
        for wrong, remedy in (
            (self.design not in DESIGNS, f"design must be one of {', '.join(DESIGNS)}"),
            (len(set(self.sources)) < 2, "sources must name at least two"),
            (self.trials < 1, "trials must be at least 1"),
            (not 3 <= self.points <= MOST_POINTS, f"points must be 3 to {MOST_POINTS}"),
            (self.design == "pairs" and self.points % 2 == 0, "points must be odd for pairs"),
            (not 0 <= self.heard <= 1, "heard must be from 0 to 1"),
            (not self.aspects, "aspects must name at least one"),
        ):
            if wrong:
                raise UsageError(f"the listening test {self.name!r} is not sound", remedy=remedy)

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Definition:
        """Read a definition from a JSON file."""
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot be read: {error}", file=path) from error
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Definition:
        """Make a definition of plain values."""
        known = {one.name for one in fields(cls)}
        unknown = set(data) - known
        if unknown:
            raise UsageError(
                f"a listening test has no {', '.join(sorted(unknown))}",
                remedy=f"it has {', '.join(sorted(known))}",
            )
        try:
            held: dict[str, Any] = {
                k: tuple(v) if isinstance(v, list) else v for k, v in data.items()
            }
            return cls(**held)
        except TypeError as error:
            raise UsageError(f"a listening test lacks something: {error}") from error

    def write(self, path: str | PathLike[str]) -> None:
        """Write this as a JSON file."""
        write_json(Path(path), asdict(self))
