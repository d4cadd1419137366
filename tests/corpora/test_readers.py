"""The readers of public layouts, on small copies made here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pretty_midi
import pytest

from melonb.corpora import groove, lakh, nottingham, pop909
from melonb.corpora.song import chord_mask
from melonb.errors import MusicError
from melonb.music import Melody
from melonb.music.grid import HOLD, REST
from tests.corpora.songs_on_disk import write_lakh, write_song

BEAT = 0.7  # seconds: not what the file's own tempo says


def write_pop909(folder: Path, bars: list[int]) -> str:
    """Write a song whose bars have so many beats, one note a beat, its upbeat one beat."""
    place = folder / "POP909" / "001"
    place.mkdir(parents=True)
    song = pretty_midi.PrettyMIDI(initial_tempo=100)
    track = pretty_midi.Instrument(0, name="MELODY")
    first = [0] + [beat == 0 for count in bars for beat in range(count)]
    lines = []
    for beat, mark in enumerate(first):
        start = 0.05 + beat * BEAT
        lines.append(f"{start} {float(mark)} {float(mark)}")
        track.notes.append(pretty_midi.Note(100, 60 + beat % 12, start + 0.01, start + BEAT / 2))
    song.instruments.append(track)
    song.write(str(place / "001.mid"))
    (place / "beat_midi.txt").write_text("\n".join(lines) + "\n")
    second = 0.05 + 5 * BEAT
    (place / "chord_midi.txt").write_text(f"0.0 {second} N\n{second} {second + 4 * BEAT} A:min7\n")
    return pop909.files(folder)[0]


def test_pop909_takes_its_bars_from_the_beats(tmp_path: Path) -> None:
    file = write_pop909(tmp_path, [4, 4, 4, 4])
    (part,) = pop909.read(tmp_path, file).songs[0].parts
    onsets = np.flatnonzero(part.tokens < HOLD)
    assert onsets.tolist() == [12, *range(16, 16 + 64, 4)]
    assert part.tokens[16:20].tolist() == [61, HOLD, REST, REST]
    assert part.chords is not None
    assert part.chords[[31, 32, 47, 48]].tolist() == [0, *[chord_mask([9, 0, 4, 7])] * 2, 0]


def test_pop909_fills_a_short_bar_and_refuses_other_metres(tmp_path: Path) -> None:
    file = write_pop909(tmp_path / "a", [4, 4, 2, 4, 4, 4, 4])
    (part,) = pop909.read(tmp_path / "a", file).songs[0].parts
    onsets = np.flatnonzero(part.tokens < HOLD)
    assert onsets[9:12].tolist() == [48, 52, 64]
    waltz = write_pop909(tmp_path / "b", [3] * 8)
    with pytest.raises(MusicError, match="not in 4/4"):
        pop909.read(tmp_path / "b", waltz)


def test_groove_keeps_its_official_split(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        write_song(tmp_path / "groove" / "drummer1" / f"{name}.mid")
    (tmp_path / "groove" / "info.csv").write_text(
        "id,time_signature,midi_filename,split\n"
        "drummer1/1,4-4,drummer1/one.mid,test\n"
        "drummer1/2,3-4,drummer1/two.mid,train\n"
        "drummer1/3,4-4,drummer1/three.mid,validation\n"
    )
    one, three, two = groove.files(tmp_path)
    song = groove.read(tmp_path, one).songs[0]
    assert (song.name, song.split) == ("drummer1/1", "test")
    assert [part.kind for part in song.parts] == ["drums"]
    assert groove.read(tmp_path, three).songs[0].split == "valid"
    with pytest.raises(MusicError, match="metre 3/4"):
        groove.read(tmp_path, two)


def test_groove_takes_drums_alone(tmp_path: Path) -> None:
    Melody([60, 129] * 64).to_midi(tmp_path / "flute.mid")
    with pytest.raises(MusicError, match="no drums"):
        groove.read(tmp_path, "flute.mid")


def test_lakh_knows_versions_of_a_song(tmp_path: Path) -> None:
    first, second, third = write_lakh(tmp_path, 3)
    (tmp_path / "songs.tsv").write_text(
        "md5\tmsd_track_id\tartist\ttitle\n"
        f'{first}\tTRVPRRU12903CCFC74\tSomeone\tA "song\n'
        f"{second}\t\tThe Artist\tTitle (live).1\n"
    )
    groups = {
        song.name: song.group
        for file in lakh.files(tmp_path)
        for song in lakh.read(tmp_path, file).songs
    }
    assert groups == {first: "TRVPRRU12903CCFC74", second: "artist|title", third: third}


def test_lakh_in_other_layouts(tmp_path: Path) -> None:
    write_song(tmp_path / "A" / "B" / "TRAAAGR128F425B14B" / "version.mid")
    write_song(tmp_path / "The Band" / "Their Song.2.mid")
    groups = [lakh.read(tmp_path, file).songs[0].group for file in lakh.files(tmp_path)]
    assert groups == ["TRAAAGR128F425B14B", "band|their song"]


def test_lakh_checks_each_file_by_its_name(tmp_path: Path) -> None:
    write_lakh(tmp_path, 1)
    (file,) = lakh.files(tmp_path)
    content = bytearray((tmp_path / file).read_bytes())
    content[-5] ^= 1
    (tmp_path / file).write_bytes(content)
    with pytest.raises(MusicError, match="md5"):
        lakh.read(tmp_path, file)


def test_nottingham_reads_the_cleaned_edition(tmp_path: Path) -> None:
    tune = 'X:1\nT:A Reel\nM:4/4\nL:1/8\nK:D\n|:"D"d2f2 a2f2|"A7"g2e2 c2A2:|\n'
    for edition in ("ABC", "ABC_cleaned"):
        (tmp_path / "nottingham" / edition).mkdir(parents=True)
        (tmp_path / "nottingham" / edition / "reels.abc").write_text(tune)
    (file,) = nottingham.files(tmp_path)
    assert "ABC_cleaned" in file
    song = nottingham.read(tmp_path, file).songs[0]
    assert song.bars == 4
    assert song.group == "reel"
