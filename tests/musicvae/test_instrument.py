"""Music in, music out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from melonb import musicvae
from melonb.errors import MusicError, UsageError
from melonb.music import Drums, Melody, Trio
from melonb.musicvae import attributes
from melonb.musicvae.attributes import directions, values

TUNE = Melody([60, 128, 128, 128, 62, 128, 129, 129] * 4)
OTHER = Melody([72, 128, 71, 128, 69, 129, 67, 128] * 4)


@pytest.fixture(scope="module")
def instrument():
    torch.manual_seed(0)
    net = musicvae.build("mel-2bar", "tiny")
    net.attribute_vectors.normal_()
    return musicvae.instrument("mel-2bar", net)


@pytest.mark.parametrize("model", musicvae.MODELS)
def test_samples_are_music_of_the_right_kind_and_length(model):
    instrument = musicvae.instrument(model, musicvae.build(model, "tiny"))
    music = instrument.sample(2, seed=3)
    assert [type(piece) for piece in music] == [instrument.accepts] * 2
    assert {piece.bars for piece in music} == {instrument.bars}
    assert music == instrument.sample(2, seed=3)
    assert type(instrument.reconstruct(music[0])) is instrument.accepts


def test_accepts_says_what_goes_in():
    kinds = {"mel-2bar": Melody, "drums-2bar": Drums, "trio-16bar": Trio}
    for model, kind in kinds.items():
        assert musicvae.instrument(model, musicvae.build(model, "tiny")).accepts is kind


def test_symbols_are_the_papers(instrument):
    assert instrument.tokens(TUNE)[0, :8, 0].tolist() == [60, 129, 129, 129, 62, 129, 128, 129]


def test_short_music_is_filled_with_silence_and_long_music_cut(instrument):
    short, long = Melody(TUNE.tokens[:16]), Melody(np.tile(TUNE.tokens, 2))
    assert instrument.tokens(short).shape == (1, 32, 1)
    assert torch.equal(instrument.tokens(long), instrument.tokens(TUNE))


def test_a_vector_that_nobody_has_looked_for_is_told():
    fresh = musicvae.instrument("mel-2bar", musicvae.build("mel-2bar", "tiny"))
    with pytest.raises(UsageError, match=r"no vector of density.*find_attributes"):
        fresh.attribute(TUNE, "density", 1.0)


def test_other_music_is_refused(instrument):
    with pytest.raises(MusicError, match="takes Melody"):
        instrument.encode(Drums([0] * 32))


def test_interpolation_begins_and_ends_with_the_reconstructions(instrument):
    path = instrument.interpolate(TUNE, OTHER, 5)
    assert path[0] == instrument.reconstruct(TUNE)
    assert path[-1] == instrument.reconstruct(OTHER)
    same = instrument.interpolate(TUNE, TUNE, 3)
    assert same == [instrument.reconstruct(TUNE)] * 3
    assert len(instrument.interpolate(TUNE, OTHER, 4, path="line")) == 4
    with pytest.raises(UsageError):
        instrument.interpolate(TUNE, OTHER, 4, path="road")


def test_a_grid_has_its_corners(instrument):
    corners = [TUNE, OTHER, TUNE.transpose(3), OTHER.transpose(-2)]
    grid = instrument.grid(corners, 3)
    assert [len(row) for row in grid] == [3, 3, 3]
    found = [grid[0][0], grid[0][2], grid[2][0], grid[2][2]]
    assert found == [instrument.reconstruct(corner) for corner in corners]
    with pytest.raises(UsageError):
        instrument.grid(corners[:2])


def test_variations_start_at_the_music(instrument):
    assert instrument.vary(TUNE, 0.0, 2) == [instrument.reconstruct(TUNE)] * 2
    assert len(instrument.vary(TUNE, 1.0, 3, seed=1)) == 3


def test_attributes_move_along_their_vector(instrument):
    turned = instrument.turned(TUNE, "density")
    assert len(turned) == 7
    assert turned[3] == instrument.reconstruct(TUNE)
    assert turned[-1] == instrument.attribute(TUNE, "density", 1.5)
    with pytest.raises(UsageError, match="density"):
        instrument.attribute(TUNE, "loudness", 1)


def test_one_place_is_decoded_several_ways(instrument):
    place = instrument.encode(TUNE).mean.expand(4, -1)
    many = instrument.decode(place, temperature=1.0, generator=torch.Generator().manual_seed(0))
    assert len(set(many)) > 1
    assert len(set(instrument.decode(place, temperature=0))) == 1


def test_average_of_one_is_itself(instrument):
    assert instrument.average([TUNE]) == instrument.reconstruct(TUNE)


def test_attributes_by_hand():
    tokens = np.array([[60, 128, 62, 128, 129, 129, 72, 128] * 4])
    melody = {
        name: float(values(name, "melody", tokens)[0]) for name in attributes.attributes("melody")
    }
    assert melody["density"] == 6
    assert melody["range"] == 12
    assert melody["pitch"] == pytest.approx((60 + 62 + 72) / 3)
    # 60-62 is a step, 62-72 and 72-60 are leaps: 4 of 11 moves.
    assert melody["steps"] == pytest.approx(4 / 11)
    # 62 starts off the beat with nothing on the next; 72 is followed by a note, but for the last.
    assert melody["syncopation"] == pytest.approx(5 / 12)

    drums = np.array([[1, 4, 2, 4] * 8])
    found = {
        name: float(values(name, "drums", drums)[0]) for name in attributes.attributes("drums")
    }
    assert found == {
        "density": 16,
        "variety": 3,
        "cymbals": 0.5,
        "syncopation": pytest.approx(3 / 32),
        "repetition": 1,
    }


def test_directions_point_from_little_to_much():
    tokens = np.full((8, 32), 129)
    for row in range(8):
        tokens[row, : row + 1] = 60
    means = torch.arange(8.0).unsqueeze(1).expand(8, 3)
    found = directions(means, tokens, "melody")
    assert found.shape == (5, 3)
    torch.testing.assert_close(found[0], torch.full((3,), 6.0))
