"""A small corpus of made-up lead sheets that every recipe's data means while a test runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from melonb import corpora, ec2vae
from melonb.corpora.corpus import Corpus, from_songs
from melonb.corpora.song import Song, SongPart
from melonb.ec2vae.instruments import EC2Instrument
from melonb.music import Chords, LeadSheet, Melody
from melonb.music.encodings import canonical

BARS = 12
TRIADS = np.array([0b000010010001, 0b001000100001, 0b100010000100], np.uint16)


def sheet_tokens(seed: int, bars: int = BARS) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    tokens = random.integers(60, 76, bars * 16)
    kind = random.random(len(tokens))
    tokens = np.where(kind < 0.6, 128, np.where(kind < 0.65, 129, tokens))
    tokens[::16] = 60
    return canonical(tokens.astype(np.int16)), np.repeat(random.choice(TRIADS, bars), 16)


def make_sheet(seed: int, bars: int = 8) -> LeadSheet:
    tokens, chords = sheet_tokens(seed, bars)
    return LeadSheet(Melody(tokens), Chords.from_mask(chords))


def _song(number: int) -> Song:
    tokens, chords = sheet_tokens(number)
    part = SongPart("melody", tokens, program=0, chords=chords)
    split = ("train", "valid", "test")[number % 3]
    return Song(f"song {number}", f"song {number}", (part,), "made up", "none", split)


@pytest.fixture
def corpus(monkeypatch: pytest.MonkeyPatch) -> Corpus:
    made_up = from_songs("made-up", [_song(number) for number in range(9)])
    monkeypatch.setattr(corpora, "mix", lambda names: made_up)
    return made_up


@pytest.fixture
def sheet() -> Callable[..., LeadSheet]:
    return make_sheet


@pytest.fixture
def phrase() -> LeadSheet:
    return make_sheet(0)


@pytest.fixture(scope="session")
def hierarchical() -> EC2Instrument:
    return ec2vae.instrument(
        "8bar-hierarchical", ec2vae.build("8bar-hierarchical", "tiny", hidden=12)
    )


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"
