"""Stores: a corpus on disk as Parquet, one row a part, written so that a half is never found.

A store is a folder with ``part-*.parquet`` and ``card.json``. It is put together in a folder beside
it and renamed into place at the end, and so is each of its files.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from melonb.corpora.corpus import KINDS_OF_PART, STREAMS, Corpus, parts_from_columns
from melonb.corpora.song import Reading, Rejection, Song
from melonb.corpora.splits import bucket_of, split_of
from melonb.errors import CorpusError
from melonb.files import whole
from melonb.music.encodings import canonical
from melonb.music.grid import STEPS_PER_BAR

__all__ = ["CARD", "commit", "read_rejections", "read_store", "write_part"]

CARD = "card.json"

_SCHEMA = pa.schema(
    [
        ("song", pa.string()),
        ("group", pa.string()),
        ("split", pa.string()),
        ("bucket", pa.int8()),
        ("kind", pa.string()),
        ("program", pa.int16()),
        ("track", pa.int16()),
        ("monophonic", pa.bool_()),
        ("bars", pa.int32()),
        ("tokens", pa.large_binary()),
        ("chords", pa.large_binary()),
        ("source", pa.string()),
        ("licence", pa.string()),
    ]
)

_COLUMNS = ("bucket", "program", "monophonic")
_READ = ["song", "kind", "bars", "tokens", "chords", *_COLUMNS]


def write_part(path: Path, reading: Reading) -> None:
    """Write what came out of some files, refusals included, in one atomic step."""
    rows = [row for song in reading.songs for row in _rows(song)]
    refused = json.dumps([[r.file, r.reason] for r in reading.rejected])
    table = pa.Table.from_pylist(rows, schema=_SCHEMA.with_metadata({"rejected": refused}))
    again = "make room, then run the same command, which goes on from here"
    with whole(path, again) as unfinished:
        pq.write_table(table, unfinished, compression="zstd")


def _rows(song: Song) -> Iterable[dict[str, Any]]:
    bucket = bucket_of(song.group, song.split)
    for part in song.parts:
        if len(part.tokens) != song.bars * STEPS_PER_BAR:
            raise CorpusError("the parts of a song are not equally long", file=song.name)
        tokens = part.tokens if part.kind == "drums" else canonical(part.tokens)
        yield {
            "song": song.name,
            "group": song.group,
            "split": split_of(bucket),
            "bucket": bucket,
            "kind": part.kind,
            "program": part.program,
            "track": part.track,
            "monophonic": part.monophonic,
            "bars": song.bars,
            "tokens": tokens.astype("<i2").tobytes(),
            "chords": None if part.chords is None else part.chords.astype("<u2").tobytes(),
            "source": song.source,
            "licence": song.licence,
        }


def read_rejections(folder: Path) -> list[Rejection]:
    """Return every file that was left out, with the reason."""
    refused: list[Rejection] = []
    for path in sorted(folder.glob("part-*.parquet")):
        metadata = pq.read_schema(path).metadata or {}
        refused += [Rejection(*pair) for pair in json.loads(metadata.get(b"rejected", b"[]"))]
    return refused


def read_store(name: str, folder: Path) -> Corpus:
    """Read a store into memory, one file at a time."""
    reader = _StoreReader()
    try:
        for path in sorted(folder.glob("part-*.parquet")):
            reader.add(pq.read_table(path, columns=_READ))
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise CorpusError(
            f"the store cannot be read ({error})",
            file=folder,
            remedy=f"remove the folder and run `melonb data prepare {name}` again",
        ) from error
    return reader.corpus(name)


class _StoreReader:
    """Gathers the rows of one file after another."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.chord_bars = 0
        self.streams: dict[str, list[NDArray[np.integer]]] = {stream: [] for stream in STREAMS}
        self.columns: dict[str, list[NDArray[np.integer]]] = {kind: [] for kind in KINDS_OF_PART}

    def add(self, table: pa.Table) -> None:
        """Take in the rows of one file, in which the parts of a song follow one another."""
        if not len(table):
            return
        names = table["song"].to_numpy()
        begins = np.concatenate([[True], names[1:] != names[:-1]])
        song = np.cumsum(begins) - 1 + len(self.names)
        self.names += names[begins].tolist()
        kinds = table["kind"].to_numpy()
        for kind in KINDS_OF_PART:
            rows = np.flatnonzero(kinds == kind)
            if len(rows):
                self._add_parts(kind, song[rows], table.take(pa.array(rows)))

    def _add_parts(self, kind: str, song: NDArray[np.int64], rows: pa.Table) -> None:
        bars = rows["bars"].to_numpy().astype(np.int64)
        has_chords = ~rows["chords"].is_null().to_numpy(zero_copy_only=False)
        chord_bars = np.where(has_chords, bars, 0)
        chords = self.chord_bars + np.cumsum(chord_bars) - chord_bars
        self.streams[kind].append(_flat(rows["tokens"], STREAMS[kind]))
        self.streams["chords"].append(_flat(rows["chords"].drop_null(), STREAMS["chords"]))
        self.chord_bars += int(chord_bars.sum())
        columns = [rows[c].to_numpy(zero_copy_only=False) for c in _COLUMNS]
        self.columns[kind].append(
            np.stack([song, *columns, bars, np.where(has_chords, chords, -1)]).astype(np.int64)
        )

    def corpus(self, name: str) -> Corpus:
        """Lay out what was gathered."""
        streams = {
            s: np.concatenate([np.zeros(0, t), *self.streams[s]]) for s, t in STREAMS.items()
        }
        parts = {}
        for kind, pieces in self.columns.items():
            empty = np.zeros((len(_COLUMNS) + 3, 0), np.int64)
            *head, bars, chords = np.concatenate([empty, *pieces], axis=1)
            parts[kind] = parts_from_columns(*head, bars, np.cumsum(bars) - bars, chords)
        return Corpus(name, self.names, streams, parts)


def _flat(column: pa.ChunkedArray, dtype: type) -> NDArray[np.integer]:
    """Return the bytes of all rows as one array of numbers."""
    pieces: list[NDArray[np.integer]] = [np.zeros(0, dtype)]
    for chunk in column.chunks:
        _, offsets, data = chunk.buffers()
        if data is None or len(chunk) == 0:
            continue
        ends = np.frombuffer(offsets, np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
        pieces.append(np.frombuffer(data, np.uint8)[ends[0] : ends[-1]].view(dtype))
    return np.concatenate(pieces)


def commit(staging: Path, folder: Path, keep: Sequence[str]) -> None:
    """Rename a finished folder into place, in the stead of an older store.

    Parameters
    ----------
    staging
        The finished folder.
    folder
        Where it belongs.
    keep
        Names of the files that belong to the store; anything else in ``staging`` is removed.
    """
    for path in staging.iterdir():
        if path.name not in keep:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(staging, folder)
    shutil.rmtree(old, ignore_errors=True)
