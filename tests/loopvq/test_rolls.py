"""Loops as rolls: what is on, and which other loops one loop stands for."""

from __future__ import annotations

import torch

from melonb.loopvq.rolls import BAR, BARS, PITCHES, rolls, varied


def _loops(n: int = 64) -> torch.Tensor:
    """A bass note in bar 2 and a kick on the first beat, which tell bars and keys apart."""
    bass = torch.full((n, BARS * BAR), 129)
    bass[:, BAR], bass[:, BAR + 1] = 40, 128
    drums = torch.zeros_like(bass)
    drums[:, 0] = 1
    return rolls(bass, drums)


def test_a_note_is_on_while_it_is_held() -> None:
    first = _loops(1)[0]
    assert first[:, :PITCHES].nonzero().tolist() == [[BAR, 16], [BAR + 1, 16]]
    assert first[:, PITCHES:].nonzero().tolist() == [[0, 0]]


def test_a_loop_varied_is_the_same_loop_from_another_bar_in_another_key() -> None:
    moved = varied(_loops(), True, 6, torch.Generator().manual_seed(0))
    bars, keys = set(), set()
    for loop in moved:
        (kick, _), *_ = loop[:, PITCHES:].nonzero().tolist()
        (start, pitch), (end, same) = loop[:, :PITCHES].nonzero().tolist()
        assert (start - kick) % (BARS * BAR) == BAR
        assert end == start + 1
        assert same == pitch
        assert kick % BAR == 0
        bars.add(kick // BAR)
        keys.add(pitch - 16)
    assert bars == set(range(BARS))
    assert min(keys) == -6
    assert max(keys) == 6


def test_a_bass_at_the_edge_stays_in_its_key() -> None:
    loops = _loops()
    loops[:, :, 0] = loops[:, :, PITCHES - 1] = 1.0
    assert torch.equal(varied(loops, False, 6, torch.Generator().manual_seed(0)), loops)


def test_nothing_is_varied_unless_asked() -> None:
    loops = _loops(4)
    assert torch.equal(varied(loops, False, 0), loops)
