from __future__ import annotations

import io
import pickle
from pathlib import Path

import pretty_midi
from hypothesis import given
from hypothesis import strategies as st

from melonb.music import Melody, Piece
from tests.music.pieces import melodies, pieces


@given(pieces, st.sampled_from([40.0, 97.3, 120.0, 251.7]))
def test_midi_gives_the_piece_back(piece: Piece, qpm: float) -> None:
    again = type(piece).from_midi(piece.to_midi(qpm=qpm))
    assert again == piece
    assert again.hash() == piece.hash()


@given(pieces)
def test_reading_ones_own_midi_loses_nothing(piece: Piece) -> None:
    loss = type(piece).from_midi(piece.to_midi()).loss
    assert loss is not None
    assert loss.lossless, loss


@given(melodies)
def test_every_source_reads_alike(melody: Melody) -> None:
    midi = melody.to_midi()
    buffer = io.BytesIO()
    midi.write(buffer)
    again = pretty_midi.PrettyMIDI(io.BytesIO(buffer.getvalue()))
    assert Melody.from_midi(buffer.getvalue()) == Melody.from_midi(again) == melody


@given(pieces)
def test_pickling_keeps_the_value(piece: Piece) -> None:
    assert pickle.loads(pickle.dumps(piece)) == piece


@given(melodies)
def test_slices_and_transposition_keep_to_the_grid(melody: Melody) -> None:
    parts = [melody.slice_bars(bar, bar + 1) for bar in range(melody.bars)]
    assert sum(part.steps for part in parts) == melody.steps
    room = 127 - int(melody.pitches.max(initial=0))
    assert melody.transpose(room).transpose(-room) == melody


def test_a_file_reads_as_its_bytes(tmp_path: Path) -> None:
    melody = Melody([60, 128, 62, 129] * 8)
    path = tmp_path / "tune.mid"
    melody.to_midi(path)
    assert Melody.from_midi(path) == Melody.from_midi(str(path)) == melody
