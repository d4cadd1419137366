"""Data cards: what a store holds, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from melonb.corpora.corpus import KINDS_OF_PART, Corpus
from melonb.corpora.registry import Entry
from melonb.corpora.select import Query, count
from melonb.corpora.song import Rejection
from melonb.corpora.splits import SPLITS, split_of

__all__ = ["COUNTED", "card_lines", "make_card"]

#: The windows that the four papers draw, counted on every card.
COUNTED = (
    ("melody", 2),
    ("melody", 8),
    ("melody", 16),
    ("melody-mono", 8),
    ("leadsheet", 8),
    ("drums", 2),
    ("drums", 16),
    ("trio", 16),
    ("loop", 8),
)
_SPLITS = ("train", "valid", "test")
_NAMED = 20  # refused files named for each reason


def make_card(
    known: Entry, corpus: Corpus, rejected: Sequence[Rejection], files: int, checked: str
) -> dict[str, Any]:
    """Describe a corpus.

    Parameters
    ----------
    known
        What the registry says of it.
    corpus
        Its songs.
    rejected
        What was left out.
    files
        Number of files that were read.
    checked
        What vouches for the content of the archive.
    """
    bucket = np.zeros(len(corpus), np.int8)
    for parts in corpus.parts.values():
        bucket[parts.song] = parts.bucket
    split = Counter(split_of(int(b)) for b in bucket)
    return {
        "name": known.name,
        "title": known.title,
        "licence": known.licence,
        "home": known.home,
        "synthetic": known.synthetic,
        "hash": corpus.hash,
        "checked": checked,
        "files": files,
        "songs": len(corpus),
        "parts": {kind: len(corpus.parts[kind]) for kind in KINDS_OF_PART},
        "parts_with_chords": int((corpus.parts["melody"].chords >= 0).sum()),
        "bars": {kind: int(corpus.parts[kind].bars.sum()) for kind in KINDS_OF_PART},
        "splits": {name: split[name] for name in _SPLITS},
        "buckets": {name: list(buckets) for name, buckets in SPLITS.items()},
        "windows": {
            f"{kind}-{bars}": count(corpus, Query(kind, bars), _SPLITS) for kind, bars in COUNTED
        },
        "rejected": _rejections(rejected),
    }


def _rejections(rejected: Sequence[Rejection]) -> dict[str, Any]:
    """Count refusals by reason and name the first of each."""
    return {
        reason: {
            "count": number,
            "files": [one.file for one in rejected if one.reason == reason][:_NAMED],
        }
        for reason, number in Counter(one.reason for one in rejected).most_common()
    }


def card_lines(card: Mapping[str, Any]) -> list[str]:
    """Write a card as plain text, for people."""
    parts = ", ".join(f"{kind} {number:,}" for kind, number in card["parts"].items())
    lines = [
        f"{card['name']}: {card['title']}",
        f"{'licence':12}{card['licence']}",
        f"{'home':12}{card['home'] or 'yours'}",
        f"{'content':12}{card['hash']} ({card['checked']})",
        f"{'read':12}{card['files']:,} files, {card['songs']:,} songs",
        f"{'parts':12}{parts}; {card['parts_with_chords']:,} melodies have chords",
        "",
        f"{'':16}" + "".join(f"{split:>12}" for split in _SPLITS),
    ]
    counts = {"songs": card["splits"], **card["windows"]}
    for name, row in counts.items():
        lines.append(f"{name:16}" + "".join(f"{row[split]:>12,}" for split in _SPLITS))
    if card["rejected"]:
        lines += ["", "left out, and the first of each:"]
        for reason, about in card["rejected"].items():
            lines.append(f"{about['count']:>8,}  {reason}: {about['files'][0]}")
    return lines
