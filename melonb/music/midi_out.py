"""Any piece as MIDI.

Notes lie on the grid exactly, so that `from_midi` gives the piece back. A second 4/4 signature
marks the end, which keeps silence there; chords stand in a track of their own, softly.
"""

from __future__ import annotations

import io
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from melonb.errors import MusicError
from melonb.files import write_bytes
from melonb.music.grid import FASTEST, SLOWEST, STEPS_PER_BEAT
from melonb.music.percussion import PLAYED
from melonb.music.piece import Piece

if TYPE_CHECKING:
    import pretty_midi

__all__ = ["CHORD_TRACK", "seconds_per_step", "to_midi"]

VELOCITY = 80
DRUM_VELOCITY = 100
CHORD_VELOCITY = 55
CHORD_TRACK = "chords"
CHORD_LOW = 48  # chords are voiced in the octave from C3 up, under most melodies
_RESOLUTION = 480


def seconds_per_step(qpm: float) -> float:
    """Give the length of a sixteenth at a tempo in quarter notes a minute."""
    if not SLOWEST <= qpm <= FASTEST:
        raise MusicError(
            f"a tempo of {qpm} quarter notes a minute",
            remedy=f"choose {SLOWEST:g} to {FASTEST:g}",
        )
    return 60.0 / (qpm * STEPS_PER_BEAT)


def to_midi(
    piece: Piece, path: str | PathLike[str] | None = None, qpm: float = 120.0
) -> pretty_midi.PrettyMIDI:
    """Give a piece as a `pretty_midi.PrettyMIDI`, and write it to ``path`` if one is given."""
    import pretty_midi

    step = seconds_per_step(qpm)
    midi = pretty_midi.PrettyMIDI(resolution=_RESOLUTION, initial_tempo=qpm)
    for time in (0.0, piece.steps * step):
        midi.time_signature_changes.append(pretty_midi.TimeSignature(4, 4, time))
    for track in piece.tracks():
        drums = track.kind == "drums"
        player = pretty_midi.Instrument(track.program, is_drum=drums, name=track.name)
        velocity = DRUM_VELOCITY if drums else VELOCITY
        for start, length, value in track.notes.tolist():
            pitch = PLAYED[value] if drums else value
            player.notes.append(
                pretty_midi.Note(velocity, pitch, start * step, (start + length) * step)
            )
        midi.instruments.append(player)
    if spans := piece.chord_spans():
        player = pretty_midi.Instrument(0, name=CHORD_TRACK)
        for span in spans:
            begin, end = span.start * step, (span.start + span.length) * step
            for pitch_class in span.classes:
                note = pretty_midi.Note(CHORD_VELOCITY, CHORD_LOW + pitch_class, begin, end)
                player.notes.append(note)
        midi.instruments.append(player)
    if path is not None:
        memory = io.BytesIO()
        midi.write(memory)
        write_bytes(Path(path), memory.getvalue())
    return midi
