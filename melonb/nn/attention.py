"""Attention that knows distances, and the transformer layers made of it.

Relative attention adds to the score of a query at position ``q`` and a key at position ``k``
a term that depends on the distance ``k - q``: the query's product with a learned vector of that
distance. Computing it distance by distance needs a (Q, K, d) tensor; *skewing* computes the
products with all distances at once, (Q, Q + K), and slides each row into place.

Conventions: ``B`` batch, ``Q`` queries, ``K`` keys, ``H`` heads, ``d`` width of a head, ``W``
width of the model. A mask is boolean (Q, K), True where a query may look.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = [
    "Attention",
    "DecoderLayer",
    "EncoderLayer",
    "FeedForward",
    "KeyValue",
    "RelativeAttention",
    "skew",
    "slide",
]


def skew(scores: Tensor, keys: int) -> Tensor:
    """Slide row ``i`` of the products with all distances so that column ``k`` meets key ``k``.

    Parameters
    ----------
    scores
        (..., Q, Q + K): column ``c`` belongs to the distance ``c - (Q - 1)`` from the first
        query, so that row ``i`` needs its columns from ``Q - 1 - i`` on. The last column is
        never used: with it, a row's start in memory is a whole number of rows and steps.
    keys
        The number of keys, ``K``.

    Returns
    -------
    Tensor
        (..., Q, K) with ``out[i, k] = scores[i, k - i + Q - 1]``.

    Examples
    --------
    >>> skew(torch.tensor([[0, 1, 2, 3, 9], [0, 1, 2, 3, 9]]), 3)
    tensor([[1, 2, 3],
            [0, 1, 2]])
    """
    return _Skew.apply(scores, keys)


def slide(rows: Tensor, keys: int) -> Tensor:
    """View (..., Q, Q + K) as the slid (..., Q, K), without a copy."""
    queries = rows.shape[-2]
    width = queries + keys - 1  # one less than a row has, so each row starts one step earlier
    flat = rows.flatten(-2)[..., queries - 1 : queries - 1 + queries * width]
    return flat.unflatten(-1, (queries, width))[..., :keys]


class _Skew(torch.autograd.Function):
    """`skew` with one allocation on the way back, where a chain of slices has four."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor, keys: int) -> Tensor:
        ctx.shape = scores.shape
        return slide(scores, keys)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        scores = gradient.new_zeros(ctx.shape)
        slide(scores, gradient.shape[-1]).copy_(gradient)
        return scores, None


@dataclass(frozen=True)
class KeyValue:
    """What an attention layer remembers of the positions it may look at.

    Parameters
    ----------
    key, value
        (B, H, K, d) each.
    """

    key: Tensor
    value: Tensor

    def write(self, position: int, new: KeyValue) -> None:
        """Put the keys and values of new positions in their place, from ``position`` on."""
        stop = position + new.key.shape[2]
        self.key[:, :, position:stop] = new.key
        self.value[:, :, position:stop] = new.value


class Attention(nn.Module):
    """Multi-head attention, with the keys apart so that a decoder can keep them.

    Parameters
    ----------
    width
        Width of the queries and of the result, ``W``.
    heads
        Number of heads; must divide ``width``.
    dropout
        Share of the attention weights dropped while training.
    memory
        Width of what is attended to; ``width`` if left out.
    """

    def __init__(
        self, width: int, heads: int, dropout: float = 0.0, memory: int | None = None
    ) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads cannot share a width of {width}")
        self.heads = heads
        self.dropout = dropout
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(memory or width, 2 * width)
        self.out = nn.Linear(width, width)

    def remember(self, memory: Tensor) -> KeyValue:
        """Keys and values of ``memory`` (B, K, W or the memory's width)."""
        key, value = self.key_value(memory).chunk(2, dim=-1)
        return KeyValue(self._split(key), self._split(value))

    def forward(
        self, queries: Tensor, past: KeyValue, mask: Tensor | None = None, first: int = 0
    ) -> Tensor:
        """Look from ``queries`` (B, Q, W), the first of which stands at ``first``, at ``past``."""
        query = self._split(self.query(queries))  # (B, H, Q, d)

        scores = query @ past.key.transpose(-1, -2)  # (B, H, Q, K)
        scores = self.with_distance(scores, query, first) / math.sqrt(query.shape[-1])
        if mask is not None:
            scores = scores.masked_fill(~mask, float("-inf"))

        weights = F.dropout(scores.softmax(-1), self.dropout, self.training)
        return self.out((weights @ past.value).transpose(1, 2).flatten(2))  # (B, Q, W)

    def with_distance(self, scores: Tensor, query: Tensor, first: int) -> Tensor:
        """Add what the distance between query and key contributes: here nothing."""
        del query, first
        return scores

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, L, d)


