"""ABC, MusicXML and chords: tunes whose notes are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from melonb.corpora.abc_notation import WHOLE, split_tunes
from melonb.corpora.chords import harmonise, key_of, parse_chord
from melonb.corpora.folk import read_abc
from melonb.corpora.musicxml import read_score
from melonb.corpora.song import chord_mask
from melonb.corpora.tunes import read_tune, tune_part
from melonb.errors import MusicError
from melonb.music.encodings import canonical
from melonb.music.grid import HOLD, REST

HEAD = "X:1\nT:A tune\nM:{metre}\nL:1/8\nK:{key}\n"


def notes(body: str, metre: str = "4/4", key: str = "C") -> list[tuple[int, int, int]]:
    """Notes in sixteenths."""
    tune = read_tune(HEAD.format(metre=metre, key=key) + body)
    return [(16 * s // WHOLE, 16 * n // WHOLE, p) for s, n, p in tune.notes]


def pitches(body: str, **kwargs: str) -> list[int]:
    return [pitch for _, _, pitch in notes(body, **kwargs)]


def test_lengths_octaves_and_rests() -> None:
    assert notes("C2 c C, z c'/ d/2 e3/2 f/ g|") == [
        (0, 4, 60), (4, 2, 72), (6, 2, 48), (10, 1, 84), (11, 1, 74), (12, 3, 76), (15, 1, 77),
        (16, 2, 79),
    ]  # fmt: skip


def test_keys_modes_and_accidentals_that_last_a_bar() -> None:
    assert pitches("F ^G G =F|G|", key="D") == [66, 68, 68, 65, 67]
    assert pitches("F C B", key="Ddor") == [65, 60, 71]
    assert pitches("F B e", key="Gm") == [65, 70, 75]
    assert pitches("F c", key="HP") == [66, 73]
    assert pitches("B", key="F") == pitches("_B", key="C") == [70]


def test_broken_rhythm_tuplets_and_ties() -> None:
    assert [n for _, n, _ in notes("C>D E<F")] == [3, 1, 1, 3]
    triplet = read_tune(HEAD.format(metre="4/4", key="C") + "(3CDE F2").notes
    assert [n for _, n, _ in triplet] == [320, 320, 320, 960]
    assert notes("C4-C4|C2-D2 E4|") == [(0, 16, 60), (16, 4, 60), (20, 4, 62), (24, 8, 64)]


def test_grace_notes_ornaments_and_slurs_are_left_out() -> None:
    assert pitches("{cd}C ~D !trill!E (FG) .A T B") == [60, 62, 64, 65, 67, 69, 71]


def test_repeats_and_endings() -> None:
    assert len(notes("|:CDEF GABc:|")) == 16
    assert pitches("|:C8|1 D8:|2 E8|]") == [60, 62, 60, 64]
    assert pitches("|:C8|[1 D8:|[2 E8||F8|") == [60, 62, 60, 64, 65]
    assert pitches("C8:|:D8:|") == [60, 60, 62, 62]
    assert pitches("C8::D8:|") == [60, 60, 62, 62]


def test_an_upbeat_ends_at_the_bar_line() -> None:
    assert notes("G2|C8|") == [(12, 4, 67), (16, 16, 60)]
    # The short last measure and the upbeat of the repeat share a bar.
    assert [s for s, _, _ in notes("G2|C8|C6:|")] == [12, 16, 32, 44, 48, 64]


def test_two_four_shares_the_grid() -> None:
    assert [s for s, _, _ in notes("C4|D4|E4|F4|", metre="2/4")] == [0, 8, 16, 24]


def test_a_line_ends_a_full_measure_as_essen_writes_it() -> None:
    assert notes("C8\nD8\n") == [(0, 16, 60), (16, 16, 62)]


def test_chords_of_the_tune_are_kept() -> None:
    part = tune_part(read_tune(HEAD.format(metre="4/4", key="C") + '"C"C8|"G7"G4 "Am"A4|'))
    assert part.chords is not None
    assert part.chords[[0, 15, 16, 24]].tolist() == [
        chord_mask([0, 4, 7]),
        chord_mask([0, 4, 7]),
        chord_mask([7, 11, 2, 5]),
        chord_mask([9, 0, 4]),
    ]


@pytest.mark.parametrize(
    ("body", "metre", "reason"),
    [
        ("C6|", "3/4", "metre 3/4"),
        ("", "4/4", "no notes"),
        ("C8|[M:3/4]C6|", "4/4", "metre changes"),
        ("C8|", "4/4", "shorter than two bars"),
        ("C10|C10|C10|C10|", "4/4", "do not fit"),
        ("C8|C99999999999999999999|", "4/4", "longer than 4,096 bars"),
    ],
)
def test_tunes_that_do_not_fit_say_why(body: str, metre: str, reason: str) -> None:
    with pytest.raises(MusicError, match=reason):
        tune_part(read_tune(HEAD.format(metre=metre, key="C") + body))


def test_a_broken_tune_does_not_hide_the_next(tmp_path: Path) -> None:
    good = HEAD.format(metre="4/4", key="C") + "CDEF GABc|CDEF GABc|\n"
    (tmp_path / "book.abc").write_text(f"X:9\nT:broken\nM:4/4\n\n{good}", encoding="latin-1")
    reading = read_abc(tmp_path, "book.abc", "test", "none")
    assert [song.name for song in reading.songs] == ["book#1 A tune"]
    assert [one.reason for one in reading.rejected] == ["the tune has no notes"]
    assert len(list(split_tunes(good + good))) == 2


def test_chord_words() -> None:
    assert parse_chord("C") == chord_mask([0, 4, 7])
    assert parse_chord("F#m7b5") == chord_mask([6, 9, 0, 4])
    assert parse_chord("Bb:maj7") == chord_mask([10, 2, 5, 9])
    assert parse_chord("D/F#") == chord_mask([2, 6, 9])
    assert parse_chord("C/D") == chord_mask([0, 2, 4, 7])
    assert parse_chord("A:min7/b3") == chord_mask([9, 0, 4, 7])
    assert parse_chord("N") == 0
    assert parse_chord("hello") is None


def test_harmoniser_finds_key_and_cadence() -> None:
    scale = [60, 62, 64, 65, 67, 65, 62, 60]
    tokens = np.full(16 * 8, HOLD, np.int16)
    tokens[::16] = scale
    assert key_of(tokens) == 0
    chords = harmonise(tokens)
    assert chords.shape == tokens.shape
    assert chords[-1] == chord_mask([0, 4, 7])
    for start, pitch in zip(range(0, 128, 16), scale, strict=True):
        assert chords[start] >> (pitch % 12) & 1
    assert len(harmonise(np.full(32, REST, np.int16))) == 32


def test_canonical_reads_orphan_holds_as_rests() -> None:
    tokens = np.array([[HOLD, 60, HOLD, REST], [REST, HOLD, 61, HOLD]])
    assert canonical(tokens).tolist() == [[REST, 60, HOLD, REST], [REST, REST, 61, HOLD]]


SCORE = """<score-partwise><work><work-title>Sheet</work-title></work><part id="P1">
<measure><attributes><divisions>2</divisions><time><beats>4</beats><beat-type>4</beat-type></time>
</attributes><barline><repeat direction="forward"/></barline>
<harmony><root><root-step>D</root-step></root><kind>minor-seventh</kind></harmony>
<note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>4</duration></note>
<note><grace/><pitch><step>A</step><octave>4</octave></pitch></note>
<note><rest/><duration>4</duration></note></measure>
<measure><harmony><root><root-step>G</root-step></root><kind>dominant</kind></harmony>
<note><pitch><step>G</step><octave>4</octave></pitch><duration>8</duration>
<tie type="start"/></note>
<barline><repeat direction="backward"/></barline></measure></part></score-partwise>"""


def test_lead_sheets_in_musicxml(tmp_path: Path) -> None:
    path = tmp_path / "sheet.musicxml"
    path.write_text(SCORE)
    tune = read_score(path)
    assert tune.title == "Sheet"
    quarter = WHOLE // 4
    assert tune.notes == [
        (0, 2 * quarter, 66), (WHOLE, WHOLE, 67), (2 * WHOLE, 2 * quarter, 66),
        (3 * WHOLE, WHOLE, 67),
    ]  # fmt: skip
    chords = tune_part(tune).chords
    assert chords is not None
    assert chords[0] == chord_mask([2, 5, 9, 0])
    path.write_text(SCORE[:200])
    with pytest.raises(MusicError, match="cannot be read"):
        read_score(path)
