"""Loops out of a MIDI file, with an account of what the reading lost."""

from __future__ import annotations

from pathlib import Path

import pretty_midi
import pytest

from melonb.cli import main
from melonb.errors import MidiError
from melonb.music import Bass, Drums, Loop
from melonb.weights.play import extract_loops

LINE = ([36] + [128] * 7 + [43] + [128] * 7) * 8
BEAT = ([1 | 128] + [0] * 3 + [2] + [0] * 3 + [1] + [0] * 3 + [2] + [0] * 3) * 8


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Eight bars that are a loop, and a bass note above another."""
    midi = Loop.from_parts(Bass(LINE), Drums(BEAT)).to_midi()
    bass = next(player for player in midi.instruments if not player.is_drum)
    bass.notes.append(pretty_midi.Note(80, 48, 0.0, 0.5))
    path = tmp_path / "song.mid"
    midi.write(str(path))
    return path


def test_loops_come_with_what_the_reading_lost(song: Path, tmp_path: Path) -> None:
    found = extract_loops(song, tmp_path / "loops")
    assert [path.name for path in found.files] == ["loop-bar001.mid"]
    assert Loop.from_midi(found.files[0]) == Loop.from_parts(Bass(LINE), Drums(BEAT))
    bass = found.to_dict()["read"]["bass"]
    assert (bass["notes"], bass["kept"], bass["reasons"]) == (17, 16, {"another voice": 1})
    assert found.to_dict()["read"]["drums"]["kept"] == 40


def test_the_command_says_it_too(song: Path, tmp_path: Path, capsys) -> None:
    assert main(["loops", str(song), "--out", str(tmp_path / "loops")]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "bass: 17 notes: 16 kept, 1 dropped (another voice: 1)"
    assert said[1] == "drums: 40 notes: 40 kept"
    assert said[-1] == "1 loop"


def test_a_song_that_holds_no_loop_is_refused(tmp_path: Path) -> None:
    pretty_midi.PrettyMIDI().write(str(tmp_path / "empty.mid"))
    with pytest.raises(MidiError):
        extract_loops(tmp_path / "empty.mid", tmp_path / "loops")
