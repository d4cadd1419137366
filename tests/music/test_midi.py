from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import numpy as np
import pytest

from melonb.errors import MidiError, MusicError
from melonb.music import Bass, Chords, Drums, LeadSheet, Loop, Melody, Rhythm, Trio
from melonb.music.midi import Part, Rejected, parts, read
from tests.music import broken

TYPES = (Melody, Bass, Rhythm, Drums, Chords, LeadSheet, Trio, Loop)


@pytest.mark.parametrize("name", broken.UNREADABLE)
def test_a_broken_file_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    data, reason = broken.UNREADABLE[name]
    path = tmp_path / "broken.mid"
    path.write_bytes(data)
    began = time.perf_counter()
    with pytest.raises(Rejected) as caught:
        read(path)
    assert time.perf_counter() - began < 10
    assert caught.value.reason == reason
    assert str(path) in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_refuses_broken_files_and_names_them(kind: type, tmp_path: Path) -> None:
    path = tmp_path / "broken.mid"
    for data, _ in broken.UNREADABLE.values():
        path.write_bytes(data)
        with pytest.raises(MidiError, match=r"broken\.mid"):
            kind.from_midi(path)


@pytest.mark.parametrize("name", broken.ODD_METRES)
def test_other_metres_are_refused_by_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / "waltz.mid"
    path.write_bytes(broken.ODD_METRES[name])
    with pytest.raises(Rejected, match="not in 4/4") as caught:
        parts(read(path))
    assert caught.value.reason == "not in 4/4"
    with pytest.raises(MidiError, match=r"waltz\.mid, bar 1: not in 4/4"):
        Melody.from_midi(path)


@pytest.mark.parametrize("name", broken.ODD_BUT_GOOD)
def test_odd_files_that_hold_music_are_read(name: str) -> None:
    data, count = broken.ODD_BUT_GOOD[name]
    (part,) = parts(read(data))
    assert part.kind == "melody"
    assert part.notes == part.loss.kept == count
    assert part.loss.lossless
    tokens = Melody.from_midi(data).tokens
    assert tokens.tolist() == part.tokens[: len(tokens)].tolist()


@pytest.mark.parametrize("cut", range(1, len(broken.GOOD) - 1, 7))
def test_no_cut_of_a_file_gets_through(cut: int) -> None:
    with pytest.raises(Rejected):
        read(broken.GOOD[:cut])


@pytest.mark.parametrize("seed", range(40))
def test_damage_anywhere_is_refused_or_read_but_never_crashes(seed: int) -> None:
    generator = np.random.default_rng(seed)
    for _ in range(20):
        damaged = bytearray(broken.GOOD)
        for place in generator.integers(0, len(damaged), generator.integers(1, 6)):
            damaged[place] = generator.integers(256)
        for kind in (Melody, Trio, Chords):
            with contextlib.suppress(MusicError):
                kind.from_midi(bytes(damaged))


def test_a_missing_file_and_a_folder_say_so(tmp_path: Path) -> None:
    for path in (tmp_path / "none.mid", tmp_path):
        with pytest.raises(MidiError, match="cannot be opened"):
            read(path)


def test_drums_alone_are_no_melody() -> None:
    data = broken.file(broken.notes(16, channel=9))
    with pytest.raises(MidiError, match="no pitched notes"):
        Melody.from_midi(data)
    assert Drums.from_midi(data) == Drums([1] * 16)
    assert Trio.from_midi(data).drums == Drums([1] * 16)


def test_a_melody_alone_has_no_drums() -> None:
    with pytest.raises(MidiError, match="no drum track"):
        Drums.from_midi(broken.GOOD)


def _band() -> Trio:
    return Trio(Melody([60, 128] * 16), Bass([36, 128] * 16), Drums([1, 4] * 16))


