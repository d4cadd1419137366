"""The five sources of the paper's listening test, Fig. 3c: the music, and four ways to fill a gap.

Listeners hear two fillings of *one* gap and say which is better, so the sources are matched: what
stands at one place of their lists differs in the gap alone. `melonb.lab.listening_test` puts the
question, and `melonb.measures.listening` has the statistics.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from melonb.clsm.infiller import Infiller
from melonb.clsm.spans import BARS, draw_span
from melonb.errors import UsageError
from melonb.music import Melody

__all__ = ["SOURCES", "listening_sources"]

SOURCES = ("music", "CLSM", "VAE", "ARNN", "ARNN_T")


def listening_sources(
    clsm: Infiller,
    vae: Infiller,
    arnn: Infiller,
    arnn_t: Infiller,
    music: Sequence[Melody],
    *,
    seed: int = 0,
) -> dict[str, list[Melody]]:
    """Open a gap in every phrase, and let each model fill it once (section 4.3).

    Parameters
    ----------
    clsm, vae, arnn, arnn_t
        The four models.
    music
        Held-out phrases of 8 bars; the paper takes 32.
    seed
        Decides the gaps, 1 to 4 bars each, and the draws.

    Returns
    -------
    dict
        Source -> its pieces, in the order of `SOURCES`; those at one place share a gap.
    """
    strange = [phrase for phrase in music if type(phrase) is not Melody or phrase.bars != BARS]
    if strange or not music:
        raise UsageError(
            f"the models fill gaps in {BARS} bars of melody, "
            f"not in {strange[0] if strange else 'nothing'!r}",
            remedy="give held-out phrases of that length",
        )
    chance = np.random.default_rng(seed)
    gaps = [draw_span(chance).bars for _ in music]
    sources = {"music": list(music)}
    for name, model in zip(SOURCES[1:], (clsm, vae, arnn, arnn_t), strict=True):
        sources[name] = [
            model.infill(phrase, bars, seed=seed + place)[0]
            for place, (phrase, bars) in enumerate(zip(music, gaps, strict=True))
        ]
    return sources
