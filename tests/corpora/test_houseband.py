"""The house band: seeded, whole, and worth learning from."""

from __future__ import annotations

import numpy as np
import pytest

from melonb.corpora.corpus import from_songs
from melonb.corpora.houseband import play
from melonb.corpora.houseband.styles import FILLS, RHYTHMS, STYLES
from melonb.music.grid import HOLD, REST


def test_every_line_is_a_bar_long() -> None:
    for style in STYLES.values():
        lines = [*style.kicks, *style.snares, *style.basses]
        lines += [line for cymbal in style.cymbals for line in cymbal.values()]
        assert all(len(line) == 16 for line in lines)
        assert set(style.rhythms) <= set(RHYTHMS)
    assert all(len(line) == 16 for family in RHYTHMS.values() for line in family)
    assert all(len(line) == 16 for fill in FILLS for line in fill.values())


@pytest.mark.parametrize("number", range(30))
def test_songs_are_whole_and_in_range(number: int) -> None:
    song = play(number)
    melody, bass, drums = song.parts
    assert song.bars >= 32
    assert {len(part.tokens) for part in song.parts} == {song.bars * 16}
    assert melody.chords is not None
    assert (melody.chords > 0).all()
    sung = melody.tokens[melody.tokens < HOLD]
    assert sung.min() >= 55
    assert sung.max() <= 84
    played = bass.tokens[bass.tokens < HOLD]
    assert played.min() >= 28
    assert played.max() < 60
    assert drums.tokens.max() < 512
    assert set(np.unique(melody.tokens)) <= {*range(128), HOLD, REST}


def test_the_same_seed_gives_the_same_song() -> None:
    one, again, other = play(7), play(7), play(7, seed=1)
    for a, b in zip(one.parts, again.parts, strict=True):
        assert np.array_equal(a.tokens, b.tokens)
    assert one.name != other.name
    # A change here changes every model that was trained on the band.
    assert from_songs("band", [play(number) for number in range(5)]).hash == "2dec2fa3b8b1105e"


def test_melodies_lean_on_the_chords() -> None:
    inside = total = 0
    for number in range(20):
        melody = play(number).parts[0]
        assert melody.chords is not None
        onsets = np.flatnonzero(melody.tokens < HOLD)
        onsets = onsets[onsets % 4 == 0]
        inside += int((melody.chords[onsets] >> (melody.tokens[onsets] % 12) & 1).sum())
        total += len(onsets)
    assert inside / total > 0.8
