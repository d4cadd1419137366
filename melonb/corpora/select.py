"""From a question to windows: which parts go together, which windows pass, which stay out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from melonb.corpora.corpus import Corpus, Parts
from melonb.corpora.scan import LOOP_BARS, LOOP_CELLS, Scan, combine, scan_loops
from melonb.corpora.splits import buckets_of, trained_beside
from melonb.corpora.windows import Windows
from melonb.errors import CorpusError
from melonb.music.grid import HOLD, STEPS_PER_BAR

__all__ = ["KINDS", "Query", "count", "select"]

#: Kind of window -> its streams. Chords stand beside a melody, the other streams are parts.
KINDS: dict[str, tuple[str, ...]] = {
    "melody": ("melody",),
    "melody-mono": ("melody",),
    "bass": ("bass",),
    "drums": ("drums",),
    "trio": ("melody", "bass", "drums"),
    "loop": ("bass", "drums"),
    "leadsheet": ("melody", "chords"),
    "song": ("melody", "chords", "bass", "drums"),
}

_PIANO_TO_GUITAR = 32  # the trio's melody has one of the programs 0 to 31
_CLSM_RANGE = (55, 84)
_CELLS = 1 << 21  # windows looked at in one go


@dataclass(frozen=True)
class Query:
    """What `Corpus.windows` was asked, see there."""

    kind: str
    bars: int
    split: str = "train"
    stride: int = 1
    max_rest_bars: int | None = 1
    unique: bool = True
    limit: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class _Found:
    """Windows before the question of uniqueness: starts in bars (streams, n)."""

    starts: NDArray[np.int64]
    songs: NDArray[np.int32]
    buckets: NDArray[np.int8]
    hashes: NDArray[np.uint64]

    def where(self, index: NDArray[np.generic]) -> _Found:
        return _Found(
            self.starts[:, index], self.songs[index], self.buckets[index], self.hashes[index]
        )


def select(corpus: Corpus, query: Query, others: Sequence[Windows]) -> Windows:
    """Answer a query."""
    _check(query)
    # Windows that are trained on are looked at too where a held-out split must not repeat them.
    found = _find(corpus, query, (*_wanted(corpus, query), *_shunned(corpus, query)))
    chosen = _chosen(corpus, query, found, others)
    if query.limit is not None and len(chosen) > query.limit:
        drawn = np.random.default_rng(query.seed).choice(len(chosen), query.limit, replace=False)
        chosen = chosen[np.sort(drawn)]
    return _windows(corpus, query, found.where(chosen))


def count(corpus: Corpus, query: Query, splits: Sequence[str]) -> dict[str, int]:
    """Count the windows of several splits, looking at the corpus once."""
    _check(query)
    found = _find(corpus, query, buckets_of("all"))
    each = {split: replace(query, split=split) for split in splits}
    return {split: len(_chosen(corpus, one, found, ())) for split, one in each.items()}


def _wanted(corpus: Corpus, query: Query) -> tuple[int, ...]:
    return buckets_of("all" if corpus.whole else query.split)


def _shunned(corpus: Corpus, query: Query) -> tuple[int, ...]:
    """Return the buckets whose windows must not come up again in this split."""
    return trained_beside(query.split) if query.unique and not corpus.whole else ()


def _chosen(
    corpus: Corpus, query: Query, found: _Found, others: Sequence[Windows]
) -> NDArray[np.int64]:
    """Pick the windows of a split, without repeats if they are to be unique."""
    chosen = np.flatnonzero(np.isin(found.buckets, _wanted(corpus, query)))
    excluded = [other.hashes for other in others]
    if shunned := _shunned(corpus, query):
        excluded.append(found.hashes[np.isin(found.buckets, shunned)])
    if excluded:
        chosen = chosen[~np.isin(found.hashes[chosen], np.concatenate(excluded))]
    if query.unique:
        _, first = np.unique(found.hashes[chosen], return_index=True)
        chosen = chosen[np.sort(first)]
    return chosen


def _check(query: Query) -> None:
    if query.kind not in KINDS:
        raise CorpusError(
            f"no windows are called {query.kind!r}", remedy=f"choose one of {', '.join(KINDS)}"
        )
    if query.kind == "loop" and query.bars != LOOP_BARS:
        raise CorpusError("a loop has 8 bars", remedy="ask for bars=8")
    if query.bars < 1 or query.stride < 1:
        raise CorpusError("bars and stride must be 1 or more", remedy="ask for at least one bar")


def _windows(corpus: Corpus, query: Query, found: _Found) -> Windows:
    names = KINDS[query.kind]
    return Windows(
        query.kind,
        {name: corpus.streams[name] for name in names},
        {name: found.starts[i] * STEPS_PER_BAR for i, name in enumerate(names)},
        query.bars * STEPS_PER_BAR,
        found.songs,
        corpus.song_names,
        corpus.name,
        found.hashes,
    )


def _find(corpus: Corpus, query: Query, buckets: tuple[int, ...]) -> _Found:
    """Find all windows that the rules of their kind accept."""
    names = KINDS[query.kind]
    group = _combinations(corpus, query.kind, buckets)
    limit = None if query.max_rest_bars is None else query.max_rest_bars * STEPS_PER_BAR
    if query.kind == "loop":
        # Loops have rules of their own, and two are equal when their rolls are.
        rules = _loop_rules(corpus)
        scans = [corpus.scan(name, LOOP_BARS, None) for name in ("sounding", "drums")]
    else:
        rules = None
        scans = [corpus.scan(name, query.bars, limit) for name in names]
    pieces = [_Found(np.zeros((len(names), 0), np.int64), *_empty())]
    for starts, songs, bucket in _expand(group, query):
        accepted = np.ones(len(songs), bool)
        for one, start in zip(scans, starts, strict=True):
            accepted &= one.accepted[start]
        if rules is not None:
            accepted &= rules.accepted(starts)
        starts, songs, bucket = starts[:, accepted], songs[accepted], bucket[accepted]
        pieces.append(_Found(starts, songs, bucket, _hashes(scans, starts)))
    return _Found(
        np.concatenate([p.starts for p in pieces], axis=1),
        np.concatenate([p.songs for p in pieces]),
        np.concatenate([p.buckets for p in pieces]),
        np.concatenate([p.hashes for p in pieces]),
    )


def _empty() -> tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.uint64]]:
    return np.zeros(0, np.int32), np.zeros(0, np.int8), np.zeros(0, np.uint64)


def _hashes(scans: list[Scan], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    return combine([one.hashes[start] for one, start in zip(scans, starts, strict=True)])


@dataclass(frozen=True)
class _LoopRules:
    """The loop paper's rules, from what is known of the bars of bass and drums."""

    begins: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    differing: tuple[NDArray[np.int32], NDArray[np.int32]]

    def accepted(self, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
        bass, drums = starts
        cells = self.differing[0][bass] + self.differing[1][drums]
        return self.begins[0][bass] & self.begins[1][drums] & (cells <= LOOP_CELLS)


def _loop_rules(corpus: Corpus) -> _LoopRules:
    bass, drums = (scan_loops(corpus.streams[s], s) for s in ("bass", "drums"))
    return _LoopRules((bass.begins, drums.begins), (bass.differing, drums.differing))


@dataclass(frozen=True)
class _Combinations:
    """Parts of one song that sound together: first bar a stream (streams, n), and their length."""

    first: NDArray[np.int64]
    bars: NDArray[np.int64]
    song: NDArray[np.int32]
    bucket: NDArray[np.int8]


def _combinations(corpus: Corpus, kind: str, buckets: tuple[int, ...]) -> _Combinations:
    """Take the cross product of the parts of each song (MusicVAE, appendix A)."""
    names = KINDS[kind]
    kinds = [name for name in names if name != "chords"]
    groups = [_fitting(corpus, k, kind, buckets) for k in kinds]
    picked = [np.arange(len(groups[0]))]
    for group in groups[1:]:
        song = groups[0].song[picked[0]]
        left, right = (np.searchsorted(group.song, song, side) for side in ("left", "right"))
        count = right - left
        rows = np.repeat(np.arange(len(song)), count)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        picked = [p[rows] for p in picked] + [left[rows] + within]
    lead = picked[0]
    first = [group.first[p] for group, p in zip(groups, picked, strict=True)]
    if "chords" in names:
        first.insert(names.index("chords"), groups[0].chords[lead])
    head = groups[0]
    return _Combinations(np.array(first), head.bars[lead], head.song[lead], head.bucket[lead])


def _fitting(corpus: Corpus, part: str, kind: str, buckets: tuple[int, ...]) -> Parts:
    """Return the parts of one kind that may stand in windows of a kind."""
    parts = corpus.parts[part]
    fits = np.isin(parts.bucket, buckets)
    if part == "melody":
        if kind == "trio":
            fits &= parts.program < _PIANO_TO_GUITAR
        if kind in ("leadsheet", "song"):
            fits &= parts.chords >= 0
        if kind == "melody-mono":
            fits &= parts.monophonic & _in_range(corpus.streams["melody"], parts)
    return parts.where(fits)


def _in_range(stream: NDArray[np.integer], parts: Parts) -> NDArray[np.bool_]:
    """Tell which parts keep inside CLSM's range from the first note to the last."""
    low, high = _CLSM_RANGE
    outside = ((stream < low) | ((stream > high) & (stream < HOLD))).reshape(-1, STEPS_PER_BAR)
    count = np.concatenate([[0], np.cumsum(outside.any(1))])
    return count[parts.first + parts.bars] == count[parts.first]


def _expand(
    group: _Combinations, query: Query
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int8]]]:
    """Yield the windows of the combinations: starts in bars (streams, n), songs, buckets."""
    counts = np.maximum((group.bars - query.bars) // query.stride + 1, 0)
    portion = (np.cumsum(counts) - 1) // _CELLS if len(counts) else counts
    for number in np.unique(portion):
        mine = np.flatnonzero(portion == number)
        rows = np.repeat(mine, counts[mine])
        before = np.cumsum(counts[mine]) - counts[mine]
        bar = (np.arange(len(rows)) - np.repeat(before, counts[mine])) * query.stride
        yield group.first[:, rows] + bar, group.song[rows], group.bucket[rows]
