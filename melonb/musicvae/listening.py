"""The three sources of the paper's listening test, Figure 5: flat, hierarchical, and real music.

Listeners hear two of them at a time and say which is more musical.  `melonb.lab.listening_test`
puts the question, and `melonb.measures.listening` has the statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from melonb.errors import UsageError
from melonb.musicvae.instruments import Music, MusicVAEInstrument

__all__ = ["SOURCES", "listening_sources"]

SOURCES = ("flat", "hierarchical", "real")


def listening_sources(
    flat: MusicVAEInstrument,
    hierarchical: MusicVAEInstrument,
    real: Sequence[Music],
    *,
    temperature: float = 0.5,
    seed: int = 0,
) -> dict[str, list[Any]]:
    """Draw from both models as many pieces as there are real ones.

    Parameters
    ----------
    flat, hierarchical
        Two models of the same kind of music.
    real
        Held-out music of that kind and length.
    temperature
        The paper's is 0.5.
    seed
        Decides the draws.

    Returns
    -------
    dict
        Source -> its pieces, in the order of `SOURCES`.
    """
    for model in (flat, hierarchical):
        strange = [p for p in real if type(p) is not model.accepts or p.bars != model.bars]
        if strange or not real:
            raise UsageError(
                f"{model.name} makes {model.bars} bars of {model.accepts.__name__}, "
                f"not {strange[0] if strange else 'nothing'!r}",
                remedy="give held-out music of that kind and length",
            )
    count = len(real)
    return {
        "flat": flat.sample(count, temperature, seed),
        "hierarchical": hierarchical.sample(count, temperature, seed),
        "real": list(real),
    }
