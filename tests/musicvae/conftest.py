"""A small corpus of made-up trios."""

from __future__ import annotations

import numpy as np
import pytest

from melonb.corpora.corpus import from_songs
from melonb.corpora.song import Song, SongPart
from melonb.music.encodings import canonical

BARS = 20


def _voice(random, low):
    tokens = random.integers(low, low + 12, BARS * 16)
    kind = random.random(len(tokens))
    tokens = np.where(kind < 0.6, 128, np.where(kind < 0.65, 129, tokens))
    tokens[::16] = low
    return canonical(tokens)


def _song(number, random):
    drums = random.choice([0, 1, 4, 6], BARS * 16).astype(np.int16)
    drums[::16] = 1
    parts = (
        SongPart("melody", _voice(random, 60), program=0),
        SongPart("bass", _voice(random, 36), program=33),
        SongPart("drums", drums, program=0),
    )
    split = ("train", "valid", "test")[number % 3]
    return Song(f"song {number}", f"song {number}", parts, "made up", "none", split)


@pytest.fixture(scope="session")
def corpus():
    random = np.random.default_rng(0)
    return from_songs("made-up", [_song(number, random) for number in range(9)])
