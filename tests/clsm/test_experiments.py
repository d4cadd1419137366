"""The figures of section 4 by hand, the grids, and the paper's recipe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from melonb import clsm, corpora
from melonb.clsm.experiments.__main__ import budget_of, points
from melonb.clsm.experiments.grid import BETAS, GAMMAS, train_point
from melonb.clsm.experiments.held import Held
from melonb.clsm.experiments.scores import accuracy, likelihood, smoothness
from melonb.clsm.model import CLSM
from melonb.clsm.spans import HOLD, Span
from melonb.clsm.vae import VAE
from melonb.corpora.corpus import Corpus
from melonb.training import fit

LAST, FIRST = Span.of_bars(7, 8), Span.of_bars(0, 1)


def held(symbols: Tensor, *spans: Span) -> Held:
    return Held(symbols, list(spans), np.arange(len(spans), dtype=np.int32))


def test_smoothness_by_hand_case_by_case() -> None:
    written = np.zeros((3, 9, 128), dtype=np.int64)
    for j in range(9):
        written[0, j, 112 : 112 + j] = 1  # one symbol a step: R(J) = 1/J
    written[1, 8, :16] = 1  # stands still, then jumps: R(J) = 1
    written[2, :, 20:] = np.arange(9)[:, None]  # changes outside its target alone
    rows = smoothness(written, held(torch.zeros(3, 128, dtype=torch.long), LAST, FIRST, FIRST))
    for row in rows:
        even = 1 / row["divisions"]
        wanted = {"all": (even + 1) / 2, "left context only": even, "otherwise": 1.0}
        assert row["value"] == pytest.approx(wanted[row["case"]])
        assert row["excluded"] == (row["case"] != "left context only")
    assert sorted({row["divisions"] for row in rows}) == [2, 4, 8]


class Named(nn.Module):
    """A judge to whom a symbol costs as many nats as its number."""

    def __init__(self) -> None:
        super().__init__()
        self.anywhere = nn.Parameter(torch.zeros(1))

    def surprise(self, symbols: Tensor) -> Tensor:
        return symbols.float()


def test_likelihood_is_a_mean_over_the_phrase_the_target_and_what_follows() -> None:
    samples = np.zeros((2, 3, 128), dtype=np.int64)
    samples[0, :, 112:] = [[4], [6], [8]]  # a target at the end, three times filled
    samples[1, :, :16] = 2
    samples[1, :, 16:] = 3
    known = held(torch.zeros(2, 128, dtype=torch.long), LAST, FIRST)
    rows = likelihood(Named(), samples, known)  # type: ignore[arg-type]
    found = {(row["part"], row["case"]): row["value"] for row in rows}
    assert found["phrase", "left context only"] == pytest.approx(6 / 8)
    assert found["target", "left context only"] == pytest.approx(6)
    assert found["after", "left context only"] is None
    assert found["phrase", "otherwise"] == pytest.approx((2 + 7 * 3) / 8)
    assert found["after", "otherwise"] == found["after", "all"] == pytest.approx(3)
    assert found["target", "all"] == pytest.approx((6 + 2) / 2)


@pytest.mark.parametrize("model", ["clsm", "vae"])
def test_accuracy_is_the_share_of_symbols_that_come_back(model: str) -> None:
    net = clsm.build(model, "tiny").eval()
    assert isinstance(net, CLSM | VAE)
    last = net.decoder.symbol if isinstance(net, CLSM) else net.symbol
    with torch.no_grad():
        last.bias[HOLD] = 1e4  # it writes nothing but holds
    phrase = torch.zeros(1, 128, dtype=torch.long)
    phrase[0, 64:72] = phrase[0, 112:128] = HOLD
    rows = {row["bars"]: row["value"] for row in accuracy(net, held(phrase, LAST))}
    assert rows == {1: 1.0, 2: 1 / 2, 3: 1 / 3, 4: 24 / 64, "all": pytest.approx(53 / 96)}


def test_the_grids_are_the_papers() -> None:
    assert np.allclose(BETAS, np.arange(4, 17, 2) / 1000)
    assert np.allclose(GAMMAS, [*np.arange(1, 11) / 10, 2])


def test_points_of_a_grid_say_how_they_were_trained(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpora, "mix", lambda names: corpus, raising=False)
    for model in ("clsm", "vae", "arnn", "arnn-t"):
        plan = clsm.recipe(model, "tiny", steps=2)
        fit(plan, clsm.task(plan), tmp_path / model, progress=False)
    fresh = train_point("vae", 1.0, tmp_path / "vae-1", preset="tiny", steps=2, progress=False)
    begun = train_point(
        "clsm",
        0.004,
        tmp_path / "clsm-0.004",
        begin=clsm.build("clsm", "tiny"),
        preset="tiny",
        steps=3,
        progress=False,
    )
    assert (fresh.budget["from"], fresh.budget["steps"]) == ("the start", 2)
    assert (begun.budget["from"], begun.budget["steps"]) == ("a trained model", 3)
    assert budget_of(tmp_path / "clsm-0.004") == begun.budget
    found = {(point.model, point.weight): point.budget["from"] for point in points(tmp_path)}
    assert found == {
        ("clsm", 0.012): "the start",
        ("vae", 0.4): "the start",
        ("arnn", None): "the start",
        ("arnn-t", None): "the start",
        ("clsm", 0.004): "a trained model",
        ("vae", 1.0): "the start",
    }


def test_the_paper_preset_is_trained_as_the_paper_says() -> None:
    for model in clsm.MODELS:
        plan = clsm.recipe(model, "paper")
        assert (plan.batch_size, plan.optimizer, plan.betas) == (64, "adam", (0.9, 0.999))
        assert plan.learning_rate(0) == plan.learning_rate(plan.steps) == 5e-4
        assert plan.data == ("lakh",)
        assert clsm.recipe(model, "paper", data="folk").data == ("folk",)
    weighed = clsm.recipe("clsm", "paper").objective
    assert weighed == {"weight": 0.012, "anneal": clsm.recipe("clsm", "paper").steps}
    assert clsm.recipe("vae", "paper").objective["weight"] == 0.4
