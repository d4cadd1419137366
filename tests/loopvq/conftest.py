from __future__ import annotations

import numpy as np
import pytest

from melonb import corpora
from melonb.corpora.corpus import Corpus, from_songs
from melonb.corpora.song import Song, SongPart
from melonb.music import Bass, Drums, Loop
from melonb.music.grid import HOLD, REST

KICK, SNARE, HAT, CRASH = 1, 2, 4, 128


def make_parts(seed: int, bars: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Bass and drums of a song whose bars go A B A B ..., a loop from every first bar."""
    random = np.random.default_rng(seed)
    bass = np.full((2, 16), REST)
    bass[:, ::4] = random.integers(28, 45, (2, 4))
    bass[:, 1::4] = HOLD
    drums = np.zeros((2, 16), dtype=int)
    drums[:, ::2] |= HAT
    drums[:, 4::8] |= SNARE
    drums[:, 0] |= KICK
    drums[:, 6 + seed % 8] |= KICK
    drums[0, 0] |= CRASH
    times = bars // 2
    return np.tile(bass.ravel(), times), np.tile(drums.ravel(), times)


@pytest.fixture
def loops() -> list[Loop]:
    return [Loop.from_parts(*map_parts(seed)) for seed in range(4)]


def map_parts(seed: int) -> tuple[Bass, Drums]:
    bass, drums = make_parts(seed)
    return Bass(bass), Drums(drums)


@pytest.fixture
def band(monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """A corpus of 60 songs of 16 bars, which every name of a corpus means while it is used."""
    songs = []
    for number in range(60):
        bass, drums = make_parts(number, bars=16)
        voices = (
            SongPart("bass", bass.astype(np.int16), program=33),
            SongPart("drums", drums.astype(np.int16)),
        )
        songs.append(Song(f"song {number}", f"group {number}", voices, "test", "CC0"))
    corpus = from_songs("band", songs)
    monkeypatch.setattr(corpora, "mix", lambda names: corpus, raising=False)
    return corpus
