"""Who hears what, in which order: every pairing and every order equally often, else by lot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import permutations
from typing import NamedTuple

import numpy as np

from melonb.errors import UsageError
from melonb.lab.listening.definition import Definition

__all__ = ["Stimulus", "practised", "schedules"]


class Stimulus(NamedTuple):
    """A piece: its source, and its place in the source's list."""

    source: str
    place: int


Trial = tuple[Stimulus, ...]


class _Stock:
    """Deals the pieces of a source so that none is heard much more often than another."""

    def __init__(self, counts: Mapping[str, int], generator: np.random.Generator) -> None:
        self.counts = counts
        self.generator = generator
        self.used: Counter[Stimulus] = Counter()

    def deal(
        self, source: str, barred: Set[Stimulus], met: Set[Stimulus] = frozenset()
    ) -> Stimulus:
        """Take a least-used piece that is not barred; a barred one if there is no other.

        One that has ``met`` the other pieces of its trial before comes last of all.
        """
        pieces = [Stimulus(source, place) for place in range(self.counts[source])]
        new = [piece for piece in pieces if piece not in met] or pieces
        free = [piece for piece in new if piece not in barred] or new
        least = min(self.used[piece] for piece in free)
        choices = [piece for piece in free if self.used[piece] == least]
        chosen = choices[int(self.generator.integers(len(choices)))]
        self.used[chosen] += 1
        return chosen

    def deal_apart(
        self, sources: tuple[str, ...], barred: Set[Stimulus], earlier: Sequence[Trial]
    ) -> Trial:
        """Take a piece of each source that have not stood together in an ``earlier`` trial."""
        trial: Trial = ()
        for source in sources:
            met = {piece for one in earlier if trial and set(trial) <= set(one) for piece in one}
            trial = (*trial, self.deal(source, barred, met))
        return trial

    def deal_together(self, sources: tuple[str, ...], barred: Set[Stimulus]) -> Trial:
        """Take the same place of several sources, one at which none of them is barred."""
        places = {piece.place for piece in barred if piece.source in sources}
        first = self.deal(sources[0], {Stimulus(sources[0], place) for place in places})
        rest = tuple(Stimulus(source, first.place) for source in sources[1:])
        self.used.update(rest)
        return (first, *rest)


def _orders(definition: Definition, generator: np.random.Generator) -> Iterator[tuple[str, ...]]:
    """Give sources in order, without end: each block has every order of every choice once."""
    size = 2 if definition.design == "pairs" else len(definition.sources)
    block = list(permutations(definition.sources, size))
    while True:
        for place in generator.permutation(len(block)):
            yield block[place]


def practised(definition: Definition, counts: Mapping[str, int]) -> list[Trial]:
    """Choose the trials to get used to: their pieces are of each source in turn."""
    places = range(max(counts.values()))
    turns = [Stimulus(one, place) for place in places for one in definition.sources]
    pieces = [piece for piece in turns if piece.place < counts[piece.source]]
    size = 2 if definition.design == "pairs" else 1
    trials = zip(*(pieces[first::size] for first in range(size)), strict=False)
    return list(trials)[: definition.practice]


def _spent(definition: Definition, counts: Mapping[str, int]) -> set[Stimulus]:
    """Give the pieces that a listener knows before the first trial."""
    return {piece for trial in practised(definition, counts) for piece in trial}


def _singles(definition: Definition, stock: _Stock, generator: np.random.Generator) -> list[Trial]:
    barred = _spent(definition, stock.counts)
    trials = []
    for source in definition.sources:
        for _ in range(definition.trials):
            piece = stock.deal(source, barred)
            barred.add(piece)
            trials.append((piece,))
    return [trials[place] for place in generator.permutation(len(trials))]


def schedules(
    definition: Definition, counts: Mapping[str, int], listeners: int, seed: int = 0
) -> list[list[Trial]]:
    """Plan a test for a number of listeners.

    Parameters
    ----------
    counts
        How many pieces each source has.

    Returns
    -------
    list
        For each listener the trials in order, each a tuple of pieces in the order in which they
        are offered.
    """
    _check(definition, counts)
    generator = np.random.default_rng(seed)
    stock = _Stock(counts, generator)
    orders = _orders(definition, generator)
    plans = []
    for _ in range(listeners):
        if definition.design == "singles":
            plans.append(_singles(definition, stock, generator))
            continue
        barred = _spent(definition, counts)
        trials: list[Trial] = []
        for _ in range(definition.trials):
            order = next(orders)
            if definition.matched:
                trial = stock.deal_together(order, barred)
            else:
                trial = stock.deal_apart(order, barred, trials)
            barred.update(trial)
            trials.append(trial)
        plans.append([trials[place] for place in generator.permutation(len(trials))])
    return plans


def _check(definition: Definition, counts: Mapping[str, int]) -> None:
    for source in definition.sources:
        if not counts.get(source):
            raise UsageError(
                f"there is no music of {source!r}", remedy="give pieces for each source"
            )
    if definition.matched and len({counts[source] for source in definition.sources}) > 1:
        raise UsageError(
            "matched sources have different numbers of pieces", remedy="give each the same number"
        )
