"""Key finding and density."""

from __future__ import annotations

import music21
import numpy as np
import pytest

from melonb.measures import tonality

SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
PHRASE = (0, 4, 2, 1, 0, 2, 4, 0)  # degrees: tonic, fifth, third, ... tonic


@pytest.mark.parametrize("mode", SCALES)
@pytest.mark.parametrize("tonic", range(12))
def test_a_phrase_is_in_its_key(tonic, mode):
    tokens = [60 + tonic + SCALES[mode][degree] for degree in PHRASE]
    key = tonality.find_key(tokens)
    assert key == tonic + (12 if mode == "minor" else 0)
    assert tonality.share_in_key(tokens) == 1


def test_keys_agree_with_music21():
    random = np.random.default_rng(0)
    tokens = random.integers(55, 80, (20, 64))
    tokens[random.random(tokens.shape) < 0.5] = 128
    tokens[:, 0] = 60
    for row, ours in zip(tokens, tonality.find_key(tokens), strict=True):
        stream = music21.stream.Stream()
        for part in np.split(row, np.flatnonzero(row < 128)[1:]):
            stream.append(music21.note.Note(int(part[0]), quarterLength=len(part) / 4))
        theirs = music21.analysis.discrete.KrumhanslKessler(stream).getSolution(stream)
        assert tonality.key_name(ours) == (
            f"{music21.pitch.Pitch(theirs.tonic.pitchClass).name} {theirs.mode}".replace("E-", "Eb")
            .replace("B-", "Bb")
            .replace("G#", "Ab")
        )


def test_durations_count_holds_and_not_rests():
    heard = tonality.durations([60, 128, 128, 129, 62, 129])
    assert heard[0] == 3
    assert heard[2] == 1
    assert heard.sum() == 4


def test_silence_has_no_notes_and_no_share():
    silence = np.full((2, 16), 129)
    assert tonality.note_density(silence).tolist() == [0, 0]
    assert np.isnan(tonality.share_in_key(silence)).all()
    assert np.isnan(tonality.share_of_new_in_key(silence, silence))


def test_only_new_notes_are_judged():
    before = np.array([[60, 61, 64, 67, 60, 64, 67, 72]])
    after = before.copy()
    after[0, 2] = 65
    assert tonality.share_of_new_in_key(before, after) == 1
    after[0, 3] = 66
    assert tonality.share_of_new_in_key(before, after) == 0.5


def test_density_is_a_bar():
    assert tonality.note_density(np.full((1, 32), 60)) == pytest.approx(16)
