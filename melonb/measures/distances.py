"""Distances between sequences of tokens.

**Task.** How far apart are two pieces of music, step by step?

**Papers.** MusicVAE, Fig. 3: Hamming distance along an interpolation.  CLSM, eq. (12): edit
distance between neighbours on a path.

**Conventions.** Sequences are integer arrays with time along the last axis; a distance is 0 for
equal sequences.  The Hamming distance is a share of the steps, from 0 to 1; the edit distance
counts insertions, deletions and substitutions.
"""

from __future__ import annotations

import numpy as np
from rapidfuzz.distance import Levenshtein

__all__ = ["diversity", "edit", "hamming"]


def hamming(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Give the share of steps that differ, ``(...)`` for ``(..., T)``.

    Examples
    --------
    >>> float(hamming(np.array([60, 128, 62, 129]), np.array([60, 128, 64, 129])))
    0.25
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape[-1:] != b.shape[-1:] or a.shape[-1:] == (0,):
        raise ValueError(f"shapes {a.shape} and {b.shape} cannot be compared step by step")
    return (a != b).mean(axis=-1)


def edit(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Give the edit distance of each pair, ``(N,)`` for ``(N, T)`` and ``(N, S)``.

    Examples
    --------
    >>> edit(np.array([[60, 62, 64, 65]]), np.array([[62, 64, 65, 67]]))
    array([2])
    """
    a, b = np.atleast_2d(a), np.atleast_2d(b)
    if len(a) != len(b):
        raise ValueError(f"{len(a)} and {len(b)} sequences do not pair up")
    pairs = zip(a.tolist(), b.tolist(), strict=True)
    return np.array([Levenshtein.distance(one, other) for one, other in pairs], dtype=np.int64)


def diversity(sequences: np.ndarray) -> float:
    """Give the mean Hamming distance over all pairs of ``(N, T)``: 0 if all are the same.

    Examples
    --------
    >>> diversity(np.array([[1, 1], [1, 2]]))
    0.5
    """
    sequences = np.asarray(sequences)
    if sequences.ndim != 2 or len(sequences) < 2:
        raise ValueError("at least two sequences are needed")
    count, same = len(sequences), 0.0
    for column in sequences.T:  # pairs that agree at a step: those within each symbol
        _, times = np.unique(column, return_counts=True)
        same += float((times * (times - 1) / 2).sum())
    return 1 - same / (sequences.shape[1] * count * (count - 1) / 2)
