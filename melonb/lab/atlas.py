"""An atlas: what a decoder says at every place of its knobs, small enough to lie in a page."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from melonb.errors import UsageError
from melonb.lab.knobs import Knob
from melonb.lab.notecode import encode_roll
from melonb.lab.roll import RollJson, frame, roll_json

__all__ = ["Atlas"]

HEAVIEST = 400_000  # bytes


@dataclass(frozen=True)
class Atlas:
    """Decoded points over the grid of some knobs.

    Attributes
    ----------
    knobs
        The knobs by name; the last moves fastest along ``index``.
    frame
        Roll JSON without notes: length, tempo, lanes and their ranges.
    points
        The different results, each a string of notes a lane.
    index
        For each place of the grid, which point stands there.
    """

    knobs: Mapping[str, Knob]
    frame: RollJson
    points: tuple[tuple[str, ...], ...]
    index: tuple[int, ...]

    @classmethod
    def build(
        cls, decode: Callable[..., Any], knobs: Mapping[str, Knob], *, many: bool = False
    ) -> Atlas:
        """Decode every place of the grid.

        Parameters
        ----------
        decode
            ``decode(**values) -> music``; with ``many``, a list of dicts in, a list of music out.
        """
        grid = [
            dict(zip(knobs, values, strict=True))
            for values in itertools.product(*(knob.values for knob in knobs.values()))
        ]
        decoded = decode(grid) if many else [decode(**values) for values in grid]
        rolls = [roll_json(music) for music in decoded]
        atlas = cls._pack(knobs, rolls)
        if atlas.bytes > HEAVIEST:
            raise UsageError(
                f"an atlas of {len(grid)} points weighs {atlas.bytes // 1000} kB",
                remedy=f"take fewer steps: a page carries at most {HEAVIEST // 1000} kB an element",
            )
        return atlas

    @classmethod
    def _pack(cls, knobs: Mapping[str, Knob], rolls: Sequence[RollJson]) -> Atlas:
        places: dict[tuple[str, ...], int] = {}
        index = [places.setdefault(tuple(encode_roll(roll)), len(places)) for roll in rolls]
        return cls(dict(knobs), frame(rolls), tuple(places), tuple(index))

    def data(self) -> dict[str, Any]:
        """Give what the panel's script reads."""
        return {
            "knobs": [knob.describe(name) for name, knob in self.knobs.items()],
            "frame": self.frame,
            "points": [list(point) for point in self.points],
            "index": list(self.index),
        }

    @property
    def bytes(self) -> int:
        """Its weight in a page."""
        return len(json.dumps(self.data(), separators=(",", ":")).encode())

    def __repr__(self) -> str:
        return f"<Atlas {len(self.index)} places, {len(self.points)} different points>"