def test_parts_share_the_bar_grid() -> None:
    found = parts(read(_band().to_midi()))
    assert [part.kind for part in found] == ["melody", "bass", "drums"]
    assert {len(part.tokens) for part in found} == {32}
    assert [part.program for part in found] == [0, 33, 0]
    assert [part.monophonic for part in found] == [True, True, False]
    assert all(isinstance(part, Part) and part.loss.lossless for part in found)


def test_tracks_are_chosen_by_number_or_name() -> None:
    midi = _band().to_midi()
    assert Melody.from_midi(midi, track=1) == Melody([36, 128] * 16)
    assert Melody.from_midi(midi, track="Bass") == Melody([36, 128] * 16)
    for track in ("strings", 7):
        with pytest.raises(MidiError, match=f"no track {track!r}; the tracks are 0 'melody'"):
            Melody.from_midi(midi, track=track)


def test_bars_are_chosen_and_counted_from_zero() -> None:
    midi = _band().to_midi()
    second = Melody.from_midi(midi, bars=(1, 2))
    assert second == Melody([60, 128] * 8)
    assert second.loss is not None
    assert second.loss.reasons == {"outside the bars": 8}
    with pytest.raises(MidiError, match="bars 1 to 3 are not in a song of 2 bars"):
        Melody.from_midi(midi, bars=(1, 3))


def test_a_loop_is_filled_up_with_silence() -> None:
    loop = Loop.from_midi(_band().to_midi())
    assert loop.roll[32:].sum() == 0
    assert loop.drums().tokens[:32].tolist() == [1, 4] * 16


def test_of_more_bars_a_loop_takes_the_first_eight() -> None:
    song = Trio(Melody([60, 128] * 96), Bass([36, 128] * 96), Drums([1, 4] * 96)).to_midi()
    loop = Loop.from_midi(song, bars=(1, 12))
    assert loop == Loop.from_midi(song, bars=(1, 9))
    lost = loop.loss
    assert lost is not None
    assert lost.notes == lost.kept + lost.merged + lost.dropped + lost.out_of_range


def test_music_without_the_voices_of_a_kind_is_not_silence() -> None:
    drums = Drums([1] * 16).to_midi()
    with pytest.raises(MidiError, match="no pitched notes"):
        LeadSheet.from_midi(drums)
    bass = Bass([36, 128] * 16)
    assert LeadSheet.from_midi(bass.to_midi()).melody == Melody(bass.tokens)
    with pytest.raises(MidiError, match="no bass and no drums"):
        Loop.from_midi(Melody([60, 128] * 16).to_midi())
    chords = Chords.from_names(["C", "G"], 16)
    assert LeadSheet.from_midi(chords.to_midi()).chords == chords


def test_a_chord_refused_says_the_bar() -> None:
    chord = [(0, b"\x90\x3c\x50"), (0, b"\x90\x40\x50"), (120, b"\x80\x3c\x00"),
             (0, b"\x80\x40\x00")]  # fmt: skip
    data = broken.file([*broken.notes(16), *chord])
    assert Melody.from_midi(data).tokens[16] == 64
    assert Melody.from_midi(data, monophony="lowest").tokens[16] == 60
    with pytest.raises(MusicError, match="bar 2: two notes sound together"):
        Melody.from_midi(data, monophony="refuse")


def test_pipes_and_devices_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mid")
    (tmp_path / "endless.mid").symlink_to("/dev/zero")
    (tmp_path / "round.mid").symlink_to("round.mid")
    for name in ("pipe", "endless", "round"):
        with pytest.raises(MidiError, match=rf"{name}\.mid: cannot be opened: .+; "):
            read(tmp_path / f"{name}.mid")
    with pytest.raises(MidiError, match="cannot be opened: embedded null"):
        read("a\0.mid")


def test_a_complaint_is_no_longer_than_a_screen(tmp_path: Path) -> None:
    named = (0, b"\xff\x03" + broken.number(70_000) + b"x" * 70_000)
    with pytest.raises(MidiError, match="no drum track; put the drums on channel 10") as caught:
        Drums.from_midi(broken.file([named, *broken.notes(16)]))
    assert len(str(caught.value)) < 300
