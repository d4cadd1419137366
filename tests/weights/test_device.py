"""Every model is trained and validated on a device of its own, and nothing is left on the CPU."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from melonb import corpora
from melonb.corpora.corpus import Corpus, from_songs
from melonb.corpora.song import Song, SongPart
from melonb.training import loop
from melonb.weights import registry
from melonb.weights.factory import ordered
from melonb.weights.training import train

sys.path.insert(0, str(Path(__file__).parent))

from elsewhere import DEVICE, MixedError, elsewhere, fabric

BARS = 16
TRIADS = np.array([0b000010010001, 0b001000100001, 0b100010000100], np.uint16)


def _song(number: int) -> Song:
    """A song with all that the four papers learn from; its bars go A B A B, as loops do."""
    random = np.random.default_rng(number)
    tune = np.full(BARS * 16, 128, np.int16)
    tune[::2] = 60 + np.cumsum(random.choice([-2, -1, 1, 2], BARS * 8)) % 16
    bass = np.full((2, 16), 129, np.int16)
    bass[:, ::4] = random.integers(28, 45, (2, 4))
    bass[:, 1::4] = 128
    drums = np.zeros((2, 16), np.int16)
    drums[:, ::2] |= 4
    drums[:, 4::8] |= 2
    drums[:, 1::2] |= random.integers(0, 2, (2, 8)).astype(np.int16)
    drums[0, 0] |= 128 + 1
    chords = np.repeat(random.choice(TRIADS, BARS), 16)
    parts = (
        SongPart("melody", tune, chords=chords),
        SongPart("bass", np.tile(bass.ravel(), BARS // 2), program=33),
        SongPart("drums", np.tile(drums.ravel(), BARS // 2)),
    )
    return Song(f"song {number}", f"group {number}", parts, "made up", "none")


@pytest.fixture
def songs(home: Path, monkeypatch) -> Corpus:
    made_up = from_songs("made-up", [_song(number) for number in range(60)])
    monkeypatch.setattr(corpora, "mix", lambda names: made_up)
    return made_up


@pytest.mark.parametrize("paper", registry.PAPERS)
def test_all_of_a_model_is_on_its_device(paper: str, songs: Corpus, monkeypatch) -> None:
    names = [name for name in registry.names() if name.startswith(paper)]
    monkeypatch.setattr(loop, "launch", fabric)
    with elsewhere(monkeypatch):
        for name in ordered(names, "tiny"):
            run = train(name, preset="tiny", steps=1, log_every=1, progress=False)
            assert {value.device for value in run.model.state_dict().values()} == {DEVICE}


def test_the_device_is_as_strict_as_a_gpu(monkeypatch) -> None:
    with elsewhere(monkeypatch) as device:
        there = torch.ones(3, device=device)
        assert (there + 1).sum().item() == 6.0
        assert there[torch.arange(2)].tolist() == [1.0, 1.0]
        with pytest.raises(MixedError, match="add"):
            there + torch.ones(3)
        with pytest.raises(MixedError, match="index"):
            torch.ones(3)[torch.zeros(2, dtype=torch.long, device=device)]
        with pytest.raises(MixedError, match="generator"):
            torch.rand(3, generator=torch.Generator(), device=device)
        with pytest.raises(RuntimeError):
            there.numpy()
