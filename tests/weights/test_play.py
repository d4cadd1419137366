"""Loops out of a MIDI file, with an account of what the reading lost."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pretty_midi
import pytest

from melonb.cli import main
from melonb.errors import MelonbError, MidiError
from melonb.music import Bass, Drums, Loop, Melody
from melonb.weights.play import extract_loops, save, save_all

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
    assert [path.name for path in found.files] == ["song-bar001.mid"]
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


def test_a_device_a_link_or_a_folder_is_never_written_over(tmp_path: Path) -> None:
    piece = Drums(BEAT)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("kept")
    (tmp_path / "link").symlink_to("file")
    for place in (tmp_path / "pipe", tmp_path / "link", tmp_path):
        with pytest.raises(MelonbError, match="name a file, such as"):
            save(place, piece)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "kept"


def test_of_several_files_all_are_written_or_none(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "vary-02.mid").mkdir(parents=True)
    (out / "vary-01.mid").write_text("kept")
    with pytest.raises(MelonbError, match="no plain file"):
        save_all(out, [Drums(BEAT)] * 3, "vary")
    assert sorted(path.name for path in out.iterdir()) == ["vary-01.mid", "vary-02.mid"]
    assert (out / "vary-01.mid").read_text() == "kept"


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_a_failure_midway_leaves_nothing_behind(tmp_path: Path, monkeypatch, error) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "vary-01.mid").write_text("kept")
    replace, count = os.replace, iter(range(9))

    def fails(a: Path, b: Path) -> None:
        if Path(b).parent.name in ("old", "new") and next(count) % 2:
            raise error
        replace(a, b)

    monkeypatch.setattr(os, "replace", fails)
    for folder in (tmp_path / "old", tmp_path / "deep" / "new"):
        with pytest.raises((MelonbError, KeyboardInterrupt)):
            save_all(folder, [Drums(BEAT)] * 3, "vary")
    assert (tmp_path / "old" / "vary-01.mid").read_text() == "kept"
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["vary-01.mid"]
    assert not (tmp_path / "deep").exists()


def test_a_folder_made_for_nothing_is_taken_away(tmp_path: Path) -> None:
    with pytest.raises(MelonbError):
        save(tmp_path / "new" / "deep" / ("a" * 300), Drums(BEAT))
    assert not (tmp_path / "new").exists()


def test_what_was_wrong_with_a_song_is_told_with_its_remedy(tmp_path: Path, capsys) -> None:
    (tmp_path / "words.mid").write_text("no music")
    assert main(["loops", str(tmp_path / "words.mid"), "--out", str(tmp_path / "o")]) == 1
    assert "not a MIDI file; give a standard MIDI file" in capsys.readouterr().err


def test_what_is_read_is_not_written_over(tmp_path: Path, capsys) -> None:
    path = tmp_path / "tune.mid"
    Melody([60, 128] * 64).to_midi().write(str(path))
    before = path.read_bytes()
    assert main(["reconstruct", "musicvae/mel-2bar", str(path), "--out", str(path)]) == 2
    assert "tune.mid: is what is read; write to another place" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_nor_is_one_of_several_files_written_over_it(song: Path, tmp_path: Path) -> None:
    (tmp_path / "song-bar001.mid").symlink_to(song)
    before = song.read_bytes()
    with pytest.raises(MelonbError, match="is what is read"):
        extract_loops(song, tmp_path)
    assert song.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["song-bar001.mid", "song.mid"]


def test_a_tune_keeps_its_tempo_and_what_is_heard_of_it_is_told(tmp_path: Path, capsys) -> None:
    path, out = tmp_path / "tune.mid", tmp_path / "out.mid"
    Melody([60, 128, 62, 128] * 16).to_midi(path, qpm=90)
    assert main(["reconstruct", "musicvae/mel-2bar", str(path), "--out", str(out)]) == 0
    assert "the first 2 of its 4 bars are read, 16 of 32 notes" in capsys.readouterr().out
    assert pretty_midi.PrettyMIDI(str(out)).get_tempo_changes()[1] == pytest.approx([90], rel=1e-5)
    Melody([60, 128] * 8).to_midi(path)
    assert main(["reconstruct", "musicvae/mel-2bar", str(path), "--out", str(out)]) == 0
    assert "its 1 bar is filled up to 2 with rests" in capsys.readouterr().out


def test_silence_is_not_played(tmp_path: Path, capsys) -> None:
    Melody([129] * 32 + [60, 128] * 16).to_midi(tmp_path / "late.mid")
    words = ["reconstruct", "musicvae/mel-2bar", str(tmp_path / "late.mid")]
    assert main([*words, "--out", str(tmp_path / "out.mid")]) == 1
    assert "late.mid: the first 2 bars, all that" in capsys.readouterr().err
    assert not (tmp_path / "out.mid").exists()


def test_a_file_is_no_folder_and_a_folder_no_file(tmp_path: Path, capsys) -> None:
    Melody([60, 128] * 16).to_midi(tmp_path / "tune.mid")
    tune = str(tmp_path / "tune.mid")
    assert main(["sample", "musicvae/mel-2bar", "--out", tune]) == 2
    assert "tune.mid: is no folder; name a folder with --out" in capsys.readouterr().err
    assert main(["reconstruct", "musicvae/mel-2bar", tune, "--out", f"{tmp_path}/new/"]) == 2
    assert "new/: is a folder's name; name a file" in capsys.readouterr().err


def test_loops_say_what_joining_their_notes_lost(song: Path, tmp_path: Path) -> None:
    midi = pretty_midi.PrettyMIDI(str(song))
    bass = next(player for player in midi.instruments if not player.is_drum)
    bass.notes = [pretty_midi.Note(80, 36, beat / 2, beat / 2 + 0.5) for beat in range(32)]
    midi.write(str(song))
    found = extract_loops(song, tmp_path / "loops")
    assert "31 merged (joined to the same pitch before: 31)" in "\n".join(found.lines())


def test_bars_that_a_melody_lacks_are_told_with_its_file(weights, tmp_path: Path, capsys) -> None:
    Melody([60, 128] * 16).to_midi(tmp_path / "short.mid")
    words = ["infill", "clsm/clsm", str(tmp_path / "short.mid"), "--bars", "3", "-n", "1"]
    more = ["--out", str(tmp_path / "o"), "--weights", str(weights("clsm/clsm"))]
    assert main([*words, *more]) == 2
    assert "short.mid: bars 3 to 3 are not in a melody of 2" in capsys.readouterr().err
