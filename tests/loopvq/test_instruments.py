from __future__ import annotations

import numpy as np
import pytest
import torch

from melonb import loopvq
from melonb.errors import MusicError, UsageError
from melonb.loopvq.instruments import CodeInstrument, LoopInstrument, PriorInstrument, to_loops
from melonb.music import Loop, Melody


@pytest.fixture(params=loopvq.MODELS)
def player(request: pytest.FixtureRequest) -> LoopInstrument:
    torch.manual_seed(0)
    return loopvq.instrument(request.param, loopvq.build(request.param, "tiny"))


@pytest.fixture
def composer() -> PriorInstrument:
    torch.manual_seed(0)
    player = loopvq.instrument("prior", loopvq.build("prior", "tiny"))
    assert isinstance(player, PriorInstrument)
    return player


def test_every_model_is_an_instrument(player: LoopInstrument, loops: list[Loop]) -> None:
    assert (player.accepts, player.bars) == (Loop, 8)
    assert player.name.removeprefix("loopvq/") in loopvq.MODELS
    assert repr(player).endswith(f" {player.name}>")
    assert len(player.sample(3)) == 3
    again = player.reconstruct(loops[0])
    assert again == player.decode(player.encode(loops[0]).mean)[0]
    path = player.interpolate(loops[0], loops[1], 5)
    assert len(path) == 5
    assert path[0] == again
    assert path[-1] == player.reconstruct(loops[1])
    assert len(player.vary(loops[0], 0.5, n=2)) == 2
    assert player.vary(loops[0], 0.0, n=1)[0] == again


def test_the_seed_decides(player: LoopInstrument, loops: list[Loop]) -> None:
    assert player.sample(2, seed=3) == player.sample(2, seed=3)
    assert player.vary(loops[0], 0.5, seed=1) == player.vary(loops[0], 0.5, seed=1)


def test_one_loop_is_made_where_no_number_is_said(player: LoopInstrument) -> None:
    assert player.sample(seed=3) == player.sample(1, seed=3)


def test_other_music_is_refused(player: LoopInstrument) -> None:
    with pytest.raises(MusicError, match=f"{player.name} plays loops, not Melody"):
        player.encode(Melody([60] * 16))  # type: ignore[arg-type]


def test_codes_there_and_back(composer: PriorInstrument, loops: list[Loop]) -> None:
    codes = composer.codes(loops)
    assert codes.shape == (4, 32)
    assert np.array_equal(composer.codes(loops[2]), codes[2])
    assert composer.decode_codes(codes[1])[0] == composer.reconstruct(loops[1])
    for wrong in (codes[:, :5], codes + 99, codes - 99):
        with pytest.raises(MusicError, match="rows of 32"):
            composer.decode_codes(wrong)


def test_given_codes_are_kept(composer: PriorInstrument, loops: list[Loop]) -> None:
    painted = composer.codes(loops[0])
    painted[4:12] = -1
    finished = composer.draw_codes(3, given=painted)
    kept = painted >= 0
    assert (finished[:, kept] == painted[kept]).all()
    assert (finished >= 0).all()
    for wrong in (painted[:5], painted + 9999, painted - 9):
        with pytest.raises(MusicError, match="rows of 32 numbers from -1"):
            composer.draw_codes(1, given=wrong)
    with pytest.raises(TypeError, match="top_K"):
        composer.sample(1, top_K=3)


def test_forms_repeat_codes(composer: PriorInstrument) -> None:
    drawn = composer.draw_codes(1, seed=5)
    expected = drawn.copy()
    expected[:, 16:24] = expected[:, :8]
    assert composer.form("ABAC", seed=5) == composer.decode_codes(expected)
    with pytest.raises(UsageError, match="8 bars"):
        composer.form("ABC")


def test_more_than_all_codes_cannot_vary(composer: PriorInstrument, loops: list[Loop]) -> None:
    for player in (composer, loopvq.instrument("vq", composer.vq)):
        for amount in (-0.1, 50):
            with pytest.raises(UsageError, match="is no share of the codes; choose"):
                player.vary(loops[0], amount)


def test_codebook_alone_draws_in_proportion(loops: list[Loop]) -> None:
    player = loopvq.instrument("vq", loopvq.build("vq", "tiny"))
    assert isinstance(player, CodeInstrument)
    player.vq.quantiser.counts.zero_()
    player.vq.quantiser.counts[5] = 3.0
    player.vq.quantiser.counts[6] = 1.0
    drawn = player.draw_codes(50)
    assert set(drawn.ravel()) == {5, 6}
    assert (drawn == 5).mean() == pytest.approx(0.75, abs=0.04)


def test_threshold_and_chance() -> None:
    logits = torch.full((1, 128, 93), -1.0)
    logits[0, 0, 0] = 0.0
    assert to_loops(logits)[0].roll.sum() == 1
    drawn = to_loops(logits, 1.0, torch.Generator().manual_seed(0))[0].roll.mean()
    assert drawn == pytest.approx(1 / (1 + np.e), abs=0.02)
