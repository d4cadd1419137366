"""Transposition sums and rhythmic form, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from melonb.measures.disentangle import (
    absolute_change,
    bar_similarity,
    coherence,
    form_kept,
    transposition_curve,
)

WALTZ = [0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1]
MARCH = [0, 1, 1, 1] * 4
SILENT = [2] * 16


def test_change_is_summed_over_dimensions() -> None:
    assert absolute_change([[0, 1, 2], [0, 0, 0]], [[0, 0, 4], [0, 0, 0]]).tolist() == [3, 0]


def test_change_refuses_other_shapes() -> None:
    with pytest.raises(ValueError, match="shapes"):
        absolute_change([[0, 1]], [[0, 1, 2]])


def test_curve_averages_pieces_and_divides_sums() -> None:
    curve = transposition_curve([1, 2], [[2, 4], [6, 8]], [[1, 1], [0, 2]])
    assert curve.pitch.tolist() == [3, 7]
    assert curve.rhythm.tolist() == [1, 1]
    assert curve.ratio == 5


def test_a_rhythm_that_never_moves_is_perfectly_kept_apart() -> None:
    assert transposition_curve([1], [[1]], [[0]]).ratio == float("inf")


def test_similarity_counts_common_onsets() -> None:
    alike = bar_similarity([WALTZ + MARCH + WALTZ])[0]
    # three onsets, four onsets, one of them (the first) common
    assert alike[0, 1] == pytest.approx(2 / 7)
    assert alike[0, 2] == 1
    assert np.allclose(alike, alike.T)


def test_silent_bars_agree_with_each_other_and_with_nothing_else() -> None:
    alike = bar_similarity([SILENT + SILENT + MARCH])[0]
    assert alike[0, 1] == 1
    assert alike[0, 2] == 0


def test_coherence_of_repetition_is_one() -> None:
    assert coherence([MARCH * 8]).tolist() == [1]
    assert coherence([MARCH]).tolist() == [1]
    assert coherence([MARCH + WALTZ])[0] == pytest.approx(2 / 7)


def test_form_survives_a_change_of_every_bar_alike() -> None:
    theme, varied = MARCH + SILENT + MARCH + SILENT, WALTZ + SILENT + WALTZ + SILENT
    assert form_kept([theme], [varied])[0] == 1
    broken = WALTZ + SILENT + MARCH + SILENT
    assert form_kept([theme], [broken])[0] < 1
    assert form_kept([theme], [theme])[0] == 1


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="rhythms of shape"):
        bar_similarity([[0, 1, 2]])
    with pytest.raises(ValueError, match="same length"):
        form_kept([MARCH], [MARCH * 2])
    assert bar_similarity(np.zeros((0, 32), int)).shape == (0, 2, 2)