class RelativeAttention(Attention):
    """Attention in which every distance has a learned vector for each head.

    Parameters
    ----------
    width, heads, dropout
        As for `Attention`.
    reach
        The longest sequence; distances run from ``-(reach - 1)`` to ``reach - 1``, and one
        vector more makes the rows that `skew` takes.
    """

    def __init__(self, width: int, heads: int, reach: int, dropout: float = 0.0) -> None:
        super().__init__(width, heads, dropout)
        self.reach = reach
        self.distances = nn.Parameter(torch.zeros(heads, 2 * reach, width // heads))

    def with_distance(self, scores: Tensor, query: Tensor, first: int) -> Tensor:
        """Add the query's product with the vector of each key's distance, by skewing."""
        queries, keys = scores.shape[-2:]
        if first + queries > self.reach or keys - first > self.reach:
            raise ValueError(f"a sequence of {keys} is beyond the reach of {self.reach}")
        near = self.reach - first - queries  # the distance of key 0 from the last query
        vectors = self.distances[:, near : near + queries + keys]  # (H, Q + K, d)
        return scores + skew(torch.einsum("bhqd,hrd->bhqr", query, vectors), keys)


class FeedForward(nn.Sequential):
    """Two linear layers with a GELU between them, position by position."""

    def __init__(self, width: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__(
            nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, width)
        )


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward, each normalised before and added after.

    Parameters
    ----------
    width, heads, reach, dropout
        As for `RelativeAttention`.
    hidden
        Width inside the feed-forward part.
    """

    def __init__(
        self, width: int, heads: int, hidden: int, reach: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.attention = RelativeAttention(width, heads, reach, dropout)
        self.feed_forward = FeedForward(width, hidden, dropout)
        self.before_attention = nn.LayerNorm(width)
        self.before_feed_forward = nn.LayerNorm(width)
        self.drop = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, *, first: int = 0, stop: int | None = None
    ) -> Tensor:
        """Run over ``x`` (B, K, W), for the positions from ``first`` to ``stop`` alone.

        A last layer of which only some positions are read need not compute the others; the
        result is (B, stop - first, W). ``mask`` is (stop - first, K).
        """
        normal = self.before_attention(x)
        seen = self.attention(
            normal[:, first:stop], self.attention.remember(normal), mask, first=first
        )
        x = x[:, first:stop] + self.drop(seen)
        return x + self.drop(self.feed_forward(self.before_feed_forward(x)))


class DecoderLayer(nn.Module):
    """Self-attention, attention to a memory, feed-forward; with a cache for stepping.

    Parameters
    ----------
    width, heads, hidden, reach, dropout
        As for `EncoderLayer`.
    memory
        Width of the memory's vectors.
    """

    def __init__(
        self, width: int, heads: int, hidden: int, reach: int, memory: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.attention = RelativeAttention(width, heads, reach, dropout)
        self.to_memory = Attention(width, heads, dropout, memory)
        self.feed_forward = FeedForward(width, hidden, dropout)
        self.before_attention = nn.LayerNorm(width)
        self.before_memory = nn.LayerNorm(width)
        self.before_feed_forward = nn.LayerNorm(width)
        self.drop = nn.Dropout(dropout)

    def remember(self, x: Tensor) -> KeyValue:
        """Keys and values of the positions of ``x`` (B, L, W): what a cache holds of them."""
        return self.attention.remember(self.before_attention(x))

    def forward(
        self,
        x: Tensor,
        past: KeyValue,
        memory: KeyValue,
        mask: Tensor | None = None,
        first: int = 0,
    ) -> Tensor:
        """Run positions ``x`` (B, Q, W), the first at ``first``, on ``past`` and ``memory``."""
        x = x + self.drop(self.attention(self.before_attention(x), past, mask, first=first))
        x = x + self.drop(self.to_memory(self.before_memory(x), memory))
        return x + self.drop(self.feed_forward(self.before_feed_forward(x)))
