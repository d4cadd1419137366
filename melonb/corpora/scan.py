"""Looking at every window of a corpus at once.

Windows begin at bar lines, so whatever is known of a window is one entry of an array with an entry
a bar. The work is done on long stretches of tokens with cumulative sums; no window is ever cut out.

Two windows are equal when their 64-bit hashes are. The hash of tokens ``x_0 .. x_{T-1}`` is
``sum_i v(x_i) p^i mod 2^64`` with random ``v`` and an odd ``p``: it is read off one cumulative sum
as ``(S[s + T] - S[s]) p^{-s}``, for all ``s``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from melonb.music.grid import HOLD, REST, STEPS_PER_BAR

__all__ = ["LOOP_BARS", "LOOP_CELLS", "LoopScan", "Scan", "combine", "scan", "scan_loops"]

Bools = NDArray[np.bool_]
Hashes = NDArray[np.uint64]

_CHUNK = 1 << 13  # bars at a time: a megabyte or so an array
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2^64
_VALUES = np.random.default_rng(2018).integers(0, 2**64, 4096, dtype=np.uint64)
_ORPHAN = np.diff(_VALUES[[HOLD, REST]])  # what a hold lacks to be a rest

#: A loop is eight bars, a roll of 128 steps by 84 bass pitches and nine drums.
LOOP_BARS = 8
#: Cells that may differ between its first and fifth bar: fewer than 0.0015 of 16 x 93.
LOOP_CELLS = int(np.ceil(0.0015 * STEPS_PER_BAR * 93)) - 1
_BASS_LOW, _BASS_HIGH = 24, 107
_KICK, _CRASH = 1 << 0, 1 << 7


@dataclass(frozen=True)
class Scan:
    """Of the window that begins at each bar: does the rest rule accept it, and its hash."""

    accepted: Bools
    hashes: Hashes


@dataclass(frozen=True)
class LoopScan:
    """Of each bar: may a loop begin here, and how many cells differ from the bar four later."""

    begins: Bools
    differing: NDArray[np.int32]


def _powers(count: int) -> tuple[Hashes, Hashes]:
    """Return p^i and p^-i for i < count."""
    forward = np.full(count, _BASE, np.uint64)
    backward = np.full(count, pow(_BASE, -1, 2**64), np.uint64)
    forward[0] = backward[0] = 1
    return np.cumprod(forward, dtype=np.uint64), np.cumprod(backward, dtype=np.uint64)


def _chunks(tokens: NDArray[np.integer], tail: int) -> Iterator[tuple[slice, NDArray[np.integer]]]:
    """Yield a range of bars and its tokens with ``tail`` bars more, zeros after the end."""
    total = len(tokens) // STEPS_PER_BAR
    for first in range(0, total, _CHUNK):
        last = min(first + _CHUNK, total)
        piece = tokens[first * STEPS_PER_BAR : (last + tail) * STEPS_PER_BAR]
        missing = (last + tail - first) * STEPS_PER_BAR - len(piece)
        yield slice(first, last), np.pad(piece, (0, missing))


def scan(tokens: NDArray[np.integer], stream: str, bars: int, max_rest: int | None) -> Scan:
    """Scan the windows of ``bars`` bars of a stream.

    Parameters
    ----------
    tokens
        Canonical tokens of all parts one after another, (steps,).
    stream
        ``melody``, ``bass``, ``drums`` or ``chords``, which know no rest; ``sounding`` is the bass
        as a loop's roll shows it, where two hits of a pitch and one long note are the same.
    bars
        Length of a window.
    max_rest
        Longest rest in steps that a window may hold; None for any, silence included.

    Returns
    -------
    Scan
        One entry a bar. A window over the end of its part is not told apart here.
    """
    total, width = len(tokens) // STEPS_PER_BAR, bars * STEPS_PER_BAR
    accepted, hashes = np.ones(total, bool), np.zeros(total, np.uint64)
    power, inverse = _powers((_CHUNK + bars) * STEPS_PER_BAR)
    geometric = np.zeros(width + 1, np.uint64)
    np.cumsum(power[:width], out=geometric[1:])
    for place, piece in _chunks(tokens, bars):
        starts = np.arange(place.stop - place.start) * STEPS_PER_BAR
        if stream == "sounding":
            piece = _sounding(piece) + 1
        elif stream != "chords" and max_rest is not None:
            accepted[place] = _rests_accepted(piece, stream, starts, width, max_rest)
        sums = np.zeros(len(piece) + 1, np.uint64)
        np.cumsum(_VALUES[piece] * power[: len(piece)], out=sums[1:])
        value = (sums[starts + width] - sums[starts]) * inverse[starts]
        if stream in ("melody", "bass"):
            # A window that begins inside a note reads the orphan holds as rests.
            orphans = np.minimum(_distance(piece != HOLD)[starts], width)
            value += _ORPHAN * geometric[orphans]
        hashes[place] = value
    return Scan(accepted, hashes)


def _distance(mark: Bools) -> NDArray[np.int64]:
    """Return how many steps away the next marked step is, 0 on a marked one."""
    position = np.arange(len(mark))
    following = np.where(mark, position, len(mark))[::-1]
    return np.minimum.accumulate(following)[::-1] - position


def _rests_accepted(
    piece: NDArray[np.integer], stream: str, starts: NDArray[np.int64], width: int, max_rest: int
) -> Bools:
    """Tell which windows hold a note and no rest longer than ``max_rest`` steps."""
    silent = piece == 0 if stream == "drums" else piece == REST
    onset = piece > 0 if stream == "drums" else piece < HOLD
    lead = _distance(onset)[starts]
    position = np.arange(len(piece))
    run = position - np.maximum.accumulate(np.where(silent, -1, position))
    too_long = np.concatenate([[0], np.cumsum(run > max_rest)])
    # A run that is too long and lies inside the window ends after the first max_rest steps of it.
    inside = too_long[starts + width] - too_long[starts + min(max_rest, width)]
    return (lead <= max_rest) & (lead < width) & (inside == 0)


def combine(parts: list[Hashes]) -> Hashes:
    """Mix the hashes of the streams of a window into one."""
    mixed = np.zeros_like(parts[0])
    for part in parts:
        mixed = (mixed ^ (part + np.uint64(_BASE))) * np.uint64(0xD6E8FEB86659FD93)
        mixed ^= mixed >> np.uint64(32)
    return mixed


def scan_loops(tokens: NDArray[np.integer], stream: str) -> LoopScan:
    """Apply the loop paper's rules to one of the two streams of a loop, ``bass`` or ``drums``."""
    total = len(tokens) // STEPS_PER_BAR
    begins, differing = np.zeros(total, bool), np.zeros(total, np.int32)
    half = LOOP_BARS // 2 * STEPS_PER_BAR
    for place, piece in _chunks(tokens, LOOP_BARS):
        starts = np.arange(place.stop - place.start) * STEPS_PER_BAR
        length = len(starts) * STEPS_PER_BAR
        if stream == "drums":
            begins[place] = (piece[starts] & (_KICK | _CRASH)) == (_KICK | _CRASH)
            cells = _bits(piece[:length] ^ piece[half : half + length])
        else:
            sound = _sounding(piece)
            begins[place] = (piece[starts] >= _BASS_LOW) & (piece[starts] <= _BASS_HIGH)
            here, there = sound[:length], sound[half : half + length]
            cells = np.where(here == there, 0, (here >= 0).astype(int) + (there >= 0))
        differing[place] = cells.reshape(-1, STEPS_PER_BAR).sum(1)
    return LoopScan(begins, differing)


def _bits(values: NDArray[np.integer]) -> NDArray[np.integer]:
    """Count the bits of small numbers."""
    table = np.array([bin(i).count("1") for i in range(512)], np.int8)
    return table[values]


def _sounding(piece: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return the bass pitch that sounds at each step, -1 for none or out of a loop's range."""
    position = np.arange(len(piece))
    last = np.maximum.accumulate(np.where(piece < HOLD, position, 0))
    pitch = np.where(piece == REST, -1, piece[last])
    return np.where((pitch < _BASS_LOW) | (pitch > _BASS_HIGH), -1, pitch)
