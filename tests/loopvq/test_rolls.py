"""Loops as rolls: what is on, and in other keys."""

from __future__ import annotations

import torch

from melonb.loopvq.rolls import PITCHES, rolls, transposed

BAR = 16


def _loops(n: int = 64) -> torch.Tensor:
    """A bass note in bar 2 and a kick on the first beat, which tell bars and keys apart."""
    bass = torch.full((n, 8 * BAR), 129)
    bass[:, BAR], bass[:, BAR + 1] = 40, 128
    drums = torch.zeros_like(bass)
    drums[:, 0] = 1
    return rolls(bass, drums)


def test_a_note_is_on_while_it_is_held() -> None:
    first = _loops(1)[0]
    assert first[:, :PITCHES].nonzero().tolist() == [[BAR, 16], [BAR + 1, 16]]
    assert first[:, PITCHES:].nonzero().tolist() == [[0, 0]]


def test_a_loop_transposed_is_the_same_loop_in_another_key() -> None:
    keys = set()
    for loop in transposed(_loops(), 6, torch.Generator().manual_seed(0)):
        assert loop[:, PITCHES:].nonzero().tolist() == [[0, 0]]
        (start, pitch), (end, same) = loop[:, :PITCHES].nonzero().tolist()
        assert (start, end) == (BAR, BAR + 1)
        assert pitch == same
        keys.add(pitch - 16)
    assert keys == set(range(-6, 7))


def test_a_bass_at_the_edge_stays_in_its_key() -> None:
    loops = _loops()
    loops[:, :, 0] = loops[:, :, PITCHES - 1] = 1.0
    assert torch.equal(transposed(loops, 6, torch.Generator().manual_seed(0)), loops)


def test_nothing_is_transposed_unless_asked() -> None:
    loops = _loops(4)
    assert torch.equal(transposed(loops, 0), loops)
