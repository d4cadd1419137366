from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from melonb.errors import RecipeError
from melonb.training import (
    Constant,
    Cosine,
    Exponential,
    InverseSigmoid,
    Linear,
    Recipe,
    Rounds,
    TokenBank,
    openings,
    schedule,
)
from melonb.training.bank import Shuffle

SCHEDULES = [
    Constant(0.5),
    Linear(0.0, 1.0, 10, wait=5),
    Exponential(1e-3, 1e-5, 0.9999),
    Cosine(1e-3, 5e-6, 100, warmup=10),
    Rounds(1e-3, 5e-6, (100, 40), warmup=10),
    Rounds((1e-3, 2e-4), 5e-6, (100, 40)),
    InverseSigmoid(20.0),
]


@pytest.mark.parametrize("one", SCHEDULES)
def test_schedules_write_and_read_themselves(one) -> None:
    assert schedule(one.to_json()) == one
    assert math.isfinite(one(0))
    assert math.isfinite(one(10_000_000))


def test_schedules_say_what_the_papers_say() -> None:
    assert Linear(0.0, 1.0, 10, wait=5)(5) == 0.0
    assert Linear(0.0, 1.0, 10, wait=5)(10) == 0.5
    rate = Exponential(1e-3, 1e-5, 0.9999)
    assert rate(0) == 1e-3
    assert rate(100) == pytest.approx((1e-3 - 1e-5) * 0.9999**100 + 1e-5)
    warm = Cosine(1.0, 0.0, 100, warmup=10)
    assert warm(0) == pytest.approx(0.1)
    assert warm(9) == warm(10) == 1.0
    assert warm(100) == 0.0
    twice = Rounds(1.0, 0.0, (100, 40), warmup=10)
    assert [twice(step) for step in range(100)] == [warm(step) for step in range(100)]
    assert twice(100) == pytest.approx(0.1)
    assert twice(125) == pytest.approx(0.5)
    assert twice(140) == twice(10_000) == 0.0
    gentler = Rounds((1.0, 0.4), 0.0, (100, 40))
    assert [gentler(step) for step in (0, 50, 100, 120, 140)] == pytest.approx(
        [1, 0.5, 0.4, 0.2, 0]
    )
    with pytest.raises(RecipeError, match="2 rounds start at 3 rates"):
        Rounds((1.0, 0.4, 0.2), 0.0, (100, 40))
    share = InverseSigmoid(20.0)
    assert share(60) == pytest.approx(1 - 20 / (20 + math.exp(60 / 20)))
    assert schedule(0.2)(7) == 0.2


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "spiral"},
        {"kind": "linear", "slope": 1},
        {"kind": "rounds", "start": 1, "end": 0, "steps": []},
        {},
    ],
)
def test_an_unknown_schedule_is_refused(wrong) -> None:
    with pytest.raises(RecipeError):
        schedule(wrong)


def test_a_recipe_writes_and_reads_itself() -> None:
    recipe = Recipe(
        "musicvae/mel-2bar",
        learning_rate=Cosine(1e-3, 1e-5, 100),
        objective={"beta": {"kind": "exponential", "start": 0, "end": 0.2, "rate": 0.99999}},
        size={"latent": 128},
    )
    assert Recipe.from_json(recipe.to_json()) == recipe
    changed = recipe.replace(seed=2, steps=7, size={"hidden": 64})
    assert changed.size == {"latent": 128, "hidden": 64}
    assert recipe.changed(changed) == ["seed", "size"]
    longer = recipe.replace(steps=300, learning_rate=Rounds(1e-3, 1e-5, (100, 200)))
    assert recipe.changed(longer) == ["learning_rate"]
    assert recipe.changed(longer, steps=100) == []
    assert recipe.changed(longer, steps=102) == ["learning_rate"]
    assert recipe.replace(data="folk+lakh").data == ("folk", "lakh")


def test_a_recipe_begins_with_openings() -> None:
    recipe = Recipe("loopvq/lstm", openings=openings(100, 0.1, 0.5))
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert [recipe.divisor(step) for step in (0, 9, 10, 49, 50, 99)] == [4, 4, 2, 2, 1, 1]
    assert Recipe("loopvq/lstm").divisor(0) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"batch_size": -1},
        {"optimizer": "lion"},
        {"precision": "8"},
        {"data": ()},
        {"learning_rate": {"kind": "?"}},
        {"openings": 3},
        {"openings": [(10, 2), (5, 4)]},
        {"openings": [(10, 1)]},
        {"openings": [(0.15, 8)]},
        {"objective": {"model": torch.zeros(1)}},
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused(wrong) -> None:
    with pytest.raises(RecipeError):
        Recipe("musicvae/mel-2bar", **wrong).to_json()


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"colour": 1}', "3"])
def test_text_that_is_no_recipe_is_refused(text: str) -> None:
    with pytest.raises(RecipeError):
        Recipe.from_json(text)


def test_a_bank_cuts_windows_and_reads_orphan_holds_as_rests() -> None:
    melody = np.array([60, 128, 128, 129, 62, 128], dtype=np.int16)
    drums = np.array([128, 128, 0, 511, 1, 2])
    chords = np.array([4095, 1, 2, 3, 4, 5], dtype=np.uint16)
    starts = np.array([0, 1, 2])
    bank = TokenBank(
        {"melody": melody, "drums": drums, "chords": chords},
        {"melody": starts, "drums": starts, "chords": starts},
        steps=4,
    )
    assert len(bank) == 3
    windows = bank.gather(torch.tensor([1, 0]))
    assert windows["melody"].tolist() == [[129, 129, 129, 62], [60, 128, 128, 129]]
    assert windows["drums"].tolist() == [[128, 0, 511, 1], [128, 128, 0, 511]]
    assert windows["chords"][1, 0] == 4095
    assert windows["melody"].dtype == torch.int64


def test_every_window_comes_once_an_epoch() -> None:
    order = Shuffle(10, seed=0)
    batches = [order.batch(4 * step, 4) for step in range(5)]
    seen = torch.cat(batches)
    assert sorted(seen[:10].tolist()) == sorted(seen[10:].tolist()) == list(range(10))
    assert seen[:10].tolist() != seen[10:].tolist()
    assert torch.equal(Shuffle(10, seed=0).batch(12, 4), batches[3])
    assert len(Shuffle(3, seed=0).batch(8, 8)) == 8


def test_openings_take_no_window_twice_before_its_turn() -> None:
    plan = Recipe("musicvae/mel-16bar", batch_size=2, openings=((3, 8), (5, 4), (6, 2)))
    order = Shuffle(80, seed=0)
    counts = [plan.batch_size * plan.divisor(step) for step in range(9)]
    drawn = [order.batch(plan.drawn(step), count) for step, count in enumerate(counts)]
    assert plan.drawn(9) == sum(counts)
    assert len(torch.cat(drawn).unique()) == sum(counts)
