"""Music in, music out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from melonb import ec2vae
from melonb.ec2vae.instruments import EC2Instrument, piece_by_piece
from melonb.errors import MelonbError, MusicError, UsageError
from melonb.music import Chords, Drums, LeadSheet, Melody

Sheets = Callable[..., LeadSheet]


def test_what_goes_in_comes_out(hierarchical: EC2Instrument, phrase: LeadSheet) -> None:
    back = hierarchical.reconstruct(phrase)
    assert isinstance(back, LeadSheet)
    assert back.bars == 8
    assert back.chords == phrase.chords
    alone = hierarchical.reconstruct(phrase.melody)
    assert isinstance(alone, Melody)


def test_long_music_is_cut_and_short_music_followed_by_silence(
    hierarchical: EC2Instrument, sheet: Sheets
) -> None:
    long, short = sheet(1, bars=11), sheet(1, bars=3)
    assert hierarchical.sheet(long) == long.slice_bars(0, 8)
    filled = hierarchical.sheet(short)
    assert filled.slice_bars(0, 3) == short
    assert set(filled.melody.tokens[48:].tolist()) == {129}
    assert np.array_equal(filled.chords.chroma[-1], short.chords.chroma[-1])


def test_other_music_is_refused(hierarchical: EC2Instrument) -> None:
    with pytest.raises(MusicError, match="takes LeadSheet or Melody, not Drums"):
        hierarchical.encode(Drums(np.zeros(128, np.int16)))


def test_swap_exchanges_the_rhythm_factor(hierarchical: EC2Instrument, sheet: Sheets) -> None:
    a, b = sheet(1), sheet(2)
    swapped = hierarchical.swap(a, b)
    assert swapped.c.chords == a.chords
    assert swapped.d.chords == b.chords
    same = hierarchical.swap(a, a)
    assert same.c == hierarchical.reconstruct(a) == same.d
    # decoded greedily, a rhythm follows z_r alone until notes are chosen
    mean = hierarchical.encode([a, b]).mean
    assert not torch.allclose(mean.rhythm[0], mean.rhythm[1])


def test_interpolation_begins_and_ends_where_it_should(
    hierarchical: EC2Instrument, sheet: Sheets
) -> None:
    a, b = sheet(1), sheet(2)
    walk = hierarchical.interpolate(a, b, 5)
    assert len(walk) == 5
    assert walk[0] == hierarchical.reconstruct(a)
    swapped = hierarchical.swap(a, b)
    assert walk[-1] == swapped.c  # a's pitches and chords in b's rhythm
    both = hierarchical.interpolate(a, LeadSheet(b.melody, a.chords), 3, factor="both")
    assert both[-1] == hierarchical.reconstruct(LeadSheet(b.melody, a.chords))


def test_variation_without_noise_is_the_reconstruction(
    hierarchical: EC2Instrument, phrase: LeadSheet
) -> None:
    assert hierarchical.vary(phrase, 0.0, 2) == [hierarchical.reconstruct(phrase)] * 2
    first, again = (hierarchical.vary(phrase, 1.3, 3, seed=4) for _ in range(2))
    assert first == again


def test_chord_substitution_keeps_the_point_and_changes_the_chords(
    hierarchical: EC2Instrument, phrase: LeadSheet
) -> None:
    minor = Chords.from_names(["Am"], 16)
    changed = hierarchical.substitute(phrase, minor)
    assert set(changed.chords.names) == {"Am"}
    assert hierarchical.substitute(phrase, phrase.chords) == hierarchical.reconstruct(phrase)


def test_sampling_and_decoding(hierarchical: EC2Instrument, phrase: LeadSheet) -> None:
    drawn = hierarchical.sample(3, temperature=1.0, seed=1)
    assert drawn == hierarchical.sample(3, temperature=1.0, seed=1)
    mean = hierarchical.encode(phrase).mean
    joined = torch.cat([mean.pitch, mean.rhythm], dim=1)
    assert hierarchical.decode(joined, chords=phrase.chords)[0] == hierarchical.reconstruct(phrase)


@pytest.mark.parametrize("way", ["interpolate", "vary"])
def test_unknown_factors_are_told(hierarchical: EC2Instrument, phrase: LeadSheet, way: str) -> None:
    second = phrase if way == "interpolate" else 1.0
    with pytest.raises(UsageError, match="no factor 'timbre'"):
        getattr(hierarchical, way)(phrase, second, factor="timbre")


def test_points_and_chords_must_agree(hierarchical: EC2Instrument, phrase: LeadSheet) -> None:
    with pytest.raises(MelonbError, match="2 points"):
        hierarchical.decode(torch.zeros(2, 16), chords=[phrase.chords] * 3)


@pytest.mark.parametrize("model", ["8bar-hierarchical", "8bar-plain"])
def test_chords_are_cut_or_go_on(model: str) -> None:
    player = ec2vae.instrument(model, ec2vae.build(model, "tiny"))
    (sheet,) = player.sample(chords=Chords.from_names(["C", "Am"], 16))
    assert sheet.bars == 8
    assert set(sheet.chords.names[16:]) == {"Am"}
    (sheet,) = player.sample(chords=Chords.from_names(["C"] * 9, 16))
    assert sheet.bars == 8


def test_names_and_words() -> None:
    two = ec2vae.instrument("2bar", ec2vae.build("2bar", "tiny"))
    assert (two.name, two.bars, two.accepts) == ("ec2vae/2bar", 2, LeadSheet)
    assert repr(two) == "<ec2vae/2bar: 2 bars of LeadSheet>"


def test_a_short_model_plays_long_music(sheet: Sheets) -> None:
    pairs = piece_by_piece(ec2vae.instrument("2bar", ec2vae.build("2bar", "tiny")))
    a, b = sheet(1), sheet(2)
    assert pairs.bars == 8
    assert pairs.reconstruct(a).bars == 8
    assert pairs.swap(a, a).c == pairs.reconstruct(a)
    assert pairs.interpolate(a, b, 3)[0] == pairs.reconstruct(a)
