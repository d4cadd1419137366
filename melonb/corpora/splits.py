"""Who is held out: songs, never files and never windows.

A song's identity (its group: a Million Song Dataset id, or artist and title, or title) is hashed
into one of twenty buckets, so that a song falls on the same side whichever subset of a corpus is at
hand, and all versions of it fall together. Every split is a set of buckets.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from melonb.errors import CorpusError

__all__ = ["BUCKETS", "SPLITS", "bucket_of", "buckets_of", "identity", "split_of", "trained_beside"]

BUCKETS = 20

#: Split name -> buckets. CLSM's five parts stand 11:1:6:1:1, EC2-VAE's two 90:10.
SPLITS: dict[str, tuple[int, ...]] = {
    "train": tuple(range(17)),
    "valid": (17,),
    "test": (18, 19),
    "all": tuple(range(BUCKETS)),
    "clsm-train-1": tuple(range(11)),
    "clsm-valid-1": (11,),
    "clsm-train-2": tuple(range(12, 18)),
    "clsm-valid-2": (18,),
    "clsm-test": (19,),
    "ec2-train": tuple(range(18)),
    "ec2-test": (18, 19),
}

#: Held-out split -> the splits that are trained on beside it: it must share no window with them.
_TRAINED_BESIDE: dict[str, tuple[str, ...]] = {
    "valid": ("train",),
    "test": ("train",),
    "clsm-valid-1": ("clsm-train-1",),
    "clsm-valid-2": ("clsm-train-2",),
    "clsm-test": ("clsm-train-1", "clsm-train-2"),
    "ec2-test": ("ec2-train",),
}


def identity(*words: str) -> str:
    """Return words in the form in which two versions of a song agree.

    Accents, case, punctuation, a bracketed remark, a trailing version number and a leading or
    trailing article are dropped.

    Examples
    --------
    >>> identity("The Beatles", "Help! (live).2")
    'beatles|help'
    """
    return "|".join(_plain(word) for word in words)


def _plain(word: str) -> str:
    text = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode().lower()
    text = re.sub(r"[(\[{].*?[)\]}]|\.\d+$", " ", text)
    text = re.sub(r"'", "", text)
    text = re.sub(r"[^a-z0-9]+", " ", text).strip()
    return re.sub(r"^(the|a|an)\s+|\s+(the|a|an)$", "", text)


def bucket_of(group: str, split: str | None = None) -> int:
    """Return the bucket of a group of songs, inside an official split where the source has one."""
    number = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big")
    allowed = SPLITS[split] if split else SPLITS["all"]
    return allowed[number % len(allowed)]


def split_of(bucket: int) -> str:
    """Return which of train, valid and test a bucket belongs to."""
    return next(name for name in ("train", "valid", "test") if bucket in SPLITS[name])


def buckets_of(split: str) -> tuple[int, ...]:
    """Return the buckets of a split, or say which splits there are."""
    try:
        return SPLITS[split]
    except KeyError:
        raise CorpusError(
            f"no split is called {split!r}", remedy=f"choose one of {', '.join(SPLITS)}"
        ) from None


def trained_beside(split: str) -> tuple[int, ...]:
    """Return the buckets whose windows a held-out split must not repeat, none for another split."""
    return tuple(b for name in _TRAINED_BESIDE.get(split, ()) for b in buckets_of(name))
