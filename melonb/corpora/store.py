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

from melonb.corpora.corpus import KINDS_OF_PART, STREAMS, Corpus, Parts, parts_from_columns
from melonb.corpora.song import Reading, Rejection, Song, canonical
from melonb.corpora.splits import bucket_of, split_of
from melonb.errors import CorpusError
from melonb.music.grid import STEPS_PER_BAR

__all__ = ["CARD", "commit", "read_rejections", "read_store", "write_json", "write_part"]

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


def write_part(path: Path, reading: Reading) -> None:
    """Write what came out of some files, refusals included, in one atomic step."""
    rows = [row for song in reading.songs for row in _rows(song)]
    refused = json.dumps([[r.file, r.reason] for r in reading.rejected])
    table = pa.Table.from_pylist(rows, schema=_SCHEMA.with_metadata({"rejected": refused}))
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    pq.write_table(table, unfinished, compression="zstd")
    os.replace(unfinished, path)


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
    """Read a store into memory."""
    paths = sorted(folder.glob("part-*.parquet"))
    columns = [c for c in _SCHEMA.names if c not in ("split", "track", "source", "licence")]
    try:
        table = pa.concat_tables([pq.read_table(path, columns=columns) for path in paths])
    except (OSError, pa.ArrowException, ValueError) as error:
        raise CorpusError(
            f"the store cannot be read ({error})",
            file=folder,
            remedy=f"remove the folder and run `melonb data prepare {name}` again",
        ) from error
    return _from_table(name, table)


def _from_table(name: str, table: pa.Table) -> Corpus:
    # Names may repeat (tunes of one title), songs follow one another: a song ends where the next
    # row's name differs.
    names = table["song"].to_numpy()
    changed = np.concatenate([[True], names[1:] != names[:-1]]) if len(names) else np.zeros(0, bool)
    song = np.cumsum(changed) - 1
    kinds = table["kind"].to_numpy()
    streams: dict[str, NDArray[np.integer]] = {}
    parts: dict[str, Parts] = {}
    chord_pieces: list[NDArray[np.integer]] = []
    chord_bars = 0
    for kind in KINDS_OF_PART:
        rows = np.flatnonzero(kinds == kind)
        mine = table.take(pa.array(rows))
        bars = mine["bars"].to_numpy().astype(np.int64)
        streams[kind] = _flat(mine["tokens"], STREAMS[kind])
        has = ~mine["chords"].is_null().to_numpy(zero_copy_only=False)
        lengths = np.where(has, bars, 0)
        starts = chord_bars + np.cumsum(lengths) - lengths
        chord_pieces.append(_flat(mine["chords"].drop_null(), STREAMS["chords"]))
        chord_bars += int(lengths.sum())
        parts[kind] = parts_from_columns(
            song[rows],
            mine["bucket"].to_numpy(),
            mine["program"].to_numpy(),
            mine["monophonic"].to_numpy(zero_copy_only=False),
            bars,
            np.cumsum(bars) - bars,
            np.where(has, starts, -1),
        )
    streams["chords"] = np.concatenate(chord_pieces)
    return Corpus(name, names[changed].tolist(), streams, parts)


def _flat(column: pa.ChunkedArray, dtype: type) -> NDArray[np.integer]:
    """Return the bytes of all rows as one array of numbers."""
    pieces = []
    for chunk in column.chunks:
        _, offsets, data = chunk.buffers()
        if data is None or len(chunk) == 0:
            continue
        ends = np.frombuffer(offsets, np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
        pieces.append(np.frombuffer(data, np.uint8)[ends[0] : ends[-1]].view(dtype))
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON in one atomic step."""
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    unfinished.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    os.replace(unfinished, path)


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
    if folder.exists():
        old = folder.with_name(f".{folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        os.replace(folder, old)
        os.replace(staging, folder)
        shutil.rmtree(old)
    else:
        folder.parent.mkdir(parents=True, exist_ok=True)
        os.replace(staging, folder)
