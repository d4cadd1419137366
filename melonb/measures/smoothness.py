"""How evenly a path between two sequences moves: the interpolation edit distance ratio.

A path is a list of ``J + 1`` sequences of symbols, its two ends among them. The ratio R(J) of
Akama (2021, eq. 12) divides the mean edit distance of neighbours by the edit distance of the
ends. Steps on which nothing changes are left out of the mean, so that a path cannot earn a low
ratio by standing still; paths whose ends are equal are left out altogether.

A path that moves evenly and never turns back has R(J) = 1/J; one that stands still and then
jumps has R(J) = 1, whatever J is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from melonb.measures.distances import edit

__all__ = ["edit_ratio", "edit_ratios"]

Symbols = Sequence[int] | NDArray[np.integer]


def edit_ratio(path: Sequence[Symbols] | NDArray[np.integer]) -> float:
    """R(J) of one path, or NaN where the paper excludes it.

    Parameters
    ----------
    path
        ``J + 1`` sequences of symbols, ends included; at least two.

    Returns
    -------
    float
        Mean edit distance of the neighbours that differ, over the edit distance of the ends;
        NaN if the ends are equal or no neighbours differ.

    Examples
    --------
    >>> edit_ratio([[1, 1], [1, 2], [2, 2]])
    0.5
    >>> edit_ratio([[1, 1], [1, 1], [2, 2]])
    1.0
    """
    if len(path) < 2:
        raise ValueError("a path has at least two sequences, its ends")
    points = np.asarray(path)
    steps = edit(points[:-1], points[1:])
    moved = np.count_nonzero(steps)
    ends = edit(points[:1], points[-1:])[0]
    return float(steps.sum() / (ends * moved)) if ends * moved else float("nan")


def edit_ratios(
    paths: Sequence[Sequence[Symbols] | NDArray[np.integer]] | NDArray[np.integer], divisions: int
) -> NDArray[np.float64]:
    """R(J) of many paths, each taken with ``J = divisions`` steps.

    Parameters
    ----------
    paths
        (n, J' + 1, T): each path finely divided; ``T`` may differ from path to path.
    divisions
        ``J``; must divide ``J'``. Every ``J'/J``-th point is used.

    Returns
    -------
    ndarray
        (n,) ratios; NaN where the paper excludes a path.
    """
    ratios = []
    for path in paths:
        finest = len(path) - 1
        if divisions < 1 or finest % divisions:
            raise ValueError(f"a path of {finest} steps cannot be taken in {divisions}")
        ratios.append(edit_ratio([path[i] for i in range(0, finest + 1, finest // divisions)]))
    return np.array(ratios, dtype=np.float64)
