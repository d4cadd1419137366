"""The naive way between two pieces, and the sources of the listening test."""

from __future__ import annotations

import numpy as np
import pytest

from melonb import musicvae
from melonb.errors import MusicError, UsageError
from melonb.music import Bass, Drums, Melody, Trio
from melonb.music.encodings import to_events
from melonb.musicvae.blending import blend
from melonb.musicvae.listening import SOURCES, listening_sources

LOW = Melody([60, 128, 62, 128, 129, 129, 64, 128] * 4)
HIGH = Melody([72, 129, 128, 129, 74, 128, 128, 128] * 4)
BEATS = Drums([1, 0, 2, 0] * 8), Drums([0, 4, 0, 4] * 8)


def test_a_blend_goes_from_one_to_the_other_symbol_by_symbol():
    path = blend(LOW, HIGH, 5, seed=3)
    assert (path[0], path[-1]) == (LOW, HIGH)
    first, last = to_events(LOW.tokens), to_events(HIGH.tokens)
    moved = [(to_events(piece.tokens) != first).sum() for piece in path]
    assert moved == sorted(moved)
    middle = to_events(path[2].tokens)
    # a note-off where nothing sounds has no symbol of its own once it is read
    assert np.isin(middle[middle < 128], np.union1d(first, last)).all()
    assert 0 < (middle != first).sum() < (last != first).sum()
    assert blend(LOW, HIGH, 5, seed=3) == path != blend(LOW, HIGH, 5, seed=4)


def test_drums_and_trios_are_blended_too():
    for step in blend(*BEATS, 4):
        assert set(step.tokens.tolist()) <= {0, 1, 2, 4}
    one, other = (Trio(m, Bass(m.tokens), d) for m, d in zip((LOW, HIGH), BEATS, strict=True))
    path = blend(one, other, 3)
    assert (path[0], path[-1]) == (one, other)
    assert path[1].melody.tokens.tolist() == path[1].bass.tokens.tolist()  # voices go together


@pytest.mark.parametrize("other", [BEATS[0], LOW.slice_bars(0, 1)])
def test_what_cannot_be_mixed_is_refused(other):
    with pytest.raises(MusicError, match="step by step"):
        blend(LOW, other)


def test_listeners_hear_both_models_and_real_music():
    flat, hierarchical = (
        musicvae.instrument(name, musicvae.build(name, "tiny"))
        for name in ("mel-16bar-flat", "mel-16bar")
    )
    real = [Melody(np.tile(tune.tokens, 8)) for tune in (LOW, HIGH)]
    sources = listening_sources(flat, hierarchical, real, seed=2)
    assert tuple(sources) == SOURCES
    assert sources["real"] == real
    assert sources["flat"] == flat.sample(2, temperature=0.5, seed=2)
    assert {piece.bars for pieces in sources.values() for piece in pieces} == {16}
    for wrong in ([], [LOW], [BEATS[0]]):
        with pytest.raises(UsageError, match="16 bars of Melody"):
            listening_sources(flat, hierarchical, wrong)
