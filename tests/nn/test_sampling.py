from __future__ import annotations

import pytest
import torch

from melonb.nn.sampling import Alike, choose, mix

LOGITS = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()


def shares(draws: int = 40_000, **options) -> torch.Tensor:
    seeded = torch.Generator().manual_seed(0)
    drawn = choose(LOGITS.expand(draws, 4), generator=seeded, **options)
    return torch.bincount(drawn, minlength=4) / draws


def test_draws_follow_the_softmax() -> None:
    torch.testing.assert_close(shares(), LOGITS.exp(), atol=0.01, rtol=0)


def test_temperature_sharpens_and_flattens() -> None:
    expected = (LOGITS / 0.5).softmax(-1)
    torch.testing.assert_close(shares(temperature=0.5), expected, atol=0.01, rtol=0)
    assert shares(temperature=0)[0] == 1


def test_top_k_and_top_p_keep_the_likeliest() -> None:
    assert (shares(top_k=2) > 0).tolist() == [True, True, False, False]
    assert (shares(top_p=0.75) > 0).tolist() == [True, True, False, False]
    assert (shares(top_p=0.81) > 0).tolist() == [True, True, True, False]
    assert shares(top_p=0.0)[0] == 1
    assert (shares(top_k=99) > 0).all()


def test_pieces_with_the_same_luck_are_drawn_as_each_alone() -> None:
    logits = torch.randn(3, 2, 5)  # three pieces of two rows
    alone = [choose(piece, generator=torch.Generator().manual_seed(7)) for piece in logits]
    luck = Alike()
    luck.manual_seed(7)
    luck.many = 3
    assert torch.equal(choose(logits.flatten(0, 1), generator=luck), torch.cat(alone))


@pytest.mark.parametrize("shape", [(4,), (1, 4), (1, 3, 4), (0, 4)])
def test_any_leading_axes(shape: tuple[int, ...]) -> None:
    for temperature in (0.0, 1.0):
        drawn = choose(torch.randn(shape), temperature)
        assert drawn.shape == shape[:-1]
        assert drawn.dtype == torch.int64


def test_mix_takes_whole_steps_of_the_guess() -> None:
    truth, guess = torch.zeros(64, 32, 3), torch.ones(64, 32, 3)
    mixed = mix(truth, guess, 0.25, torch.Generator().manual_seed(0))
    assert mixed.mean().item() == pytest.approx(0.25, abs=0.03)
    assert torch.equal(mixed.amin(-1), mixed.amax(-1))
    assert torch.equal(mix(truth, guess, 0.0), truth)
    assert torch.equal(mix(truth, guess, 1.0), guess)
