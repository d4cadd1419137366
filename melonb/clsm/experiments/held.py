"""The held-out phrases that every figure is taken on, each with a target of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from melonb.clsm.data import phrases, to_symbols
from melonb.clsm.spans import BARS, STEPS, Span, draw_span
from melonb.corpora.corpus import Corpus
from melonb.errors import CorpusError

__all__ = ["Group", "Held", "hold"]


@dataclass(frozen=True)
class Group:
    """The phrases that share a span.

    Parameters
    ----------
    span
        Their target.
    index
        (n,) which of the held-out phrases they are.
    symbols
        (n, 128).
    """

    span: Span
    index: NDArray[np.int64]
    symbols: Tensor


@dataclass(frozen=True)
class Held:
    """Phrases and targets to measure on.

    Parameters
    ----------
    symbols
        (n, 128).
    spans
        One a phrase, drawn as in training.
    songs
        (n,) the song of each phrase.
    """

    symbols: Tensor
    spans: list[Span]
    songs: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.spans)

    @property
    def left_only(self) -> NDArray[np.bool_]:
        """Tell the phrases of which nothing follows the target, (n,)."""
        return np.array([span.left_context_only for span in self.spans])

    def groups(self) -> Iterator[Group]:
        """Give the phrases span by span, so that each group is one batch."""
        for span in sorted(set(self.spans), key=lambda s: (s.first, s.stop)):
            index = np.flatnonzero([other == span for other in self.spans])
            yield Group(span, index, self.symbols[torch.from_numpy(index)])

    def target(self, phrases: NDArray[np.int64], number: int) -> NDArray[np.int64]:
        """Cut the target of phrase ``number`` out of anything (..., 128)."""
        return phrases[..., self.spans[number].slice]

    def to(self, device: torch.device) -> Held:
        """Move the phrases."""
        return Held(self.symbols.to(device), self.spans, self.songs)


def hold(corpus: Corpus, split: str = "test", limit: int | None = None, seed: int = 0) -> Held:
    """Draw phrases, at most 1000 as in section 4.1, and a target for each.

    Parameters
    ----------
    split
        ``test`` is the paper's test split.
    limit
        Other than 1000.
    """
    name = "clsm-test" if split == "test" else split
    windows = phrases(corpus, name, limit=limit or 1000, seed=seed)
    if len(windows) == 0:
        raise CorpusError(
            f"{corpus.name} has no phrase to measure on",
            remedy=f"it takes {BARS} bars of one voice, in 4/4, inside pitch 55 to 84",
        )
    tokens = torch.from_numpy(windows.take(slice(None))["melody"].astype(np.int64))
    chance = np.random.default_rng(seed)
    spans = [draw_span(chance) for _ in range(len(windows))]
    return Held(to_symbols(tokens).reshape(-1, STEPS), spans, windows.songs)
