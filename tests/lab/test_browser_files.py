"""Files that the page writes and reads, checked against Python's readers and writers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from melonb import lab, music
from melonb.music.percussion import GENERAL_MIDI

from .conftest import melody, trio

pytestmark = pytest.mark.browser

READ = """async (bytes) => {
  const { readMidi } = await import("/static/files/midi-reader.js");
  const { partsOf } = await import("/static/files/quantise.js");
  return partsOf(readMidi(new Uint8Array(bytes)));
}"""


def saved(page: Any, choice: str, folder: Path) -> Path:
    page.locator("summary", has_text="Save").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=choice, exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_the_midi_file_holds_the_same_music(open_page: Any, tmp_path: Path) -> None:
    page = open_page(lab.show(trio(), "House band").html)
    page.get_by_label("Tempo").fill("90")
    file = saved(page, "MIDI", tmp_path)
    assert file.name == "house-band.mid"
    read = music.Trio.from_midi(file)
    given = {track["name"]: track["notes"] for track in trio()["tracks"]}
    for track in read.tracks():
        assert sorted(note[::2] for note in track.notes.tolist()) == sorted(
            note[::2] for note in given[track.name]
        )
    assert read.loss is None or read.loss.moved == 0


def test_the_midi_file_keeps_silence_and_chords(open_page: Any, tmp_path: Path) -> None:
    chords = [[0, 8, "C", [0, 4, 7]], [8, 24, "Bdim", [11, 2, 5]]]
    sheet = {**melody([[0, 16, 60]], 64), "chords": chords}
    file = saved(open_page(lab.show(sheet, "A tune").html), "MIDI", tmp_path)
    assert music.Melody.from_midi(file).steps == 64
    read = music.LeadSheet.from_midi(file)
    assert [np.flatnonzero(read.chords.chroma[step]).tolist() for step in (0, 8)] == [
        [0, 4, 7],
        [2, 5, 11],
    ]


def test_the_score_file_has_each_chord_in_its_place(open_page: Any, tmp_path: Path) -> None:
    music21 = pytest.importorskip("music21")
    names = ["C", "Bdim", "G7", "Caug", "Am7", "Dsus4"]
    chords = [[8 * place, 8, name, [0, 4, 7]] for place, name in enumerate(names)]
    sheet = {**melody([[0, 16, 60], [16, 32, 62]], 48), "chords": chords, "qpm": 90}
    score = music21.converter.parse(
        saved(open_page(lab.show(sheet, "A tune").html), "MusicXML", tmp_path)
    )
    flat = score.parts[0].flatten()
    found = flat.getElementsByClass("ChordSymbol")
    assert [(one.offset, one.figure) for one in found] == [
        (2.0 * place, figure)
        for place, figure in enumerate(["C", "Bdim", "G7", "C+", "Am7", "Dsus"])
    ]
    assert flat.getElementsByClass("MetronomeMark")[0].number == 90


def test_the_score_file_is_read_by_music21(open_page: Any, tmp_path: Path) -> None:
    music21 = pytest.importorskip("music21")
    page = open_page(lab.show(trio(), "House band").html)
    score = music21.converter.parse(saved(page, "MusicXML", tmp_path))
    assert len(score.parts) == 3
    melody = [note for note in score.parts[0].recurse().notes if not hasattr(note, "chordKind")]
    assert [note.pitch.midi for note in melody] == [60, 64, 67, 72]
    assert [note.quarterLength for note in melody] == [1, 1, 2, 4]
    assert [one.figure for one in score.parts[0].recurse().getElementsByClass("ChordSymbol")][
        :1
    ] == ["C"]
    assert all(
        measure.barDuration.quarterLength == 4
        for part in score.parts
        for measure in part.getElementsByClass("Measure")
    )


def test_a_note_over_a_bar_line_is_tied(open_page: Any) -> None:
    page = open_page("")
    text = page.evaluate(
        """async () => {
        const { toSheet } = await import("/static/music/sheet.js");
        const { writeMusicXml } = await import("/static/files/musicxml.js");
        return writeMusicXml(toSheet({ steps: 32, tracks: [{ name: "a", notes: [[13, 8, 60]] }] }));
        }"""
    )
    assert text.count('<tie type="start"/>') == text.count('<tie type="stop"/>') >= 1
    durations = [int(part.split("<")[0]) for part in text.split("<duration>")[1:]]
    assert sum(durations) == 32


def test_the_sound_file_is_a_wav(open_page: Any, tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    page = open_page(lab.show(trio(), "House band").html)
    samples, rate = soundfile.read(saved(page, "Sound (WAV)", tmp_path))
    assert rate == 44100
    assert len(samples) / rate > 4
    assert 0.05 < np.abs(samples).max() <= 1


def test_the_page_reads_midi_as_python_does(open_page: Any, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    tokens = generator.choice([60, 64, 67, 70, 128, 128, 129], 128)
    bass = generator.choice([36, 43, 128, 128, 129], 128)
    drums = generator.integers(0, 512, 128)
    piece = music.Trio(music.Melody(tokens), music.Bass(bass), music.Drums(drums))
    file = tmp_path / "song.mid"
    piece.to_midi(file, qpm=100)
    page = open_page("")
    parts = page.evaluate(READ, list(file.read_bytes()))
    ours = {part["roll"]["tracks"][0]["name"]: part["roll"]["tracks"][0] for part in parts}
    for track in piece.tracks():
        given = track.notes.tolist()
        read = ours[track.name]["notes"]
        if track.kind == "drums":
            assert sorted((s, v) for s, _, v in read) == sorted((s, v) for s, _, v in given)
        else:
            assert read == given
    assert parts[0]["roll"]["qpm"] == 100


def test_the_page_knows_the_same_drums(open_page: Any) -> None:
    page = open_page("")
    classes = page.evaluate(
        """async () => {
        const { drumOf } = await import("/static/files/quantise.js");
        return Array.from({ length: 128 }, (_, pitch) => drumOf(pitch));
        }"""
    )
    assert classes == GENERAL_MIDI.tolist()


def test_a_tune_in_three_is_refused_with_its_reason(open_page: Any, tmp_path: Path) -> None:
    import pretty_midi

    song = pretty_midi.PrettyMIDI()
    song.time_signature_changes.append(pretty_midi.TimeSignature(3, 4, 0))
    song.instruments.append(pretty_midi.Instrument(0))
    song.instruments[0].notes.append(pretty_midi.Note(80, 60, 0, 1))
    file = tmp_path / "waltz.mid"
    song.write(str(file))
    page = open_page(lab.your_tune().html)
    page.get_by_label("Your MIDI file").set_input_files(file)
    page.get_by_text("the models know 4/4 only").wait_for()
