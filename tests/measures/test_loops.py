from __future__ import annotations

import numpy as np
import pytest

from melonb.measures import loops as measure

KICK, CRASH = 84, 91


@pytest.fixture
def rolls() -> np.ndarray:
    """Two loops made by hand: one keeps every rule, the other breaks each once."""
    good = np.zeros((128, 93), dtype=bool)
    good[::4, 10] = True  # a bass note each beat
    good[::16, [KICK, CRASH]] = True
    bad = np.zeros((128, 93), dtype=bool)
    bad[1:128:2, 20] = True  # bass off the beat
    bad[64 + 1, 21] = True  # a second pitch, in the fifth bar
    bad[0, KICK] = True  # no crash
    return np.stack([good, bad])


def test_rules(rolls: np.ndarray) -> None:
    cells = 16 * 93
    np.testing.assert_allclose(measure.hamming(rolls), [0, 2 / cells], atol=1e-12)
    assert measure.first_note_drums(rolls) == 0.5
    assert measure.first_note_bass(rolls) == 0.5
    assert measure.duplicate_bass(rolls) == pytest.approx(1 / 256, abs=1e-12)


def test_busyness(rolls: np.ndarray) -> None:
    # Three columns each: kick, crash and a pitch; two pitches and a kick.
    assert measure.unique_pitches(rolls) == pytest.approx(3, abs=1e-12)
    assert measure.note_density(rolls) == pytest.approx((32 + 65) / 256, abs=1e-12)


def test_novelty() -> None:
    codes = np.array([[1, 2], [1, 2], [3, 4], [5, 6]])
    assert measure.unique_share(codes) == 0.75
    assert measure.overlap(codes, [[1, 2], [9, 9]]) == 0.5
    assert measure.overlap(codes.astype(np.int16), codes) == 1.0


def test_novelty_of_rolls(rolls: np.ndarray) -> None:
    assert measure.unique_share(rolls) == 1.0
    assert measure.overlap(rolls, rolls[:1]) == 0.5


def test_perfect_reconstruction_is_zero_and_one_cell_is_one_cell(rolls: np.ndarray) -> None:
    assert measure.reconstruction_error(rolls, rolls).tolist() == [0.0, 0.0]
    other = rolls.copy()
    other[1, 5, 5] ^= True
    np.testing.assert_allclose(
        measure.reconstruction_error(rolls, other), [0, 1 / (128 * 93)], atol=1e-12
    )


def test_all_eight(rolls: np.ndarray) -> None:
    result = measure.loop_metrics(rolls, codes=[[1], [1]], training=[[1]])
    assert list(result.as_dict()) == ["hd", "fnd", "fnb", "db", "os", "us", "up", "nd"]
    assert (result.os, result.us) == (1.0, 0.5)
    assert measure.loop_metrics(rolls).os is None
    assert measure.loop_metrics(rolls.astype(int), training=rolls.astype(np.uint8)).os == 1.0


def test_empty_and_wrong_input() -> None:
    empty = measure.loop_metrics(np.zeros((0, 128, 93), dtype=bool))
    assert all(np.isnan(value) for value in empty.as_dict().values() if value is not None)
    with pytest.raises(ValueError, match="128, 93"):
        measure.hamming(np.zeros((2, 128, 57), dtype=bool))
