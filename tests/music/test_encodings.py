from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melonb.errors import TokenError
from melonb.music import encodings
from tests.music.pieces import steps, voice

VIEWS = {
    "events": (encodings.to_events, encodings.from_events, 0, 127, 130),
    "magenta": (encodings.to_magenta, encodings.from_magenta, 21, 108, 90),
    "clsm": (encodings.to_clsm, encodings.from_clsm, 55, 84, 32),
}
voices = steps.flatmap(voice)


@pytest.mark.parametrize("name", VIEWS)
@given(tokens=voices)
def test_a_view_and_back_is_the_melody(name: str, tokens: np.ndarray) -> None:
    to, back, low, high, size = VIEWS[name]
    melody = encodings.canonical(np.where(tokens < 128, np.clip(tokens, low, high), tokens))
    symbols = to(melody)
    assert symbols.min() >= 0
    assert symbols.max() < size
    assert np.array_equal(back(symbols), melody)


@pytest.mark.parametrize("name", VIEWS)
def test_a_batch_goes_through_as_one_melody_does(name: str) -> None:
    to, back, *_ = VIEWS[name]
    batch = encodings.canonical(np.random.default_rng(0).choice([60, 64, 128, 129], (2, 3, 16)))
    one_by_one = np.stack([[to(melody) for melody in row] for row in batch])
    assert np.array_equal(to(batch), one_by_one)
    assert np.array_equal(back(to(batch)), batch)


@pytest.mark.parametrize("name", VIEWS)
@given(data=st.data())
def test_any_symbols_read_as_a_proper_melody(name: str, data: st.DataObject) -> None:
    _, back, _, _, size = VIEWS[name]
    symbols = np.array(data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=40)))
    melody = back(symbols)
    assert np.array_equal(encodings.canonical(melody), melody)


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (encodings.to_events, [129, 60, 129, 128, 129, 20, 90]),
        (encodings.to_magenta, [0, 41, 0, 1, 0, 0, 71]),
        (encodings.to_clsm, [31, 5, 30, 31, 31, 31, 31]),
        (encodings.to_rhythm, [2, 0, 1, 2, 2, 0, 0]),
    ],
)
def test_symbols_by_hand(view: Callable[..., np.ndarray], expected: list[int]) -> None:
    assert view([129, 60, 128, 129, 129, 20, 90]).tolist() == expected


def test_a_note_out_of_range_falls_silent_with_its_holds() -> None:
    assert encodings.to_magenta([60, 20, 128, 129]).tolist() == [41, 1, 0, 0]
    assert encodings.to_clsm([60, 100, 128, 60]).tolist() == [5, 31, 31, 5]


def test_transposing_out_of_the_pitches_is_refused() -> None:
    assert encodings.transpose([60, 128, 129], -60).tolist() == [0, 128, 129]
    for semitones in (-61, 68):
        with pytest.raises(TokenError, match="out of the 128 pitches"):
            encodings.transpose([60], semitones)


@pytest.mark.parametrize("bad", [[0.5], [130], [-1], 3])
def test_what_is_no_symbol_is_refused(bad: object) -> None:
    with pytest.raises(TokenError):
        encodings.canonical(bad)  # type: ignore[arg-type]
