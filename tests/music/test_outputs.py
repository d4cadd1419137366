from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given

from melonb.errors import MusicError
from melonb.music import (
    Bass,
    Chords,
    Drums,
    LeadSheet,
    Loop,
    Melody,
    Piece,
    Trio,
    sound,
    soundfont,
)
from tests.music.pieces import pieces

MELODY = Melody([60, 128, 62, 129, 64, 128, 128, 128] * 4)
TRIO = Trio(MELODY, Bass([36, 128] * 16), Drums([1, 4, 6, 4] * 8))
SHEET = LeadSheet(MELODY, Chords.from_names(["Am7", "{C C# D}"], 16))


@given(pieces)
def test_every_piece_shows_itself(piece: Piece) -> None:
    picture = ElementTree.fromstring(piece.svg("a <label> & more"))
    assert picture.get("role") == "img"
    assert picture.get("aria-label") == f"a <label> & more. {piece.describe()}"
    bundle = piece._repr_mimebundle_()
    assert bundle["text/plain"] == repr(piece)
    assert bundle["text/html"].startswith("<melonb-roll ")
    roll = re.search(r'<script type="application/json">(.*?)</script>', bundle["text/html"])
    assert roll is not None
    assert json.loads(roll[1]) == piece.to_roll_json()


def test_the_roll_of_a_page_holds_notes_and_chords() -> None:
    roll = SHEET.to_roll_json(qpm=90)
    assert (roll["steps"], roll["qpm"]) == (32, 90)
    assert roll["tracks"][0]["notes"][:2] == [[0, 2, 60], [2, 1, 62]]
    assert roll["chords"] == [[0, 16, "Am7", [0, 4, 7, 9]], [16, 16, "{C C# D}", [0, 1, 2]]]
    assert TRIO.to_roll_json()["tracks"][2]["notes"][:2] == [[0, 1, 0], [1, 1, 2]]


def test_a_label_cannot_break_out_of_the_page() -> None:
    page = MELODY.to_element('"><script>alert(1)</script>')
    assert "<script>alert" not in page
    assert page.count("</script>") == 1


def test_what_is_heard_is_said() -> None:
    assert TRIO.describe() == (
        "2 bars. Melody: 12 notes between C4 and E4, from C4 to E4, almost without a rest. "
        "Bass: 16 notes on C2, almost without a rest. "
        "Drums: 40 hits (kick 8, snare 8, closed hat 24)."
    )
    assert SHEET.describe().endswith("Chords: Am7, {C C# D}.")
    assert Melody([129] * 16).describe() == "1 bar. Melody: silent."


def test_figures_have_a_panel_for_each_kind() -> None:
    assert len(TRIO.figure().axes) == 2
    assert len(SHEET.figure().axes) == 1


@pytest.fixture(params=["soundfont", "own"])
def player(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Play with the SoundFont, then with the synthesizer that takes over without one."""
    if request.param == "own":

        def missing(path: Path) -> None:
            raise MusicError("no SoundFont can be read", file=path)

        monkeypatch.setattr(sound, "SoundFont", missing)
    sound._player.cache_clear()
    yield request.param
    sound._player.cache_clear()


def test_sound_comes_out(player: str) -> None:
    for piece in (MELODY, TRIO, SHEET):
        heard = piece.to_sound(rate=16000)
        assert heard.seconds == pytest.approx(4.6, abs=0.01)
        assert heard.samples.dtype == np.float32
        assert 0.5 < np.abs(heard.samples).max() <= 1
        assert np.array_equal(heard.samples, piece.to_sound(rate=16000).samples)
    assert not Melody([129] * 16).to_sound().samples.any()


@pytest.mark.parametrize("pitch", [36, 57, 69, 81])
@pytest.mark.parametrize("kind", [Melody, Bass])
def test_a_note_sounds_at_its_pitch(player: str, kind: type[Melody], pitch: int) -> None:
    rate = 22050
    heard = kind([pitch] + [128] * 15).to_sound(rate).samples[: 2 * rate]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)), 8 * rate))
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    near = np.arange(round(8 * frequency / 1.4), round(8 * frequency * 1.4))
    loudest = near[spectrum[near].argmax()] / 8
    assert 1200 * abs(np.log2(loudest / frequency)) < 15


def test_a_file_that_is_no_soundfont_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.sf2"
    for data in (None, b"", b"RIFF\x04\0\0\0sfbk", bytes(1000)):
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(MusicError, match="no SoundFont can be read"):
            soundfont.SoundFont(path)


def test_sound_is_written_by_its_ending(tmp_path: Path) -> None:
    heard = MELODY.to_sound()
    for suffix, head in ((".wav", b"RIFF"), (".ogg", b"OggS"), (".flac", b"fLaC")):
        path = tmp_path / f"tune{suffix}"
        heard.write(path)
        assert path.read_bytes().startswith(head)
    assert len(heard.encoded(".mp3")) < len(heard.encoded(".wav")) / 4
    with pytest.raises(MusicError, match=r"no way to write sound as '\.xyz'"):
        heard.write(tmp_path / "tune.xyz")
    assert list(tmp_path.glob("*.xyz")) == []
    assert "data:audio/mpeg" in heard._repr_mimebundle_()["text/html"]
    assert repr(heard) == "<Sound 4.6 s, 22050 Hz>"


@pytest.mark.parametrize("qpm", [0, -1, float("nan"), 5000])
def test_an_impossible_tempo_is_refused(qpm: float) -> None:
    for way in (MELODY.to_midi, MELODY.to_sound, MELODY.to_roll_json, MELODY.to_score):
        with pytest.raises(MusicError, match="quarter notes a minute"):
            way(qpm=qpm)
    with pytest.raises(MusicError, match="samples a second"):
        MELODY.to_sound(rate=10)


def test_a_loop_is_played_as_its_paper_plays_it() -> None:
    roll = np.zeros((128, 93), dtype=bool)
    roll[:4, 12] = True  # successive hits of a bass pitch are one note
    roll[:2, 84] = True  # two kicks stay two
    bass, drums = Loop(roll).to_midi(qpm=60).instruments
    assert [(n.pitch, n.start, n.end, n.velocity) for n in bass.notes] == [(36, 0, 1, 80)]
    assert [(n.pitch, n.start, n.velocity) for n in drums.notes] == [(36, 0, 100), (36, 0.25, 100)]
    assert (bass.program in range(32, 40), drums.is_drum) == (True, True)


def test_a_score_holds_the_notes_and_musicxml_reads_back(tmp_path: Path) -> None:
    from music21 import converter, harmony

    path = tmp_path / "sheet.musicxml"
    text = SHEET.to_musicxml(path)
    assert path.read_text(encoding="utf-8") == text
    staff = converter.parse(text, format="musicxml").parts[0].stripTies().flatten()
    notes = [
        [int(note.offset * 4), int(note.quarterLength * 4), note.pitch.midi]
        for note in staff.getElementsByClass("Note")
    ]
    assert notes == SHEET.tracks()[0].notes.tolist()
    symbols = staff.getElementsByClass(harmony.ChordSymbol)
    assert [symbol.figure for symbol in symbols] == ["Am7"]


def test_a_band_has_a_staff_a_player_and_each_bar() -> None:
    score = TRIO.to_score()
    assert [part.partName for part in score.parts] == ["Melody", "Bass", "Drums"]
    assert [len(part.getElementsByClass("Measure")) for part in score.parts] == [2, 2, 2]
    assert "<unpitched>" in TRIO.to_musicxml()
