from __future__ import annotations

import pytest
import torch

from melonb import clsm
from melonb.clsm.fitting import ODE, fitted
from melonb.clsm.instruments import ClsmInstrument
from melonb.clsm.spans import HOLD as SYMBOL_HOLD
from melonb.clsm.spans import LOWEST, REST
from melonb.errors import RecipeError, UsageError
from melonb.music import Melody
from melonb.music.grid import HOLD
from melonb.music.grid import REST as SILENT


@pytest.fixture(scope="module")
def player() -> ClsmInstrument:
    torch.manual_seed(0)
    made = clsm.instrument("clsm", clsm.build("clsm", "tiny"))
    assert isinstance(made, ClsmInstrument)
    return made


@pytest.mark.parametrize("model", ["clsm", "vae", "arnn", "arnn-t"])
def test_an_infill_leaves_its_context_as_it_was(model: str) -> None:
    torch.manual_seed(0)
    made = clsm.instrument(model, clsm.build(model, "tiny"))
    again = clsm.instrument(model, made.net)  # the door stays a door
    for melody in (ODE, ODE.transpose(27), Melody([*ODE.tokens, *ODE.tokens])):
        first = again.infill(melody, bars=(3, 5), n=2, seed=1)
        assert first == again.infill(melody, bars=(3, 5), n=2, seed=1)
        for written in first:
            assert written.steps == melody.steps
            assert (written.tokens[:48] == melody.tokens[:48]).all()
            assert (written.tokens[80:] == melody.tokens[80:]).all()


def test_a_melody_out_of_range_is_read_elsewhere_and_given_back_where_it_stands() -> None:
    for melody in (ODE, ODE.transpose(30), ODE.transpose(-30)):
        phrase = fitted(melody, (2, 4))
        assert phrase.restored(phrase.symbols) == melody
        assert phrase.folded == 0
    assert str(fitted(ODE.transpose(30), (2, 4))) == "bars 1 to 8, read 13 semitones down"
    wide = Melody([40, 100] * 64)
    phrase = fitted(wide, (2, 4))
    assert phrase.folded == 64
    assert "64 notes out of range" in str(phrase)
    assert (phrase.restored(phrase.symbols).tokens[:32] == wide.tokens[:32]).all()


def test_short_and_long_melodies_are_repeated_and_cut_out() -> None:
    tune = ODE.slice_bars(0, 3)
    short = fitted(tune, (1, 2))
    first, _, third = short.symbols[:48].reshape(3, 16)
    assert (short.symbols[48:64] == first).all()
    assert (short.symbols[64:80] == REST).all()  # what is to be written is not heard
    assert (short.symbols[80:96] == third).all()
    assert short.restored(short.symbols) == tune
    assert str(short) == "bars 1 to 3, repeated up to 8"
    alone = fitted(tune, (0, 3))  # but where nothing else is there
    assert (alone.symbols[48:96] == short.symbols[:48]).all()
    long = Melody([*ODE.tokens] * 3)
    phrase = fitted(long, (20, 22))
    assert phrase.first_bar == 16
    assert phrase.span.bars == (4, 6)
    assert phrase.restored(phrase.symbols) == long
    for bars in ((7, 9), (4, 4), (-1, 2)):
        with pytest.raises(UsageError, match="are not in a melody of 8"):
            fitted(ODE, bars)
    with pytest.raises(UsageError, match="9 bars are too many"):
        fitted(long, (0, 9))


def test_a_note_held_into_the_target_is_held_in_what_comes_back() -> None:
    melody = Melody([60, *[128] * 31, 62, *[128] * 95])
    phrase = fitted(melody, (1, 2))
    assert phrase.restored(phrase.symbols) == melody


def sounding(melody: Melody) -> list[int]:
    """Say what sounds at each step, -1 for nothing."""
    heard = []
    for token in melody.tokens.tolist():
        heard.append(token if token < HOLD else -1 if token == SILENT else heard[-1])
    return heard


@pytest.mark.parametrize(
    ("ends", "after"),
    [
        ([59 - LOWEST, SYMBOL_HOLD], 60),  # on another pitch: the tied one is struck anew
        ([59 - LOWEST, REST], 60),
        ([REST, SYMBOL_HOLD], 60),
        ([60 - LOWEST, SYMBOL_HOLD], HOLD),  # on its pitch: it can be held
        ([SYMBOL_HOLD, 60 - LOWEST], HOLD),
    ],
)
def test_a_note_tied_out_of_the_target_sounds_after_it_as_it_did(
    ends: list[int], after: int
) -> None:
    melody = Melody([62, *[HOLD] * 39, 60, *[HOLD] * 15, SILENT, *[HOLD] * 7] * 2)
    phrase = fitted(melody, (2, 3))  # step 48 goes on with the 60 of step 40
    written = phrase.symbols.copy()
    written[32:46], written[46:48] = SYMBOL_HOLD, ends
    result = phrase.restored(written)
    assert result.tokens[48] == after
    assert sounding(result)[48:] == sounding(melody)[48:]
    assert (result.tokens[49:] == melody.tokens[49:]).all()


