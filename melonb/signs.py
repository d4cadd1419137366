"""The numbers that music is written in: what all floors agree on.

Time is counted in steps, sixteenths in 4/4.  A melody token is a pitch where a note starts,
`HOLD` where it goes on and `REST` where nothing sounds.  `melonb.music` makes such tokens;
models, training and measures know no more of music than this.
"""

from __future__ import annotations

__all__ = ["HOLD", "MELODY_SIZE", "PITCHES", "REST", "STEPS_PER_BAR", "STEPS_PER_BEAT"]

STEPS_PER_BEAT = 4
STEPS_PER_BAR = 16
PITCHES = 128
HOLD = 128
REST = 129
MELODY_SIZE = 130
