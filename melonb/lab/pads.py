"""Elements made of small clips: swap matrix, loop machine, codebook, infill."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from melonb.errors import UsageError
from melonb.lab.element import Element, element_html
from melonb.lab.live import LiveElement
from melonb.lab.notecode import encode_roll
from melonb.lab.roll import fallback, frame, roll_json

__all__ = ["codebook", "infill_panel", "loop_machine", "swap_matrix"]

LARGEST_MATRIX = 8  # eight phrases: 64 clips, and a table that scrolls where it must


def swap_matrix(
    pieces: Sequence[Any],
    swap: Callable[[Any, Any], Any],
    labels: Sequence[str],
    *,
    label: str = "Each with each",
    factors: tuple[str, str] = ("pitch", "rhythm"),
) -> Element:
    """Show every piece's one factor with every piece's other factor.

    Parameters
    ----------
    swap
        ``swap(row, column) -> music`` with the first factor of the row's piece and the second of
        the column's; the diagonal is what the model makes of a piece itself.
    factors
        What comes from the row, what from the column.
    """
    if not 1 < len(pieces) <= LARGEST_MATRIX or len(pieces) != len(labels):
        raise UsageError(
            f"{len(pieces)} pieces and {len(labels)} labels",
            remedy=f"give 2 to {LARGEST_MATRIX} pieces and a label for each",
        )
    rolls = [roll_json(swap(row, column)) for row in pieces for column in pieces]
    data = {
        "label": label,
        "labels": list(labels),
        "factors": list(factors),
        "frame": frame(rolls),
        "points": [encode_roll(roll) for roll in rolls],
    }
    text = f"Swap matrix: {', '.join(labels)}"
    return Element(element_html("swap", data, fallback(rolls[0], label)), text)


def loop_machine(
    clips: Mapping[str, Any], *, form: str = "", label: str = "Loop machine"
) -> Element:
    """Put clips on pads and play them in the order that a form asks for.

    Parameters
    ----------
    clips
        Music by one-letter name; all of one kind.
    form
        Such as ``"AABA"``; the reader can type another. Empty: pads only.
    """
    unknown = [letter for letter in form if letter not in clips]
    if unknown:
        raise UsageError(f"the form {form} asks for {unknown[0]}", remedy=f"use {', '.join(clips)}")
    rolls = [roll_json(clip) for clip in clips.values()]
    data = {
        "label": label,
        "names": list(clips),
        "frame": frame(rolls),
        "points": [encode_roll(roll) for roll in rolls],
        "form": form,
    }
    text = f"{label}: {len(clips)} clips{f', form {form}' if form else ''}"
    return Element(element_html("loops", data, fallback(rolls[0], label)), text)


def codebook(clips: Mapping[str, Any], *, label: str = "Codes") -> Element:
    """Put clips on pads, to hear one by one: the codes of a codebook, say."""
    return loop_machine(clips, label=label)


def infill_panel(
    melody: Any,
    infill: Callable[..., Sequence[Any]],
    *,
    spans: Sequence[tuple[int, int]],
    candidates: int = 3,
    label: str = "Fill the gap",
    seed: int = 0,
) -> Element:
    """Show several fillings of a gap, for several gaps; ask the live model for more.

    Parameters
    ----------
    infill
        ``infill(melody, bars=(first, stop), n=…, seed=…)`` -> that many pieces, whole.
    spans
        The gaps, in bars counted from 0, without their stop.
    """
    original = roll_json(melody)
    filled = [
        [roll_json(one) for one in infill(melody, bars=span, n=candidates, seed=seed)]
        for span in spans
    ]
    gaps = [
        {"bars": list(span), "candidates": [encode_roll(roll) for roll in rolls]}
        for span, rolls in zip(spans, filled, strict=True)
    ]
    data = {
        "label": label,
        "frame": frame([original, *(roll for rolls in filled for roll in rolls)]),
        "original": encode_roll(original),
        "gaps": gaps,
    }

    def answer(question: Mapping[str, Any]) -> dict[str, Any]:
        start = time.perf_counter()
        bars = tuple(question["bars"])
        music = infill(melody, bars=bars, n=1, seed=seed + 1 + int(question["seed"]))[0]
        took = (time.perf_counter() - start) * 1000
        return {"point": encode_roll(roll_json(music)), "milliseconds": took}

    shown = element_html("infill", data, fallback(original, label))
    return LiveElement(shown, f"Infill: {label}", "infill", data, answer)
