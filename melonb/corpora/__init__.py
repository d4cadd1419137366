"""Where music comes from: corpora by name, as songs in tokens, with windows drawn from them.

Two corpora need no download and build themselves on first use: ``folk`` and ``houseband``
(synthetic). The others are fetched from their public homes, or read from a local archive, by
`prepare`. Every corpus splits by song.

Examples
--------
>>> from melonb import corpora
>>> tunes = corpora.load("folk")                                       # doctest: +SKIP
>>> tunes.windows("melody", 2, split="test").music(0)                  # doctest: +SKIP
<Melody 2 bars, 9 notes, D4-B4>
"""

from __future__ import annotations

from melonb.corpora.corpus import Corpus
from melonb.corpora.fetching import get
from melonb.corpora.library import card, folder, from_archive, load, mix
from melonb.corpora.preparation import prepare
from melonb.corpora.registry import names
from melonb.corpora.splits import SPLITS
from melonb.corpora.windows import Windows

__all__ = [
    "SPLITS",
    "Corpus",
    "Windows",
    "card",
    "folder",
    "from_archive",
    "get",
    "load",
    "mix",
    "names",
    "prepare",
]
