from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melonb.errors import MusicError, TokenError
from melonb.music import HOLD, REST, LossReport
from melonb.music.grid import chord_chroma, drum_tokens, melody_tokens, quantise
from melonb.music.percussion import DRUM_NAMES, GENERAL_MIDI, PLAYED, ROLAND

NOTES = st.lists(
    st.tuples(st.integers(-5, 40), st.integers(1, 9), st.integers(0, 127)), max_size=30
)


def test_notes_go_to_the_nearest_step() -> None:
    on_grid = quantise([0, 59, 60, 119, 241], [1, 120, 180, 121, 475], 480)
    assert on_grid.starts.tolist() == [0, 0, 1, 1, 2]
    assert on_grid.ends.tolist() == [1, 1, 2, 2, 4]
    assert on_grid.moved.tolist() == [False, True, True, True, True]
    assert on_grid.resized.tolist() == [True, True, False, True, True]


@pytest.mark.parametrize(
    ("monophony", "expected"),
    [("highest", [67, HOLD, 60, REST]), ("lowest", [60, HOLD, 60, REST]),
     ("latest", [64, HOLD, 60, REST])],
)  # fmt: skip
def test_the_rule_chooses_who_stays(monophony: str, expected: list[int]) -> None:
    tokens, loss = melody_tokens([0, 0, 0, 2], [4, 4, 4, 3], [60, 67, 64, 60], 4, monophony)  # type: ignore[arg-type]
    assert tokens.tolist() == expected
    assert loss == LossReport(4, 2, dropped=2, resized=1, reasons={"another voice": 2})


def test_equal_notes_merge_and_the_longer_stays() -> None:
    tokens, loss = melody_tokens([0, 0], [1, 3], [60, 60], 4)
    assert tokens.tolist() == [60, HOLD, HOLD, REST]
    assert (loss.kept, loss.merged, loss.dropped) == (1, 1, 0)


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(MusicError, match="no rule 'loudest'"):
        melody_tokens([0], [1], [60], 4, "loudest")  # type: ignore[arg-type]


@given(NOTES)
def test_every_note_has_one_fate(notes: list[tuple[int, int, int]]) -> None:
    starts, lengths, pitches = np.array(notes, dtype=int).reshape(-1, 3).T
    for tokens, loss in (
        melody_tokens(starts, starts + lengths, pitches, 32),
        drum_tokens(starts, pitches, 32, GENERAL_MIDI),
    ):
        assert loss.notes == loss.kept + loss.merged + loss.dropped + loss.out_of_range
        assert loss.dropped + loss.merged + loss.out_of_range == sum(loss.reasons.values())
        assert len(tokens) == 32
    assert loss.kept == sum(int(token).bit_count() for token in tokens)


@given(NOTES)
def test_one_voice_is_what_a_plain_loop_writes(notes: list[tuple[int, int, int]]) -> None:
    starts, lengths, pitches = np.array(notes, dtype=int).reshape(-1, 3).T
    tokens, _ = melody_tokens(starts, starts + lengths, pitches, 32)
    expected, left = [], 0
    for step in range(32):
        here = [(pitch, length) for start, length, pitch in notes if start == step]
        if here:
            pitch, left = max(here)
            expected.append(pitch)
        else:
            expected.append(HOLD if left > 0 else REST)
        left -= 1
    assert tokens.tolist() == expected


def test_chroma_marks_what_sounds() -> None:
    chroma = chord_chroma([0, 0, 1], [2, 1, 9], [60, 64, 67], 3)
    assert [np.flatnonzero(row).tolist() for row in chroma] == [[0, 4], [0, 7], [7]]


def test_drum_maps_hold_what_they_play() -> None:
    assert len(DRUM_NAMES) == len(PLAYED) == 9
    assert [GENERAL_MIDI[pitch] for pitch in PLAYED] == list(range(9))
    assert np.flatnonzero(GENERAL_MIDI >= 0).tolist() == [22, 26, *range(27, 88)]
    assert int((ROLAND >= 0).sum()) == 22
    assert ROLAND[22] == DRUM_NAMES.index("closed hat")


def test_reports_add_up_and_read_well() -> None:
    report = LossReport(3, 2, dropped=1, reasons={"another voice": 1})
    both = report + LossReport(1, 1, moved=1)
    assert str(both) == "4 notes: 3 kept, 1 dropped, 1 moved (another voice: 1)"
    assert both.as_dict()["reasons"] == {"another voice": 1}
    assert LossReport(1, 1).lossless
    assert not both.lossless


@pytest.mark.parametrize("bad", [[1.5], [float("nan")], [[60]], [], [-1], [130], ["a"], None])
def test_what_is_no_token_is_refused(bad: object) -> None:
    from melonb.music import Melody

    with pytest.raises(TokenError):
        Melody(bad)  # type: ignore[arg-type]
