from __future__ import annotations

import itertools

import numpy as np
import pytest

from melonb.measures.distances import diversity, edit, hamming


def test_hamming_by_hand() -> None:
    a = np.array([[1, 2, 3, 4], [1, 1, 1, 1]])
    b = np.array([[1, 2, 0, 0], [1, 1, 1, 1]])
    np.testing.assert_allclose(hamming(a, b), [0.5, 0.0], atol=1e-12)
    with pytest.raises(ValueError, match="step by step"):
        hamming(a, b[:, :3])


def test_edit_by_hand() -> None:
    a = np.array([[1, 2, 3, 4], [5, 5, 5, 5]])
    b = np.array([[2, 3, 4, 9], [5, 5, 5, 5]])
    assert edit(a, b).tolist() == [2, 0]
    assert edit(np.array([1, 2]), np.array([1, 2, 3])).tolist() == [1]
    with pytest.raises(ValueError, match="pair up"):
        edit(a, b[:1])


def test_diversity_is_the_mean_over_pairs() -> None:
    sequences = np.random.default_rng(0).integers(3, size=(7, 5))
    pairs = [hamming(a, b) for a, b in itertools.combinations(sequences, 2)]
    assert diversity(sequences) == pytest.approx(np.mean(pairs), abs=1e-12)
    assert diversity(np.ones((3, 4))) == 0
    with pytest.raises(ValueError, match="two sequences"):
        diversity(sequences[:1])
