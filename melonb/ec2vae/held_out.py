"""Held-out music as tensors, which every experiment starts from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from melonb.corpora.corpus import Corpus
from melonb.corpora.windows import Windows
from melonb.ec2vae.data import chroma_of
from melonb.ec2vae.presets import KINDS
from melonb.errors import CorpusError
from melonb.measures.accuracy import by_song
from melonb.training import Result

__all__ = ["Phrases", "by_song_result", "chunks", "phrases"]

_MOST = 1024  # windows, unless a limit is given
_CHUNK = 256


@dataclass(frozen=True)
class Phrases:
    """Held-out windows on a device.

    Attributes
    ----------
    melody
        Tokens, (N, T).
    chords
        Chroma, (N, T, 12).
    songs
        The song of each, (N,).
    hash
        Of the windows.
    """

    melody: Tensor
    chords: Tensor
    songs: NDArray[np.int32]
    hash: str


def phrases(
    source: Corpus,
    bars: int,
    *,
    split: str = "test",
    limit: int | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> Phrases:
    """Draw held-out lead sheets; melodies over no chord where a corpus has no chords."""
    limit = limit or _MOST
    windows = source.windows("leadsheet", bars, split=split, limit=limit, seed=seed)
    if not len(windows):
        windows = source.windows("melody", bars, split=split, limit=limit, seed=seed)
    if not len(windows):
        raise CorpusError(
            f"{source.name} has no {bars} bars of melody in its {split} split",
            remedy="name another corpus, or a longer piece",
        )
    return _phrases(windows, device)


def _phrases(windows: Windows, device: torch.device | str) -> Phrases:
    streams = windows.take(slice(None))
    melody = torch.from_numpy(streams["melody"].astype(np.int64)).to(device)
    masks = streams.get("chords", np.zeros_like(streams["melody"]))
    chords = chroma_of(torch.from_numpy(masks.astype(np.int64))).to(device)
    return Phrases(melody, chords, windows.songs, windows.hash)


def chunks(melody: Tensor, chords: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Go through melodies and their chords, some hundreds at a time."""
    return iter(zip(melody.split(_CHUNK), chords.split(_CHUNK), strict=True))


def by_song_result(
    name: str,
    figure: str,
    values: NDArray[np.float64],
    held_out: Phrases,
    seed: int,
    paper: float | None = None,
) -> Result:
    """Average a figure over windows, with its interval over songs."""
    interval = by_song(values, held_out.songs, seed=seed)
    model = next(model for model in KINDS if name.startswith(f"{model}-"))
    return Result(
        name,
        f"ec2vae/{model}",
        figure,
        interval.value,
        (interval.low, interval.high),
        paper=paper,
    )
