"""`show` and `compare`: music on the page, to see, hear and save."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from melonb.errors import UsageError
from melonb.lab.element import Element, element_html
from melonb.lab.roll import fallback, roll_json

__all__ = ["compare", "show"]


def show(
    music: Any,
    label: str | None = None,
    *,
    qpm: float | None = None,
    score: bool = False,
    loop: bool = False,
) -> Element:
    """Show one piece of music with its player.

    Parameters
    ----------
    music
        Anything of `melonb.music`, or roll JSON.
    label
        What it is, in a few words; read out by screen readers and used as file name.
    qpm
        Tempo in quarter notes a minute.
    score
        Engrave the score too (with verovio) and give the reader a button for it.
    loop
        Start over at the end.
    """
    roll = roll_json(music, qpm)
    name = label or "Music"
    inside = fallback(roll, name)
    if score:
        from melonb.lab.engraving import engrave

        inside += engrave(music, name)
    attributes: dict[str, str | int | None] = {
        "label": name,
        "qpm": None if qpm is None else round(qpm),
        "loop": "" if loop else None,
    }
    return Element(element_html("roll", roll, inside, attributes), f"{name}: {music!r}"[:100])


def compare(
    items: Sequence[Any],
    labels: Sequence[str],
    *,
    label: str = "Comparison",
    qpm: float | None = None,
    mark: bool = True,
) -> Element:
    """Show several pieces side by side under one cursor, and hear one or the other in its place.

    Parameters
    ----------
    items, labels
        The pieces and a name for each; the first is what the others are compared with.
    mark
        Mark what is new in each (outlined) and what is gone (dashed).
    """
    if len(items) != len(labels) or not items:
        raise UsageError(
            f"{len(items)} pieces and {len(labels)} labels", remedy="give one label for each piece"
        )
    rolls = [roll_json(item, qpm) for item in items]
    data = {
        "label": label,
        "mark": mark,
        "items": [{"label": name, "roll": roll} for name, roll in zip(labels, rolls, strict=True)],
    }
    inside = "".join(
        f"<p>{html.escape(name)}</p>{fallback(roll, name)}"
        for name, roll in zip(labels, rolls, strict=True)
    )
    text = f"{label}: {', '.join(labels)}"
    return Element(element_html("compare", data, inside), text)
