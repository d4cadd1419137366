from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melonb.errors import MusicError
from melonb.music import Chords, harmony


@given(st.integers(0, 4095))
def test_any_set_of_pitch_classes_has_a_name_that_reads_back(mask: int) -> None:
    chroma = harmony.from_mask(mask)
    assert np.array_equal(harmony.chroma(harmony.chord_name(chroma)), chroma)
    assert harmony.to_mask(chroma) == mask


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        ("C", "C E G"), ("Am7", "A C E G"), ("F#dim", "F# A C"), ("Bb", "Bb D F"),
        ("Bb7", "Bb D F Ab"), ("Ebmaj7", "Eb G Bb D"), ("C-7", "C Eb G Bb"), ("C6/9", "C D E G A"),
        ("G7sus4", "G C D F"), ("Bbmaj7/D", "Bb D F A"), ("C/Bb", "C E G Bb"), ("B+", "B Eb G"),
        ("C:maj", "C E G"), ("C:min7/b3", "C Eb G Bb"), ("D:hdim7", "D F Ab C"),
        ("C:maj(9)", "C D E G"), ("G:sus4(b7)", "G C D F"), ("C:7(#9)", "C Eb E G Bb"),
        ("Db:maj7(#11)", "Db F G Ab C"), ("C:(1,5)", "C G"), ("C:maj(*3)", "C G"),
        ("N", ""), ("N.C.", ""), ("{C F# B}", "C F# B"), ("C♯m", "C# E G#"),
    ],
)  # fmt: skip
def test_names_are_read(name: str, notes: str) -> None:
    expected = sorted({harmony.pitch_class(note) for note in notes.split()})
    assert np.flatnonzero(harmony.chroma(name)).tolist() == expected


@pytest.mark.parametrize("name", ["H7", "Cxyz", "C:maj(", "C/x", "7", "C:maj(q)"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(MusicError):
        harmony.chroma(name)


def test_chords_know_their_spans_and_names() -> None:
    chords = Chords.from_names(["Am7", "N", "F#dim"], steps_each=2)
    assert chords.names == ("Am7", "Am7", "N", "N", "F#dim", "F#dim")
    assert [(span.start, span.length, span.name) for span in chords.chord_spans()] == [
        (0, 2, "Am7"),
        (4, 2, "F#dim"),
    ]
    assert Chords.from_mask(chords.mask) == chords
    assert chords.transpose(2).names[0] == "Bm7"
