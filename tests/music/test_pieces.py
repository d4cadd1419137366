from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given

from melonb.errors import MusicError, TokenError
from melonb.music import Bass, Chords, Drums, LeadSheet, Loop, Melody, Piece, Rhythm, Trio
from tests.music.pieces import loops, pieces

MELODY = Melody([60, 128, 62, 129] * 8)


@given(pieces)
def test_a_piece_is_its_whole_slice(piece: Piece) -> None:
    assert piece.slice_bars(0, piece.bars) == piece
    assert piece.transpose(0) == piece
    assert len(repr(piece)) < 400


@given(loops)
def test_a_loop_is_its_bass_and_drums(loop: Loop) -> None:
    assert Loop.from_parts(loop.bass(), loop.drums()) == loop


def test_values_are_equal_by_music_and_type() -> None:
    assert Melody([60, 128]) == Melody(np.array([60, 128]))
    assert Melody([60, 128]) != Bass([60, 128])
    assert Melody([128, 60]) == Melody([129, 60])
    assert len({MELODY, Melody(MELODY.tokens), Bass(MELODY.tokens)}) == 2
    assert MELODY.hash() == "1d9e74562e531250921b08fc673d85f7"


def test_values_cannot_be_written_to() -> None:
    source = np.array([60, 128])
    melody = Melody(source)
    source[0] = 61
    assert melody == Melody([60, 128])
    with pytest.raises(ValueError, match="read-only"):
        melody.tokens[0] = 61
    with pytest.raises(AttributeError):
        melody.tokens = source  # type: ignore[misc]


@pytest.mark.parametrize(("first", "stop"), [(0, 3), (-1, 1), (1, 1), (2, 1)])
def test_bars_that_are_not_there_are_refused(first: int, stop: int) -> None:
    with pytest.raises(MusicError, match="not in a piece of 2 bars"):
        MELODY.slice_bars(first, stop)


def test_a_slice_loses_the_note_it_cuts() -> None:
    assert Melody([60] + [128] * 31).slice_bars(1, 2) == Melody([129] * 16)


def test_representations_are_short_and_stable() -> None:
    drums = Drums([5, 0] * 16)
    assert repr(MELODY) == "<Melody 2 bars, 16 notes, C4-D4>"
    assert repr(Melody([60])) == "<Melody 1 step, 1 note, C4>"
    assert repr(drums) == "<Drums 2 bars, 32 hits>"
    assert repr(MELODY.rhythm()) == "<Rhythm 2 bars, 16 notes>"
    assert repr(LeadSheet(MELODY, Chords.from_names(["C", "F"], 16))) == (
        "<LeadSheet 2 bars, 16 notes, C4-D4, C F>"
    )
    assert repr(Trio(MELODY, Bass(MELODY.tokens), drums)) == (
        "<Trio 2 bars, melody 16 notes, bass 16 notes, drums 32 hits>"
    )


def test_parts_of_other_lengths_are_refused() -> None:
    with pytest.raises(TokenError, match=r"\[32, 32, 16\] steps"):
        Trio(MELODY, Bass(MELODY.tokens), Drums([0] * 16))
    with pytest.raises(TokenError, match="32 steps, the chords 16"):
        LeadSheet(MELODY, Chords.from_names(["C"], 16))
    with pytest.raises(TokenError, match="32 and 32 steps"):
        Loop.from_parts(Bass(MELODY.tokens), Drums([0] * 32))
    for roll in (np.zeros((128, 92)), np.full((128, 93), 2)):
        with pytest.raises(TokenError):
            Loop(roll)


def test_drum_bits_stand_in_the_order_of_their_names() -> None:
    drums = Drums([0b000000101, 0])
    assert np.flatnonzero(drums.roll()[0]).tolist() == [0, 2]
    assert Drums.from_roll(drums.roll()) == drums


def test_a_loop_counts_what_its_roll_cannot_hold() -> None:
    bass = Bass([30, 30, 129, 10] * 32)
    loop = Loop.from_parts(bass, Drums([1] * 128))
    assert loop.loss is not None
    assert loop.loss.reasons == {"outside C1..B7": 32, "joined to the same pitch before": 32}
    assert loop.bass() == Bass([30, 128, 129, 129] * 32)
    with pytest.raises(TokenError, match=r"out of C1\.\.B7"):
        loop.transpose(-7)
    assert loop.transpose(-6).bass() == Bass([24, 128, 129, 129] * 32)


def test_a_rhythm_plays_on_one_pitch() -> None:
    rhythm = Rhythm([1, 0, 1, 2])
    assert rhythm.tokens.tolist() == [2, 0, 1, 2]
    assert rhythm.with_pitch(60) == Melody([129, 60, 128, 129])


def test_importing_music_loads_no_large_library() -> None:
    heavy = ("torch", "music21", "pretty_midi", "symusic", "matplotlib", "scipy", "soundfile")
    code = f"import sys, melonb.music; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
