"""Music as data: what a melody, a drum bar, a trio, a loop is; to and from MIDI, score and sound.

Conventions
-----------
* The grid is sixteenths in 4/4: 4 steps a beat, 16 a bar. Steps and bars are counted from 0, and a
  span is written (first, stop) without its stop. Errors count bars from 1, as musicians do.
* Pitches are MIDI numbers, 60 is C4. A melody token is 0..127 (a note starts), 128 (``HOLD``) or
  129 (``REST``); `encodings` has the symbols of each paper as views. A drum token is nine bits.
* Chords are pitch classes a step, from C; `harmony` reads and writes their names.
* Every type is an immutable value with ``==``, a hash that is the same on all machines,
  ``from_midi`` and ``to_midi`` (exact both ways for what lies on the grid), ``to_score``,
  ``to_musicxml``, ``to_sound``, ``svg``, ``figure`` and ``to_element``; in a notebook it shows and
  plays itself. What reading a file lost is counted in ``.loss``.
* Of notes that start together in one voice, the highest stays in a melody and the lowest in a bass
  line, unless ``monophony=`` says otherwise; a note ends at the latest where the next one starts.

Only numpy is imported here; MIDI, score, sound and drawing libraries load on first use.

Examples
--------
>>> Melody([60, 128, 62, 129] * 4).transpose(2)
<Melody 1 bar, 8 notes, D4-E4>
"""

from __future__ import annotations

from melonb.music import encodings, grid, harmony, percussion
from melonb.music.band import LOOP_LOW, LOOP_PITCHES, LOOP_WIDTH, Loop, Trio
from melonb.music.drums import DRUM_SIZE, Drums
from melonb.music.grid import (
    DRUM_CLASSES,
    HOLD,
    MELODY_SIZE,
    PITCHES,
    REST,
    STEPS_PER_BAR,
    STEPS_PER_BEAT,
)
from melonb.music.loss import LossReport
from melonb.music.melody import BASS_PROGRAM, Bass, Melody, Rhythm
from melonb.music.midi import Part, Rejected, parts, read
from melonb.music.piece import ChordSpan, Piece, Track, note_name
from melonb.music.sheet import Chords, LeadSheet
from melonb.music.sound import Sound

__all__ = [
    "BASS_PROGRAM",
    "DRUM_CLASSES",
    "DRUM_SIZE",
    "HOLD",
    "LOOP_LOW",
    "LOOP_PITCHES",
    "LOOP_WIDTH",
    "MELODY_SIZE",
    "PITCHES",
    "REST",
    "STEPS_PER_BAR",
    "STEPS_PER_BEAT",
    "Bass",
    "ChordSpan",
    "Chords",
    "Drums",
    "LeadSheet",
    "Loop",
    "LossReport",
    "Melody",
    "Part",
    "Piece",
    "Rejected",
    "Rhythm",
    "Sound",
    "Track",
    "Trio",
    "encodings",
    "grid",
    "harmony",
    "note_name",
    "parts",
    "percussion",
    "read",
]
