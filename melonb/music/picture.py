"""Any piece as a piano roll, and in words for those who cannot see it.

Melody notes are filled, bass notes hollow, drum hits are diamonds: colour is never all that tells
them apart. Thin lines stand at bars.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from melonb.music.grid import DRUM_CLASSES, STEPS_PER_BAR
from melonb.music.percussion import DRUM_NAMES
from melonb.music.piece import ChordSpan, Piece, Track, note_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "describe", "figure", "svg"]

# Colours that stay apart for colour-blind eyes, on white and on dark grounds.
COLOURS = {"melody": "#0072b2", "bass": "#d55e00", "drums": "#777777", "rhythm": "#009e73"}
_WIDTH, _LEFT = 720.0, 48.0
_DRUM_ROW, _CHORD_ROW, _MARGIN = 9.0, 14.0, 4.0
_LETTER = 4.8  # width of a letter of the font, about
_SHOWN_CHORDS = 8


def describe(piece: Piece) -> str:
    """Say in a sentence or two what is heard.

    Examples
    --------
    >>> from melonb.music import Melody
    >>> describe(Melody([60, 128, 62, 129] * 4))
    '1 bar. Melody: 8 notes between C4 and D4, from C4 to D4, silent a quarter of the time.'
    """
    length = f"{piece.bars} bar{'s' * (piece.bars != 1)}."
    spans = [_describe_track(track, piece.steps) for track in piece.tracks()]
    if chords := piece.chord_spans():
        names = ", ".join(span.name for span in chords[:_SHOWN_CHORDS])
        spans.append(f"Chords: {names}{' and more' if len(chords) > _SHOWN_CHORDS else ''}.")
    return " ".join([length, *spans])


def _describe_track(track: Track, steps: int) -> str:
    name = track.name.capitalize()
    if not len(track.notes):
        return f"{name}: silent."
    if track.kind == "drums":
        counts = np.bincount(track.notes[:, 2], minlength=DRUM_CLASSES)
        hits = [f"{DRUM_NAMES[drum]} {counts[drum]}" for drum in np.flatnonzero(counts)]
        return f"{name}: {len(track.notes)} hits ({', '.join(hits)})."
    pitches = track.notes[:, 2]
    count = f"{name}: {len(pitches)} note{'s' * (len(pitches) != 1)}"
    if track.name == "rhythm":
        return f"{count}."
    low, high, first, last = map(
        note_name, (int(pitches.min()), int(pitches.max()), int(pitches[0]), int(pitches[-1]))
    )
    span = f"on {low}" if low == high else f"between {low} and {high}, from {first} to {last}"
    silence = 1 - np.unique(_steps_of(track.notes)).size / steps
    return f"{count} {span}, {_share(silence)}."


def _steps_of(notes: NDArray[np.int64]) -> NDArray[np.int64]:
    """List the steps at which any note sounds."""
    return np.concatenate([np.arange(start, start + length) for start, length, _ in notes])


def _share(silence: float) -> str:
    """Put a share of silence in words."""
    quarters = ("almost without a rest", "silent a quarter of the time", "silent half the time")
    return (*quarters, "mostly silent", "mostly silent")[round(4 * silence)]


def svg(piece: Piece, label: str | None = None) -> str:
    """Draw a piece as a piano roll.

    Parameters
    ----------
    piece
        What to draw.
    label
        What to call it; stands before the description in the text for screen readers.
    """
    pitched = [track for track in piece.tracks() if track.kind == "pitch"]
    drums = [track for track in piece.tracks() if track.kind == "drums"]
    chords = piece.chord_spans()
    low, high = _range(pitched)
    row = min(8.0, 150.0 / (high - low + 1))
    step = (_WIDTH - _LEFT) / piece.steps
    top = _MARGIN + (_CHORD_ROW if chords else 0.0)
    below = top + (row * (high - low + 1) if pitched else 0.0) + _MARGIN
    bottom = below + (_DRUM_ROW * DRUM_CLASSES if drums else 0.0)
    shapes = [_bar_lines(piece.steps, step, top, bottom)]
    shapes += _chord_names(chords, step, top - 4)
    for pitch in range(low, high + 1) if pitched else ():
        if pitch % 12 == 0:
            shapes.append(_text(_LEFT - 4, top + row * (high - pitch + 1), note_name(pitch)))
    for track in pitched:
        shapes.append(_notes_path(track, step, row, top + row * (high + 1)))
    for track in drums:
        shapes.append(_hits_path(track, step, bottom))
        for index, name in enumerate(DRUM_NAMES):
            shapes.append(_text(_LEFT - 4, bottom - _DRUM_ROW * index - 2, name))
    heard = escape(f"{label}. {describe(piece)}" if label else describe(piece), quote=True)
    return (
        f'<svg role="img" aria-label="{heard}" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {_WIDTH:g} {bottom + _MARGIN:g}" style="max-width:{_WIDTH:g}px;width:100%" '
        f'font-family="sans-serif" font-size="8" fill="currentColor">{"".join(shapes)}</svg>'
    )


def _range(tracks: list[Track]) -> tuple[int, int]:
    """Give the pitches to draw: all that sound, and an octave at least."""
    pitches = np.concatenate([track.notes[:, 2] for track in tracks]) if tracks else np.zeros(0)
    low, high = (int(pitches.min()), int(pitches.max())) if len(pitches) else (60, 71)
    spare = max(0, 11 - (high - low))
    return low - spare // 2, high + spare - spare // 2


def _text(x: float, y: float, text: str, anchor: str = "end") -> str:
    return f'<text x="{x:.4g}" y="{y:.4g}" text-anchor="{anchor}">{escape(text)}</text>'


def _chord_names(chords: tuple[ChordSpan, ...], step: float, y: float) -> list[str]:
    """Write the chords' names, leaving out those that would run into the one before."""
    names, free = [], 0.0
    for span in chords:
        x = _LEFT + span.start * step
        if x >= free:
            names.append(_text(x, y, span.name, "start"))
            free = x + _LETTER * (len(span.name) + 1)
    return names


