"""The scans against windows that are cut out and looked at one by one."""

from __future__ import annotations

import numpy as np
import pytest

from melonb.corpora.scan import LOOP_CELLS, combine, scan, scan_loops
from melonb.music.encodings import canonical
from melonb.music.grid import HOLD, REST, STEPS_PER_BAR


def random_melody(bars: int, seed: int, rests: float = 0.3) -> np.ndarray:
    random = np.random.default_rng(seed)
    tokens = random.choice(
        [60, 62, HOLD, REST], bars * STEPS_PER_BAR, p=[0.1, 0.1, 0.8 - rests, rests]
    )
    return canonical(tokens)


def cut(tokens: np.ndarray, bars: int) -> np.ndarray:
    """Every window that begins at a bar line and ends before the tokens do."""
    steps = bars * STEPS_PER_BAR
    starts = range(0, len(tokens) - steps + 1, STEPS_PER_BAR)
    return np.stack([tokens[s : s + steps] for s in starts])


def longest_rest(window: np.ndarray, stream: str) -> int:
    silent = window == 0 if stream == "drums" else canonical(window) == REST
    longest = run = 0
    for one in silent:
        run = run + 1 if one else 0
        longest = max(longest, run)
    return longest


@pytest.mark.parametrize("stream", ["melody", "drums"])
@pytest.mark.parametrize(("bars", "max_rest"), [(1, 16), (2, 4), (2, 16), (4, 0), (3, 32)])
def test_rest_rule_is_the_one_seen_in_each_window(stream: str, bars: int, max_rest: int) -> None:
    tokens = random_melody(60, bars, rests=0.79)
    if stream == "drums":
        tokens = np.where(tokens < HOLD, 1, 0).astype(np.int16)
    windows = cut(tokens, bars)
    sounds = [(w > 0).any() if stream == "drums" else (canonical(w) < HOLD).any() for w in windows]
    expected = [
        longest_rest(w, stream) <= max_rest and sound
        for w, sound in zip(windows, sounds, strict=True)
    ]
    assert scan(tokens, stream, bars, max_rest).accepted[: len(windows)].tolist() == expected


def test_windows_are_equal_when_their_hashes_are() -> None:
    tokens = random_melody(4000, 0, rests=0.05)
    tokens[:: STEPS_PER_BAR // 2] = 60  # few enough kinds of bars for repeats
    tokens = canonical(np.where(np.arange(len(tokens)) % 8 < 6, tokens, HOLD))
    hashes = scan(tokens, "melody", 1, None).hashes
    windows = canonical(cut(tokens, 1))
    kinds = {bytes(w.tobytes()) for w in windows}
    assert len(np.unique(hashes)) == len(kinds) < len(windows)


def test_a_window_that_begins_inside_a_note_reads_it_as_a_rest() -> None:
    held = np.full(16, 60, np.int16)
    held[1:] = HOLD
    tail = np.array([HOLD] * 3 + [REST] * 5 + [62] * 8, np.int16)
    rest = np.array([REST] * 8 + [62] * 8, np.int16)
    hashes = scan(np.concatenate([held, tail, rest]), "melody", 1, None).hashes
    assert hashes[1] == hashes[2] != hashes[0]


def test_streams_do_not_swap_in_a_combined_hash() -> None:
    a, b = np.array([5], np.uint64), np.array([9], np.uint64)
    assert combine([a, b]) != combine([b, a])


def test_loop_rules_by_hand() -> None:
    bars = 9
    bass = np.full((bars, 16), REST, np.int16)
    bass[:, 0], bass[:, 1:4] = 36, HOLD
    drums = np.zeros((bars, 16), np.int16)
    drums[0, 0] = 1 | 1 << 7  # kick and crash
    drums[4, 0] = 1  # no crash in bar five: one cell differs
    bass[5, 8] = 20  # too low for a loop, so not in its roll
    low, high = scan_loops(bass.ravel(), "bass"), scan_loops(drums.ravel(), "drums")
    assert low.begins[0]
    assert high.begins.tolist() == [True] + [False] * (bars - 1)
    assert low.differing[:2].tolist() == [0, 0]
    assert high.differing[0] == 1 <= LOOP_CELLS == 2
    bass[4, 0] = 38  # another pitch for four steps: eight cells
    assert scan_loops(bass.ravel(), "bass").differing[0] == 8
