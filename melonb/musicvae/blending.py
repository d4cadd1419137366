"""The naive way from one piece to another: symbols of both, mixed by the toss of a coin.

Figures 3 and 9 of the paper hold interpolation in latent space against it: at each step the music
is that of the second piece with chance ``alpha``, else that of the first.  What is mixed are the
paper's events (a note starts, ends, or nothing new happens), as in its experiment.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from melonb.errors import MusicError
from melonb.music import Drums, Melody, Trio
from melonb.music.encodings import from_events, to_events

__all__ = ["blend"]

M = TypeVar("M", Melody, Drums, Trio)


def blend(a: M, b: M, steps: int = 7, *, seed: int = 0) -> list[M]:
    """Mix two pieces in ``steps`` proportions, both ends included.

    Parameters
    ----------
    a, b
        Music of one type and length.
    steps
        How many pieces to make.
    seed
        Decides the tosses. A step that has gone over to ``b`` stays there, so that neighbours
        differ by their proportions alone.

    Examples
    --------
    >>> low, high = Melody([60, 128, 62, 128] * 8), Melody([72, 128, 74, 128] * 8)
    >>> blend(low, high, 3)[0] == low
    True
    """
    if type(a) is not type(b) or a.steps != b.steps:
        raise MusicError(
            f"{a!r} and {b!r} cannot be mixed step by step",
            remedy="give two pieces of one type, cut to the same bars",
        )
    toss = np.random.default_rng(seed).random(a.steps)
    return [_mixed(a, b, toss < alpha) for alpha in np.linspace(0, 1, steps)]


def _mixed(a: Any, b: Any, second: NDArray[np.bool_]) -> Any:
    """Take the steps of ``b`` where ``second`` is true; the voices of a trio go together."""
    if isinstance(a, Trio):
        pairs = ((a.melody, b.melody), (a.bass, b.bass), (a.drums, b.drums))
        return Trio(*(_mixed(one, other, second) for one, other in pairs))
    if isinstance(a, Drums):
        return Drums(np.where(second, b.tokens, a.tokens))
    return type(a)(from_events(np.where(second, to_events(b.tokens), to_events(a.tokens))))
