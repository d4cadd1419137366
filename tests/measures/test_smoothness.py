from __future__ import annotations

import numpy as np
import pytest

from melonb.measures.smoothness import edit_ratio, edit_ratios


def test_an_even_path_has_one_over_j() -> None:
    # 0000 1000 1100 1110 1111: four steps of 1, ends 4 apart: (1+1+1+1) / (4 * 4).
    path = [[1] * i + [0] * (4 - i) for i in range(5)]
    assert edit_ratio(path) == 1 / 4


def test_a_path_that_jumps_has_one_however_often_it_stands_still() -> None:
    # 00 00 00 00 11: distances 0 0 0 2, so n = 3 of J = 4 are left out: 2 / (2 * 1).
    assert edit_ratio([[0, 0]] * 4 + [[1, 1]]) == 1.0


def test_a_path_that_wanders_is_above_one_half() -> None:
    # 000 -> 123 -> 001: distances 3 and 2 (only the last symbols differ on the way), ends 1 apart.
    assert edit_ratio([[0, 0, 0], [1, 2, 3], [0, 0, 1]]) == (3 + 3) / (1 * 2)


def test_the_excluded_are_not_numbers() -> None:
    assert np.isnan(edit_ratio([[1, 2], [3, 4], [1, 2]]))
    assert np.isnan(edit_ratio([[1, 2], [1, 2], [1, 2]]))


def test_a_fine_path_can_be_taken_in_fewer_steps() -> None:
    path = np.array([[1] * i + [0] * (8 - i) for i in range(9)])
    paths = np.stack([path, np.zeros_like(path)])
    for divisions in (2, 4, 8):
        ratios = edit_ratios(paths, divisions)
        assert ratios[0] == 1 / divisions
        assert np.isnan(ratios[1])
    with pytest.raises(ValueError, match="cannot be taken in 3"):
        edit_ratios(paths, 3)
    with pytest.raises(ValueError, match="at least two"):
        edit_ratio([[1]])
