"""Points of an atlas as short strings: three characters a note. Twin of static/music/notecode.js.

A note is (start since the last note's start, length - 1, pitch - 36). A value from 0 to 62 is one
character of the URL-safe base-64 alphabet; any other is ``_`` and two characters of value + 2048.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

__all__ = ["encode_notes", "encode_roll"]

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
ESCAPE = 63
BIAS = 2048
LOWEST = 36


def _sign(value: int) -> str:
    if 0 <= value < ESCAPE:
        return ALPHABET[value]
    high, low = divmod(value + BIAS, 64)
    return ALPHABET[ESCAPE] + ALPHABET[high] + ALPHABET[low]


def encode_notes(notes: Sequence[Sequence[int]]) -> str:
    """Write notes (start, length, pitch or drum class) as a string.

    Examples
    --------
    >>> encode_notes([[0, 4, 60], [4, 2, 62]])
    'ADYEBa'
    """
    signs = []
    before = 0
    for start, length, value in sorted(tuple(int(part) for part in note) for note in notes):
        signs.append(_sign(start - before) + _sign(length - 1) + _sign(value - LOWEST))
        before = start
    return "".join(signs)


def encode_roll(roll: dict) -> list[str]:
    """Write a roll's notes, one string a track; its chords, if any, follow as JSON."""
    codes = [encode_notes(track["notes"]) for track in roll["tracks"]]
    chords = roll.get("chords")
    return [*codes, json.dumps(chords, separators=(",", ":"))] if chords else codes
