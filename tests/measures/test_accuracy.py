from __future__ import annotations

import numpy as np
import pytest

from melonb.measures.accuracy import by_song, step_accuracy
from melonb.measures.intervals import ratio_by_song


def test_accuracy_by_hand_and_identity() -> None:
    truth = np.array([[60, 128, 62, 129], [1, 2, 3, 4]])
    predicted = np.array([[60, 128, 64, 129], [0, 0, 0, 4]])
    np.testing.assert_allclose(step_accuracy(predicted, truth), [0.75, 0.25], atol=1e-12)
    assert (step_accuracy(truth, truth) == 1).all()


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="differ"):
        step_accuracy(np.zeros((2, 3)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="without steps"):
        step_accuracy(np.zeros((2, 0)), np.zeros((2, 0)))
    with pytest.raises(ValueError, match="songs"):
        by_song(np.zeros(3), np.zeros(2))
    with pytest.raises(ValueError, match="songs"):
        by_song(np.zeros(0), np.zeros(0))


def test_the_interval_counts_songs_not_windows() -> None:
    chance = np.random.default_rng(0)
    level = chance.normal(size=50)
    few = by_song(level, np.arange(50))
    same = by_song(np.repeat(level, 40), np.repeat(np.arange(50), 40))
    assert (few.low, few.high) == pytest.approx((same.low, same.high))
    assert same.n == 50
    spread = 1.96 * level.std() / np.sqrt(50)
    assert few.high - few.low == pytest.approx(2 * spread, rel=0.15)


def test_one_song_gives_no_width() -> None:
    only = by_song(np.array([0.25, 0.75]), np.array(["a", "a"]))
    assert (only.value, only.low, only.high, only.n) == (0.5, 0.5, 0.5, 1)


def test_long_songs_weigh_more() -> None:
    uneven = by_song(np.array([1.0, 1.0, 1.0, 0.0]), np.array([0, 0, 0, 1]))
    assert uneven.value == 0.75
    assert (uneven.low, uneven.high) == (0.0, 1.0)


def test_a_ratio_is_of_sums_and_its_interval_over_songs() -> None:
    parts, wholes = np.array([1.0, 0.0, 9.0]), np.array([1.0, 1.0, 10.0])
    ratio = ratio_by_song(parts, wholes, np.array(["a", "a", "b"]))
    assert ratio.value == pytest.approx(10 / 12)
    assert (ratio.low, ratio.high, ratio.n) == (0.5, 0.9, 2)  # one song twice, or the other
    alone = ratio_by_song(np.array([1.0, 0.0]), np.array([2.0, 0.0]), np.array([0, 1]))
    assert (alone.value, alone.low, alone.high) == (0.5, 0.5, 0.5)  # draws without a whole are out
    nothing = ratio_by_song(np.zeros(2), np.zeros(2), np.arange(2))
    assert np.isnan([nothing.value, nothing.low, nothing.high]).all()
    with pytest.raises(ValueError, match="songs"):
        ratio_by_song(np.zeros(2), np.zeros(3), np.zeros(2))
