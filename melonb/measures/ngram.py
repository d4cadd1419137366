"""A language model that counts, and says how surprising a sequence is to who knows the style.

**Task.** Give each step of a sequence a probability from the four steps before it.

**Paper.** MusicVAE, Fig. 3, judges interpolations by a 5-gram model with KenLM.  This is the
same model, interpolated modified Kneser-Ney smoothing: Chen and Goodman, *An empirical study of
smoothing techniques for language modeling*, 1998, section 3.

**Conventions.** Sequences are ``(N, T)`` integers from 0 to ``size - 1``; every sequence begins
after a start symbol, and has no end symbol, since all are equally long.  Costs are in nats.

A note on the method.  A model of order n trusts its counts less a *discount*, and gives what it
took away to the model of order n - 1.  The lower orders do not count how often a sequence was
seen but after how many different symbols, which is what matters when they are needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["NGram"]


@dataclass(frozen=True)
class _Level:
    """The counts of one order: sequences and their contexts as sorted numbers."""

    grams: np.ndarray  # (G,) each sequence of this order, written as one number
    kept: np.ndarray  # (G,) its count less the discount
    contexts: np.ndarray  # (C,) each sequence but its last symbol
    totals: np.ndarray  # (C,) the counts of all that follow it
    given: np.ndarray  # (C,) the share that the discounts took from them


class NGram:
    """An n-gram language model.

    Parameters
    ----------
    size
        The number of symbols.
    order
        The longest sequence that is counted; a step sees ``order - 1`` steps before it.

    Examples
    --------
    >>> model = NGram(size=4, order=3).fit(np.array([[0, 1, 2, 3] * 4] * 5))
    >>> model.cost(np.array([[0, 1, 2, 3]])) < model.cost(np.array([[3, 2, 1, 0]]))
    array([ True])
    """

    def __init__(self, size: int, order: int = 5) -> None:
        if order < 1 or size < 1 or (size + 1) ** order >= 2**63:
            raise ValueError(f"order {order} over {size} symbols cannot be counted")
        self.size = size
        self.order = order
        self._base = size + 1  # the start symbol is the last number
        self._levels: list[_Level] = []

    def fit(self, sequences: np.ndarray) -> NGram:
        """Count the sequences ``(N, T)``."""
        longest, counts = np.unique(self._grams(sequences, self.order), return_counts=True)
        levels = [self._level(longest, counts)]
        for order in range(self.order - 1, 0, -1):
            longest, counts = self._shorter(sequences, longest, order)
            levels.append(self._level(longest, counts))
        self._levels = levels[::-1]
        return self

    def log_prob(self, sequences: np.ndarray) -> np.ndarray:
        """Give the log-probability of every step in nats, ``(N, T)``."""
        if not self._levels:
            raise ValueError("the model has not been fitted")
        sequences = np.atleast_2d(sequences)
        share = np.full(sequences.size, 1 / self.size)
        for order, level in enumerate(self._levels, start=1):
            grams = self._grams(sequences, order)
            context, known = _find(level.contexts, grams // self._base)
            gram, seen = _find(level.grams, grams)
            own = np.where(seen, level.kept[gram], 0.0) / level.totals[context]
            share = np.where(known, own + level.given[context] * share, share)
        return np.log(share).reshape(sequences.shape)

    def cost(self, sequences: np.ndarray) -> np.ndarray:
        """Give the mean negative log-probability of a step, ``(N,)``."""
        return -self.log_prob(sequences).mean(axis=-1)

    def _grams(self, sequences: np.ndarray, order: int) -> np.ndarray:
        """Write each step with the ``order - 1`` before it as one number, ``(N * T,)``."""
        sequences = np.atleast_2d(sequences).astype(np.int64)
        if sequences.size == 0 or sequences.min() < 0 or sequences.max() >= self.size:
            raise ValueError(f"sequences must hold symbols from 0 to {self.size - 1}")
        start = np.full((len(sequences), order - 1), self.size, dtype=np.int64)
        padded = np.concatenate([start, sequences], axis=1)
        numbers = np.zeros_like(sequences)
        for place in range(order):
            numbers = numbers * self._base + padded[:, place : place + sequences.shape[1]]
        return numbers.ravel()

    def _shorter(
        self, sequences: np.ndarray, longer: np.ndarray, order: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Count in how many ways each sequence of ``order`` is continued to the left."""
        grams, ways = np.unique(longer % self._base**order, return_counts=True)
        # Nothing but a start stands to the left of a start: there the plain count is used.
        raw, times = np.unique(self._grams(sequences, order), return_counts=True)
        starts = grams // self._base ** (order - 1) == self.size
        return grams, np.where(starts, times[np.searchsorted(raw, grams)], ways)

    def _level(self, grams: np.ndarray, counts: np.ndarray) -> _Level:
        """Take the discounts off the counts and remember what they took from each context."""
        discount = _discounts(counts)[np.minimum(counts, 3)]
        contexts, group = np.unique(grams // self._base, return_inverse=True)
        totals = np.bincount(group, weights=counts)
        taken = np.bincount(group, weights=discount)
        return _Level(grams, counts - discount, contexts, totals, taken / totals)


def _discounts(counts: np.ndarray) -> np.ndarray:
    """Estimate what to take off counts of 0, 1, 2, and 3 or more, ``(4,)``."""
    seen = np.bincount(np.minimum(counts, 5), minlength=6)[1:5].astype(float)
    if not seen.all():
        return np.array([0.0, 0.5, 1.0, 1.5])  # too few sequences to estimate from
    spread = seen[0] / (seen[0] + 2 * seen[1])
    number = np.arange(1, 4)
    taken = number - (number + 1) * spread * seen[1:] / seen[:-1]
    return np.concatenate([[0.0], np.clip(taken, 0.05, number)])


def _find(ordered: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find each number: where it stands (or some valid place), and whether it is there."""
    place = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return place, ordered[place] == wanted