def _bar_lines(steps: int, step: float, top: float, bottom: float) -> str:
    bars = [_LEFT + bar * step for bar in range(0, steps + 1, STEPS_PER_BAR)]
    lines = "".join(f"M{x:.4g} {top:g}V{bottom:.4g}" for x in bars)
    return f'<path d="{lines}" stroke="currentColor" stroke-opacity=".25"/>'


def _notes_path(track: Track, step: float, row: float, floor: float) -> str:
    """Draw notes as bars with a gap after each, filled or, for a bass, hollow."""
    colour = COLOURS.get(track.name, COLOURS["melody"])
    gap = min(1.0, step / 4)
    boxes = "".join(
        f"M{_LEFT + start * step:.5g} {floor - row * (pitch + 1):.5g}"
        f"h{length * step - gap:.4g}v{row - 1:.3g}h-{length * step - gap:.4g}z"
        for start, length, pitch in track.notes.tolist()
    )
    fill = "none" if track.name == "bass" else colour
    return f'<path class="{track.name}" d="{boxes}" fill="{fill}" stroke="{colour}"/>'


def _hits_path(track: Track, step: float, bottom: float) -> str:
    half = min(3.5, step / 2)
    diamonds = "".join(
        f"M{_LEFT + (start + 0.5) * step:.5g} {bottom - _DRUM_ROW * drum - 8:.4g}"
        f"l{half:.3g} 3.5l-{half:.3g} 3.5l-{half:.3g} -3.5z"
        for start, _, drum in track.notes.tolist()
    )
    return f'<path class="drums" d="{diamonds}" fill="{COLOURS["drums"]}"/>'


def figure(piece: Piece) -> Figure:
    """Draw a piece with matplotlib: one panel for the pitches, one for the drums."""
    from matplotlib.figure import Figure

    tracks = piece.tracks()
    kinds = sorted({track.kind for track in tracks}, reverse=True) or ["pitch"]
    drawing = Figure(figsize=(8, 2.2 * len(kinds)), layout="constrained")
    axes = drawing.subplots(len(kinds), sharex=True, squeeze=False)[:, 0]
    panels = dict(zip(kinds, axes, strict=True))
    for track in tracks:
        panel = panels[track.kind]
        colour = COLOURS.get(track.name, COLOURS["melody"])
        fill = "none" if track.name == "bass" else colour
        start, length, value = track.notes.T
        panel.barh(value, length, left=start, height=0.8, align="center", color=fill,
                   edgecolor=colour, label=track.name)  # fmt: skip
        panel.set_ylabel("drum" if track.kind == "drums" else "pitch")
        if track.kind == "drums":
            panel.set_yticks(range(DRUM_CLASSES), DRUM_NAMES)
    for panel in panels.values():
        panel.set_xlim(0, piece.steps)
        panel.set_xticks(range(0, piece.steps + 1, STEPS_PER_BAR))
        panel.grid(axis="x", alpha=0.4)
    for span in piece.chord_spans():
        panels[kinds[0]].annotate(
            span.name, (span.start, 1.02), xycoords=("data", "axes fraction"), fontsize=8
        )
    panels[kinds[-1]].set_xlabel("step (sixteenths)")
    if len(tracks) > 1:
        drawing.legend(loc="outside upper right", ncols=len(tracks))
    return drawing
