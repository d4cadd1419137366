"""Any piece as a music21 score, and as MusicXML for a notation program.

Every player has a staff; chords stand above the first as chord symbols, or as words where notation
has no symbol for them. Notes are tied over bar lines.
"""

from __future__ import annotations

from itertools import groupby
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from melonb.files import write_text
from melonb.music.grid import STEPS_PER_BEAT
from melonb.music.midi_out import seconds_per_step
from melonb.music.piece import ChordSpan, Piece, Track, note_name

if TYPE_CHECKING:
    import music21

__all__ = ["to_musicxml", "to_score"]

# Where each drum class stands on its staff, and with which head, as drum sets are written.
_DRUM_PLACES = ("F4", "C5", "G5", "G5", "A4", "D5", "E5", "A5", "F5")
_DRUM_HEADS = ("normal",) * 2 + ("x", "circle-x") + ("normal",) * 3 + ("x", "x")

# The name that MusicXML has for what follows the root in a chord's name.
_KINDS = {
    "": "major",
    "m": "minor",
    "7": "dominant-seventh",
    "maj7": "major-seventh",
    "m7": "minor-seventh",
    "dim": "diminished",
    "m7b5": "half-diminished-seventh",
    "dim7": "diminished-seventh",
    "aug": "augmented",
    "sus4": "suspended-fourth",
    "sus2": "suspended-second",
    "mmaj7": "minor-major-seventh",
    "9": "dominant-ninth",
    "maj9": "major-ninth",
    "m9": "minor-ninth",
    "6": "major-sixth",
    "m6": "minor-sixth",
    "5": "power",
}


def to_score(piece: Piece, qpm: float = 120.0) -> music21.stream.Score:
    """Give a piece as a music21 score in 4/4, one part a player."""
    from music21 import metadata, stream, tempo

    seconds_per_step(qpm)
    score = stream.Score()
    score.metadata = metadata.Metadata(title=type(piece).__name__, composer="melonb")
    parts = [_part(track, piece.steps) for track in piece.tracks()] or [_part(None, piece.steps)]
    parts[0].insert(0, tempo.MetronomeMark(number=round(qpm, 3)))
    for span in piece.chord_spans():
        parts[0].insert(span.start / STEPS_PER_BEAT, _symbol(span))
    for part in parts:
        score.insert(0, part.makeNotation())
    return score


def _part(track: Track | None, steps: int) -> music21.stream.Part:
    """Write the notes of one player, those that start and end together as a chord."""
    from music21 import clef, instrument, meter, note, stream

    part = stream.Part(id=track.name if track else "chords")
    part.partName = (track.name if track else "chords").capitalize()
    part.insert(0, meter.TimeSignature("4/4"))
    if track and track.kind == "drums":
        part.insert(0, instrument.UnpitchedPercussion())
        part.insert(0, clef.PercussionClef())
    elif track:
        part.insert(0, instrument.instrumentFromMidiProgram(track.program))
        part.insert(0, clef.BassClef() if track.name == "bass" else clef.TrebleClef())
    sounding = 0
    notes = sorted(track.notes.tolist()) if track else []
    for (start, length), group in groupby(notes, key=lambda each: (each[0], each[1])):
        if start > sounding:
            rest = note.Rest(quarterLength=(start - sounding) / STEPS_PER_BEAT)
            part.insert(sounding / STEPS_PER_BEAT, rest)
        values = [value for _, _, value in group]
        element = _hits(values) if track and track.kind == "drums" else _pitches(values)
        element.quarterLength = length / STEPS_PER_BEAT
        part.insert(start / STEPS_PER_BEAT, element)
        sounding = max(sounding, start + length)
    if steps > sounding:
        rest = note.Rest(quarterLength=(steps - sounding) / STEPS_PER_BEAT)
        part.insert(sounding / STEPS_PER_BEAT, rest)
    return part


def _pitches(pitches: list[int]) -> music21.note.NotRest:
    from music21 import chord, note

    return note.Note(pitches[0]) if len(pitches) == 1 else chord.Chord(pitches)


def _hits(drums: list[int]) -> music21.note.NotRest:
    from music21 import note, percussion

    hits = []
    for drum in drums:
        hit = note.Unpitched(displayName=_DRUM_PLACES[drum])
        hit.notehead = _DRUM_HEADS[drum]
        hits.append(hit)
    return hits[0] if len(hits) == 1 else percussion.PercussionChord(hits)


def _symbol(span: ChordSpan) -> music21.base.Music21Object:
    """Write a chord above the staff."""
    from music21 import expressions, harmony

    root = next((name for name in _ROOTS if span.name.startswith(name)), "")
    kind = _KINDS.get(span.name[len(root) :])
    if not root or kind is None:
        return expressions.TextExpression(span.name)
    return harmony.ChordSymbol(root=root.replace("b", "-"), kind=kind)


_ROOTS = sorted((note_name(pitch)[:-1] for pitch in range(60, 72)), key=len, reverse=True)


def to_musicxml(piece: Piece, path: str | PathLike[str] | None = None, qpm: float = 120.0) -> str:
    """Give a piece as MusicXML text, and write it to ``path`` if one is given."""
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    text = GeneralObjectExporter(to_score(piece, qpm)).parse().decode("utf-8")
    if path is not None:
        write_text(Path(path), text)
    return text
