"""Any piece as an element of a page: a picture everywhere, a player where the page has its script.

The element holds the notes as plain JSON, the same that the lab's controls exchange, and the
picture of `melonb.music.picture` for pages and readers without scripts.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from melonb.music.midi_out import seconds_per_step
from melonb.music.picture import svg
from melonb.music.piece import Piece

__all__ = ["TAG", "to_element", "to_roll_json"]

TAG = "melonb-roll"


def to_roll_json(piece: Piece, qpm: float = 120.0) -> dict[str, Any]:
    """Describe a piece in plain values.

    Returns
    -------
    roll
        ``steps``, ``qpm``, ``tracks`` (each with name, kind ``pitch`` or ``drums``, program, and
        notes as [start, length, pitch or drum class]), and ``chords`` as [start, length, name,
        pitch classes]. Times are in steps.
    """
    seconds_per_step(qpm)
    return {
        "steps": piece.steps,
        "qpm": qpm,
        "tracks": [
            {
                "name": track.name,
                "kind": track.kind,
                "program": track.program,
                "notes": track.notes.tolist(),
            }
            for track in piece.tracks()
        ],
        "chords": [
            [span.start, span.length, span.name, list(span.classes)] for span in piece.chord_spans()
        ],
    }


def to_element(piece: Piece, label: str | None = None, qpm: float = 120.0) -> str:
    """Give HTML that shows a piece, and plays it where the player's script is loaded."""
    name = escape(label or type(piece).__name__, quote=True)
    data = json.dumps(to_roll_json(piece, qpm), separators=(",", ":")).replace("<", "\\u003c")
    return (
        f'<{TAG} label="{name}" qpm="{qpm:g}"><script type="application/json">{data}</script>'
        f"{svg(piece, label)}</{TAG}>"
    )
