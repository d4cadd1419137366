"""A corpus in memory: flat token buffers, and a catalogue of whose tokens stand where."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from melonb.corpora.scan import Scan, scan
from melonb.corpora.song import Song
from melonb.corpora.splits import bucket_of
from melonb.corpora.windows import Windows
from melonb.music.grid import STEPS_PER_BAR

__all__ = ["KINDS_OF_PART", "STREAMS", "Corpus", "Parts", "from_songs", "join"]

KINDS_OF_PART = ("melody", "bass", "drums")
STREAMS: dict[str, type] = {
    "melody": np.int16,
    "bass": np.int16,
    "drums": np.int16,
    "chords": np.uint16,
}

_REMEMBERED = 4  # scans, each nine bytes a bar: a song's splits ask for the same ones


@dataclass(frozen=True)
class Parts:
    """The parts of one kind, one entry each.

    Parameters
    ----------
    song, bucket
        Number of the song in the corpus, and the split bucket it falls into.
    program, monophonic
        What the part said of itself.
    bars, first
        Length, and the bar of the stream it begins at.
    chords
        Bar of the chord stream that its chords begin at, -1 without chords.
    """

    song: NDArray[np.int32]
    bucket: NDArray[np.int8]
    program: NDArray[np.int16]
    monophonic: NDArray[np.bool_]
    bars: NDArray[np.int64]
    first: NDArray[np.int64]
    chords: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.song)

    def where(self, chosen: NDArray[np.bool_]) -> Parts:
        """Return the parts for which ``chosen`` is true."""
        return Parts(*(getattr(self, f.name)[chosen] for f in fields(self)))


@dataclass(frozen=True, eq=False)
class Corpus:
    """Songs in tokens.

    Parameters
    ----------
    name
        Name of the corpus, or several joined by a plus sign.
    song_names
        Name of each song.
    streams
        Stream name -> tokens of all its parts, one after another, (steps,).
    parts
        Kind of part -> its parts.
    whole
        Whether every split means every song: so it is with a folder or archive that is read as it
        lies, all of which is held out from whatever was trained elsewhere.
    """

    name: str
    song_names: list[str]
    streams: dict[str, NDArray[np.integer]]
    parts: dict[str, Parts]
    whole: bool = False
    _scans: dict[tuple[str, int, int | None], Scan] = field(
        init=False, default_factory=dict, repr=False
    )

    def __len__(self) -> int:
        return len(self.song_names)

    def __repr__(self) -> str:
        return f"<Corpus {self.name}, {len(self):,} songs>"

    @cached_property
    def hash(self) -> str:
        """Sixteen hexadecimal digits over the tokens and where they stand."""
        digest = hashlib.sha256()
        for name in STREAMS:
            digest.update(np.ascontiguousarray(self.streams[name]).view(np.uint8).data)
        for kind in KINDS_OF_PART:
            for column in (self.parts[kind].song, self.parts[kind].bucket, self.parts[kind].bars):
                digest.update(column.tobytes())
        return digest.hexdigest()[:16]

    def scan(self, stream: str, bars: int, max_rest: int | None) -> Scan:
        """Scan the windows of a stream (see `melonb.corpora.scan`), the last few remembered."""
        key = (stream, bars, max_rest)
        if key not in self._scans:
            while len(self._scans) >= _REMEMBERED:
                self._scans.pop(next(iter(self._scans)))
            tokens = self.streams["bass" if stream == "sounding" else stream]
            self._scans[key] = scan(tokens, stream, bars, max_rest)
        return self._scans[key]

    def windows(
        self,
        kind: str,
        bars: int,
        *,
        split: str = "train",
        stride: int = 1,
        max_rest_bars: int | None = 1,
        unique: bool = True,
        limit: int | None = None,
        seed: int = 0,
        not_in: Windows | Sequence[Windows] | None = None,
    ) -> Windows:
        """Draw the windows of one kind.

        Parameters
        ----------
        kind
            ``melody``, ``melody-mono`` (tracks of one voice inside pitch 55 to 84), ``bass``,
            ``drums``, ``trio``, ``loop``, ``leadsheet`` or ``song``.
        bars
            Length of a window. A loop has 8.
        split
            A name of `splits.SPLITS`.
        stride
            Bars from one window to the next.
        max_rest_bars
            Longest rest a window may hold in any of its voices; None for no such rule. The rules
            of loops replace it.
        unique
            Keep the first of equal windows, and of a held-out split none that is trained on.
        limit, seed
            Draw at most so many windows, with this seed, and keep them in order.
        not_in
            Windows of the same kind to leave out as well.

        Returns
        -------
        Windows
            Flat token buffers and one start a window and stream.
        """
        from melonb.corpora.select import Query, select

        others = [not_in] if isinstance(not_in, Windows) else list(not_in or ())
        query = Query(kind, bars, split, stride, max_rest_bars, unique, limit, seed)
        return select(self, query, others)


def from_songs(name: str, songs: Sequence[Song], whole: bool = False) -> Corpus:
    """Lay songs out as a corpus."""
    streams: dict[str, list[NDArray[np.integer]]] = {stream: [] for stream in STREAMS}
    rows: dict[str, list[tuple[int, ...]]] = {kind: [] for kind in KINDS_OF_PART}
    filled = dict.fromkeys(STREAMS, 0)
    for number, song in enumerate(songs):
        bucket = bucket_of(song.group, song.split)
        for part in song.parts:
            chords = filled["chords"] if part.chords is not None else -1
            first = filled[part.kind]
            rows[part.kind].append(
                (number, bucket, part.program, part.monophonic, song.bars, first, chords)
            )
            streams[part.kind].append(part.tokens)
            filled[part.kind] += song.bars
            if part.chords is not None:
                streams["chords"].append(part.chords)
                filled["chords"] += song.bars
    return Corpus(
        name,
        [song.name for song in songs],
        {s: _flat(pieces, STREAMS[s]) for s, pieces in streams.items()},
        {kind: parts_from_columns(*_columns(lines)) for kind, lines in rows.items()},
        whole,
    )


def _flat(pieces: list[NDArray[np.integer]], dtype: type) -> NDArray[np.integer]:
    return np.concatenate(pieces).astype(dtype) if pieces else np.zeros(0, dtype)


def _columns(rows: list[tuple[int, ...]]) -> NDArray[np.int64]:
    return np.array(rows, np.int64).reshape(-1, 7).T


def parts_from_columns(*columns: NDArray[np.integer]) -> Parts:
    """Give each column of `Parts` its type."""
    types = (np.int32, np.int8, np.int16, np.bool_, np.int64, np.int64, np.int64)
    return Parts(*(np.asarray(c).astype(t) for c, t in zip(columns, types, strict=True)))


def join(corpora: Sequence[Corpus]) -> Corpus:
    """Put corpora one after another; each keeps its own splits."""
    streams = {s: np.concatenate([c.streams[s] for c in corpora]) for s in STREAMS}
    pieces: dict[str, list[Parts]] = {kind: [] for kind in KINDS_OF_PART}
    songs, bars = 0, dict.fromkeys(STREAMS, 0)
    for corpus in corpora:
        for kind, parts in corpus.parts.items():
            chords = np.where(parts.chords < 0, -1, parts.chords + bars["chords"])
            moved = replace(
                parts,
                song=(parts.song + songs).astype(np.int32),
                first=parts.first + bars[kind],
                chords=chords,
            )
            pieces[kind].append(moved)
        songs += len(corpus)
        bars = {s: bars[s] + len(corpus.streams[s]) // STEPS_PER_BAR for s in STREAMS}
    columns = [f.name for f in fields(Parts)]
    return Corpus(
        "+".join(c.name for c in corpora),
        [name for c in corpora for name in c.song_names],
        streams,
        {
            kind: Parts(*(np.concatenate([getattr(p, c) for p in group]) for c in columns))
            for kind, group in pieces.items()
        },
        all(c.whole for c in corpora),
    )
