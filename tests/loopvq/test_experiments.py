from __future__ import annotations

import numpy as np
import pytest
import torch

from melonb import loopvq
from melonb.corpora.corpus import Corpus, from_songs
from melonb.corpora.song import Song, SongPart
from melonb.loopvq.data import LoopBank, encode_all, loop_windows
from melonb.loopvq.experiments import extraction_report, novelty, usage
from melonb.loopvq.metrics import training_row
from melonb.loopvq.model import CELLS, VQVAE
from tests.loopvq.conftest import make_parts


def test_novelty_is_the_distance_to_the_nearest() -> None:
    random = np.random.default_rng(0)
    known = random.random((20, 128, 93)) < 0.02
    made = known[[3, 7]].copy()
    made[1, :5, 0] ^= True
    np.testing.assert_allclose(novelty(made, known), [0, 5 / CELLS], atol=1e-12)


def test_usage_counts_each_step(band: Corpus) -> None:
    vq = loopvq.build("vq", "tiny").eval()
    assert isinstance(vq, VQVAE)
    rows = usage(vq, loop_windows(["band"], "train"), examples=3)
    assert [row["step"] for row in rows] == list(range(32))
    for row in rows:
        assert 1 <= row["perplexity"] <= 32
        assert 0 < row["share_of_most"] <= 1
        assert len(row["codes"]) == 3


def test_usage_shows_loops_that_differ() -> None:
    songs = []
    for number, seed in enumerate([0, 0, 0, 1, 2, 2, 3]):  # the same music under several names
        bass, drums = make_parts(seed, bars=16)
        parts = (SongPart("bass", bass.astype("i2"), 33), SongPart("drums", drums.astype("i2")))
        songs.append(Song(f"song {number}", f"group {number}", parts, "test", "CC0"))
    windows = from_songs("band", songs).windows("loop", 8, split="all", unique=False)
    torch.manual_seed(0)
    vq = loopvq.build("vq", "tiny").eval()
    assert isinstance(vq, VQVAE)
    shown = np.array([row["codes"] for row in usage(vq, windows, examples=4)]).T
    every = encode_all(vq, LoopBank(windows)).numpy()
    assert len(np.unique(shown, axis=0)) == len(shown) == 4 < len(every)
    assert {tuple(row) for row in shown} <= {tuple(row) for row in every}
    assert len(usage(vq, windows, examples=99)[0]["codes"]) == len(np.unique(shown, axis=0))


def test_report_on_a_corpus(band: Corpus) -> None:
    report = extraction_report(band, files=80)
    assert report["songs_with_loops"] == 60
    assert report["loops_per_file"] == pytest.approx(report["loops"] / 80)
    assert 0 <= report["hamming"] < 0.0015
    # Four bass notes in each bar, eight hats, a snare on two and four, two kicks, half a crash.
    assert report["columns_in_bar"] <= report["notes_in_bar"] <= 4 + 8 + 2 + 2 + 0.5
    assert extraction_report(band, files=80, stride=8)["loops"] < report["loops"]


def test_a_test_loop_that_was_trained_on_is_counted() -> None:
    songs = []
    for number, (seed, split) in enumerate([(0, "train"), (1, "train"), (0, "test"), (2, "test")]):
        bass, drums = make_parts(seed)
        parts = (SongPart("bass", bass.astype(np.int16), 33), SongPart("drums", drums.astype("i2")))
        songs.append(Song(f"song {number}", f"group {number}", parts, "test", "CC0", split))
    report = extraction_report(from_songs("band", songs), files=4)
    assert (report["loops"], report["in_training"], report["unique"]) == (4, 0.5, 0.75)


def test_training_row_stands_beside_the_paper_s() -> None:
    rolls = np.zeros((4, 128, 93), dtype=bool)
    row = training_row(rolls, np.array([[1, 2], [1, 2], [3, 4], [5, 6]]))
    assert (row["os"], row["us"], row["paper_us"]) == (1.0, 0.75, 0.51)
