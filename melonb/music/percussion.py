"""Nine drum classes, and which MIDI pitch belongs to which.

MusicVAE (Roberts et al., 2018) maps the drums of General MIDI to nine classes and lists neither the
classes nor their order; those here are of its authors' code, magenta: kick, snare, closed hi-hat,
open hi-hat, low tom, mid tom, high tom, crash, ride. Token = sum over struck classes of 2**class.
The first pitch of a class is the one that it is played with.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["DRUM_NAMES", "GENERAL_MIDI", "PLAYED", "ROLAND", "class_map"]

DRUM_NAMES = (
    "kick",
    "snare",
    "closed hat",
    "open hat",
    "low tom",
    "mid tom",
    "high tom",
    "crash",
    "ride",
)

# The 61 pitches of General MIDI percussion (27 to 87), and the two hi-hat edges of electronic kits
# (22, 26), gathered by sound.
_GENERAL_MIDI_CLASSES: tuple[tuple[int, ...], ...] = (
    (36, 35),
    (38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85),
    (42, 44, 54, 68, 69, 70, 71, 73, 78, 80, 22),
    (46, 67, 72, 74, 79, 81, 26),
    (45, 29, 41, 43, 61, 64, 84),
    (48, 47, 60, 63, 77, 86, 87),
    (50, 30, 62, 76, 83),
    (49, 52, 55, 57, 58),
    (51, 53, 59, 82),
)

# The pitches that a Roland TD-11 kit sends, as in the Groove MIDI Dataset: its hi-hat edges are 22
# and 26, the rim of its toms 50, 47 and 58, and it has no hand percussion.
_ROLAND_CLASSES: tuple[tuple[int, ...], ...] = (
    (36,),
    (38, 40, 37),
    (42, 22, 44),
    (46, 26),
    (43, 58),
    (47, 45),
    (50, 48),
    (49, 52, 55, 57),
    (51, 53, 59),
)


def class_map(classes: tuple[tuple[int, ...], ...]) -> NDArray[np.int8]:
    """Turn lists of pitches into a table: class of each of the 128 pitches, -1 for none."""
    table = np.full(128, -1, dtype=np.int8)
    for index, pitches in enumerate(classes):
        table[list(pitches)] = index
    table.setflags(write=False)
    return table


GENERAL_MIDI = class_map(_GENERAL_MIDI_CLASSES)
ROLAND = class_map(_ROLAND_CLASSES)
PLAYED = tuple(pitches[0] for pitches in _GENERAL_MIDI_CLASSES)