@pytest.mark.parametrize("model", ["clsm", "vae", "arnn", "arnn-t"])
def test_ties_into_and_out_of_the_bars_leave_the_rest_as_it_sounds(model: str) -> None:
    torch.manual_seed(0)
    made = clsm.instrument(model, clsm.build(model, "tiny"))
    for first in (0, 8):  # the notes are tied over every bar line, or over none
        notes = [token for pitch in range(60, 68) for token in (pitch, *[HOLD] * 15)]
        melody = Melody([*[SILENT] * first, *notes][:128])
        for written in made.infill(melody, bars=(3, 5), n=4, seed=1):  # type: ignore[attr-defined]
            assert sounding(written)[:48] == sounding(melody)[:48]
            assert sounding(written)[80:] == sounding(melody)[80:]


def test_what_the_instrument_can_do(player: ClsmInstrument) -> None:
    assert player.name == "clsm/clsm"
    assert player.account(ODE.transpose(30), (2, 4)) == "bars 1 to 8, read 13 semitones down"
    assert player.encode(ODE, (2, 4)).mean.shape == (1, 8)
    assert len(player.sample(3)) == 3
    path = player.path(ODE, (2, 4), steps=4, seed=1)
    ends = player.decode(player.draw(ODE, (2, 4), n=2, seed=1), context=ODE, bars=(2, 4))
    assert [path[0], path[-1]] == ends
    assert len(player.interpolate(path[0], ODE, 3)) == 3
    assert player.vary(ODE, amount=0.0, n=1)[0] == player.reconstruct(ODE, (2, 4))
    assert player.reconstruct(ODE).steps == ODE.steps
    assert len(player.interpolate(ODE.slice_bars(0, 5), ODE.transpose(2), 2)) == 2
    with pytest.raises(UsageError, match="the same"):
        player.interpolate(ODE, ODE)


def test_the_vae_can_do_the_same_without_context() -> None:
    torch.manual_seed(0)
    made = clsm.instrument("vae", clsm.build("vae", "tiny"))
    assert made.decode(made.encode(ODE).mean)[0] == made.reconstruct(ODE)  # type: ignore[attr-defined]
    assert len(made.interpolate(ODE, ODE.transpose(3), 3)) == 3  # type: ignore[attr-defined]
    assert made.vary(ODE, amount=0.0, n=1)[0] == made.reconstruct(ODE)  # type: ignore[attr-defined]
    assert made.sample(2, seed=1) == made.sample(2, seed=1)


def test_the_judge_is_surprised_step_by_step() -> None:
    judge = clsm.instrument("judge", clsm.build("judge", "tiny"))
    assert judge.surprise(ODE).shape == (128,)  # type: ignore[attr-defined]
    assert judge.sample(1)[0].bars == 8


def test_unknown_names_say_what_is_known() -> None:
    with pytest.raises(RecipeError, match="clsm, vae, arnn"):
        clsm.build("gpt")
    with pytest.raises(RecipeError, match="tiny"):
        clsm.build("clsm", "huge")
    with pytest.raises(RecipeError, match="width"):
        clsm.build("clsm", "tiny", depth=3)


def test_a_melody_shorter_than_the_usual_target_is_rewritten_whole(player: ClsmInstrument) -> None:
    two = ODE.slice_bars(0, 2)
    assert fitted(two).span.bars == (0, 2)
    assert [m.steps for m in (*player.infill(two), *player.vary(two), player.reconstruct(two))] == [
        32
    ] * 6


def test_a_long_melody_comes_back_in_a_few_batches(player: ClsmInstrument, monkeypatch) -> None:
    long = Melody([*ODE.tokens] * 5).slice_steps(0, 39 * 16 + 5)
    whole, batches, write = player.reconstruct(long), [], player.net.write

    def counted(symbols: torch.Tensor, *more: object, **how: object) -> torch.Tensor:
        batches.append(len(symbols))
        return write(symbols, *more, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(player.net, "write", counted)
    assert player.reconstruct(long) == whole
    assert sum(batches) == 10
    assert len(batches) <= 4
    for first in range(0, 40, 4):
        half = player.reconstruct(long, (first, min(first + 4, long.bars)))
        steps = slice(first * 16, first * 16 + 64)
        assert (half.tokens[steps] == whole.tokens[steps]).all()
