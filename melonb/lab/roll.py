"""From whatever stands for music to roll JSON, the one description that every element reads."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

from melonb.errors import MusicError

__all__ = ["RollJson", "fallback", "frame", "roll_json"]

RollJson = dict[str, Any]
_HEIGHT = 90
_WIDTH = 600


def roll_json(music: Any, qpm: float | None = None) -> RollJson:
    """Give music as roll JSON.

    Parameters
    ----------
    music
        Anything of `melonb.music`, or roll JSON already.
    qpm
        Quarter notes a minute; as it lies where none is given.
    """
    if hasattr(music, "to_roll_json"):
        return music.to_roll_json() if qpm is None else music.to_roll_json(qpm=qpm)
    if isinstance(music, Mapping) and {"steps", "tracks"} <= set(music):
        return dict(music) if qpm is None else {**music, "qpm": qpm}
    raise MusicError(
        f"a {type(music).__name__} is not music that can be shown",
        remedy="give a Melody, Drums, Trio, Loop or LeadSheet of melonb.music",
    )


def frame(rolls: Iterable[RollJson]) -> RollJson:
    """Find what a set of rolls has in common, so that a panel's picture does not jump.

    Returns
    -------
    RollJson
        The first roll without notes; its pitch lanes carry ``low`` and ``high`` over all rolls.
    """
    gathered = list(rolls)
    first = gathered[0]
    tracks = []
    for lane, track in enumerate(first["tracks"]):
        values = [note[2] for roll in gathered for note in roll["tracks"][lane]["notes"]]
        bounds = {"low": min(values, default=60), "high": max(values, default=72)}
        tracks.append({**track, "notes": [], **bounds})
    steps = max(roll["steps"] for roll in gathered)
    return {**first, "steps": steps, "tracks": tracks}


def fallback(roll: RollJson, label: str) -> str:
    """Draw a roll as a bare SVG, for readers of a notebook where no script runs."""
    lanes = max(1, len(roll["tracks"]))
    height = _HEIGHT / lanes
    shapes = []
    for place, track in enumerate(roll["tracks"]):
        values = [note[2] for note in track["notes"]]
        low, high = min(values, default=0), max(values, default=1)
        row = (height - 8) / (high - low + 1)
        path = "".join(
            f"M{start * _WIDTH / roll['steps']:.1f} "
            f"{place * height + (high - value + 0.5) * row + 4:.1f}"
            f"h{max(2.0, length * _WIDTH / roll['steps'] - 1):.1f}"
            for start, length, value in track["notes"]
        )
        colour = ("#0072b2", "#b34a00")[place % 2] if track["kind"] == "pitch" else "#5f4b8b"
        width = min(6.0, row * 0.9)
        shapes.append(f'<path d="{path}" stroke="{colour}" stroke-width="{width:.1f}"/>')
    return (
        f'<svg role="img" aria-label="{html.escape(label, quote=True)}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="100%">{"".join(shapes)}</svg>'
    )
