from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from melonb.measures.ngram import NGram


def text(count: int = 60, steps: int = 12, size: int = 5) -> np.ndarray:
    """A noisy walk, so that contexts say something and some are rare."""
    chance = np.random.default_rng(0)
    walk = np.cumsum(chance.choice([0, 1, 1, 1, 2], size=(count, steps)), axis=1)
    return np.where(chance.random((count, steps)) < 0.1, 0, walk % size)


class Plain:
    """The textbook's recursion, one dictionary look-up at a time."""

    def __init__(self, sequences: np.ndarray, size: int, order: int) -> None:
        self.size, self.order = size, order
        padded = [("<",) * (order - 1) + tuple(row) for row in sequences.tolist()]
        raw = {
            n: Counter(row[end - n : end] for row in padded for end in range(order, len(row) + 1))
            for n in range(1, order + 1)
        }
        self.counts = {order: raw[order]}
        for n in range(order - 1, 0, -1):
            ways = Counter(gram[1:] for gram in raw[n + 1])
            self.counts[n] = {g: raw[n][g] if g[0] == "<" else ways[g] for g in ways}

    def discount(self, n: int, count: int) -> float:
        seen = Counter(self.counts[n].values())
        if not all(seen[k] for k in (1, 2, 3, 4)):
            return min(count, 3) * 0.5
        spread = seen[1] / (seen[1] + 2 * seen[2])
        k = min(count, 3)
        return min(max(k - (k + 1) * spread * seen[k + 1] / seen[k], 0.05), k)

    def share(self, gram: tuple) -> float:
        n = len(gram)
        if n == 0:
            return 1 / self.size
        followers = {g: c for g, c in self.counts[n].items() if g[:-1] == gram[:-1]}
        if not followers:
            return self.share(gram[1:])
        total = sum(followers.values())
        taken = sum(self.discount(n, c) for c in followers.values())
        count = followers.get(gram, 0)
        own = (count - self.discount(n, count)) / total if count else 0.0
        lower = self.share(gram[1:]) if n > 1 else 1 / self.size
        return own + taken / total * lower


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_the_model_is_the_textbook_one(order: int) -> None:
    sequences = text()
    model, plain = NGram(5, order).fit(sequences), Plain(sequences, 5, order)
    new = np.random.default_rng(1).integers(5, size=(4, 9))
    shares = np.exp(model.log_prob(new))
    for row, sequence in enumerate(new.tolist()):
        padded = ("<",) * (order - 1) + tuple(sequence)
        for t in range(len(sequence)):
            assert shares[row, t] == pytest.approx(plain.share(padded[t : t + order]), abs=1e-12)


def test_the_shares_of_all_symbols_sum_to_one() -> None:
    model = NGram(5, 4).fit(text())
    for context in ([], [0], [1, 2, 3], [4, 4, 4]):
        every = np.array([[*context, symbol] for symbol in range(5)])
        assert np.exp(model.log_prob(every)[:, -1]).sum() == pytest.approx(1, abs=1e-12)


def test_what_was_seen_costs_less_than_noise() -> None:
    sequences = text(200)
    model = NGram(5).fit(sequences[:150])
    noise = np.random.default_rng(2).permuted(sequences[150:], axis=1)
    assert model.cost(sequences[150:]).mean() < model.cost(noise).mean() - 0.2


def test_a_large_alphabet_fits() -> None:
    model = NGram(512).fit(np.random.default_rng(0).integers(512, size=(20, 32)))
    assert np.isfinite(model.cost(np.full((1, 4), 511))).all()


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="symbols from 0 to 4"):
        NGram(5).fit(np.array([[0, 5]]))
    with pytest.raises(ValueError, match="not been fitted"):
        NGram(5).cost(np.array([[0]]))
    with pytest.raises(ValueError, match="cannot be counted"):
        NGram(10_000, order=5)
