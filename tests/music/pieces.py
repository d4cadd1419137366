"""Random pieces for property tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from melonb.music import Bass, Chords, Drums, LeadSheet, Loop, Melody, Rhythm, Trio

steps = st.integers(1, 70)


def tokens(length: int, size: int = 130) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.int16, length, elements=st.integers(0, size - 1))


def voice(length: int) -> st.SearchStrategy[np.ndarray]:
    """Melody tokens with as many holds and rests as music has."""
    symbol = st.one_of(st.integers(0, 127), st.just(128), st.just(128), st.just(129))
    return arrays(np.int16, length, elements=symbol)


def chroma(length: int) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.uint8, (length, 12), elements=st.integers(0, 1))


melodies = steps.flatmap(voice).map(Melody)
basses = steps.flatmap(voice).map(Bass)
rhythms = steps.flatmap(lambda n: tokens(n, 3)).map(Rhythm)
drums = steps.flatmap(lambda n: tokens(n, 512)).map(Drums)
chords = steps.flatmap(chroma).map(Chords)
lead_sheets = steps.flatmap(
    lambda n: st.builds(LeadSheet, voice(n).map(Melody), chroma(n).map(Chords))
)
trios = steps.flatmap(
    lambda n: st.builds(Trio, voice(n).map(Melody), voice(n).map(Bass), tokens(n, 512).map(Drums))
)
loops = st.builds(Loop.from_parts, voice(128).map(Bass), tokens(128, 512).map(Drums))
pieces = st.one_of(melodies, basses, rhythms, drums, chords, lead_sheets, trios, loops)
