"""The five groups of the paper's listening test, Figure 6: real loops, and those of four models.

Listeners hear one loop at a time and say how much it sounds like music: ten of each group, after
three to get used to.  `melonb.lab.listening_test` asks them, and `melonb.measures.listening` has
the statistics.
"""

from __future__ import annotations

from collections.abc import Sequence

from melonb.errors import UsageError
from melonb.loopvq.instruments import LoopInstrument, PriorInstrument
from melonb.music import Loop

__all__ = ["SOURCES", "TEMPERATURE", "listening_sources"]

SOURCES = ("real", "AR LSTM-VAE", "NonAR LSTM-VAE", "CNN-VAE", "VQ-VAE")
TEMPERATURE = 1.2  # at which the paper's listeners heard the VQ-VAE


def listening_sources(
    ar: LoopInstrument,
    non_ar: LoopInstrument,
    cnn: LoopInstrument,
    codes: PriorInstrument,
    real: Sequence[Loop],
    *,
    temperature: float = TEMPERATURE,
    seed: int = 0,
) -> dict[str, list[Loop]]:
    """Draw from each model as many loops as there are real ones.

    Parameters
    ----------
    ar, non_ar, cnn
        The continuous VAEs ``lstm-ar``, ``lstm`` and ``cnn``; they play points of the Gaussian.
    codes
        The VQ-VAE with its prior, ``prior``.
    real
        Loops of songs.
    temperature
        Of the prior.
    seed
        Decides the draws.

    Returns
    -------
    dict
        Source -> its loops, in the order of `SOURCES`.
    """
    strange = [music for music in real if not isinstance(music, Loop)]
    if strange or not real:
        raise UsageError(
            f"the test compares loops, not {strange[0] if strange else 'nothing'!r}",
            remedy="give loops of songs",
        )
    count = len(real)
    drawn = [model.sample(count, seed=seed) for model in (ar, non_ar, cnn)]
    groups = [list(real), *drawn, codes.sample(count, temperature, seed)]
    return dict(zip(SOURCES, groups, strict=True))
