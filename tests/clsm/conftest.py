from __future__ import annotations

import numpy as np
import pytest

from melonb.corpora.corpus import Corpus, from_songs
from melonb.corpora.song import Song, SongPart


def tune(number: int, bars: int = 10) -> np.ndarray:
    """A tune in fifths and seconds, different for every number, with eighths and holds."""
    chance = np.random.default_rng(number)
    notes = 60 + np.cumsum(chance.choice([-2, -1, 1, 2], size=bars * 8)) % 16
    tokens = np.full(bars * 16, 128, np.int16)
    tokens[::2] = notes
    tokens[2::8] = 128
    return tokens


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    splits = ("clsm-train-1", "clsm-valid-1", "clsm-train-2", "clsm-valid-2", "clsm-test")
    songs = [
        Song(f"song {n}", f"song {n}", (SongPart("melody", tune(n)),), "test", "none", split)
        for n in range(40)
        for split in [splits[n % 5]]
    ]
    return from_songs("test", songs)
