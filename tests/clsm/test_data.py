from __future__ import annotations

import numpy as np
import pytest
import torch

from melonb import clsm
from melonb.clsm.data import PhraseTask, phrases, to_symbols, transposed
from melonb.clsm.experiments import Held, Point, hold, measure, planes
from melonb.clsm.experiments.generation import paths
from melonb.clsm.experiments.scores import context_use
from melonb.clsm.judge import Judge
from melonb.clsm.spans import HOLD, REST, Span, draw_span
from melonb.corpora.corpus import Corpus, from_songs
from melonb.errors import CorpusError
from melonb.music.encodings import to_clsm
from melonb.training import fit


@pytest.fixture(scope="module")
def judge() -> Judge:
    torch.manual_seed(0)
    net = clsm.build("judge", "tiny").eval()
    assert isinstance(net, Judge)
    return net


def task_of(model: str, corpus: Corpus) -> PhraseTask:
    recipe = clsm.recipe(model, "tiny")
    return PhraseTask(recipe, phrases(corpus, "clsm-train-1"), phrases(corpus, "clsm-valid-1"))


def test_symbols_on_the_device_are_those_of_the_music_floor() -> None:
    tokens = np.array([[55, 128, 84, 129, 60, 128, 128, 129]])
    assert (to_symbols(torch.from_numpy(tokens)).numpy() == to_clsm(tokens)).all()


def test_every_key_in_range_is_drawn_and_no_other() -> None:
    phrase = torch.full((1, 128), HOLD)
    phrase[0, :4] = torch.tensor([3, 27, REST, 10])  # room for 30 - 24 = 6 keys
    moved = transposed(phrase.repeat(4000, 1), torch.Generator().manual_seed(0))
    lowest, counts = moved[:, 0].unique(return_counts=True)
    assert lowest.tolist() == [0, 1, 2, 3, 4, 5]
    assert counts.min() > 500
    assert ((moved[:, 1] - moved[:, 0]) == 24).all()
    assert (moved[:, 2] == REST).all()
    assert (moved[:, 4:] == HOLD).all()
    silent = torch.full((2, 128), REST)
    assert torch.equal(transposed(silent), silent)


def test_spans_are_drawn_length_first() -> None:
    chance = np.random.default_rng(0)
    lengths = [draw_span(chance).steps for _ in range(4000)]
    assert sorted(set(lengths)) == [16, 32, 48, 64]
    assert min(lengths.count(steps) for steps in (16, 32, 48, 64)) > 900


@pytest.mark.parametrize("model", clsm.MODELS)
def test_every_model_learns(model: str, corpus: Corpus) -> None:
    task = task_of(model, corpus)
    run = fit(task.recipe.replace(steps=25, log_every=5, validate_every=25), task, progress=False)
    first, *_, last = [row["loss"] for row in run.history if "loss" in row]
    assert last < 0.9 * first
    assert run.best is not None
    assert set(run.best.figures) == {"score", "reconstruction", "kl", "accuracy"}


def test_the_spans_of_a_step_are_the_same_after_a_restart(corpus: Corpus) -> None:
    task = task_of("clsm", corpus)
    torch.manual_seed(0)
    net = task.model()
    batch = task.batch(torch.arange(4), torch.Generator().manual_seed(0))
    first, again = (
        task.loss(net, batch, 7, torch.Generator().manual_seed(1)).total for _ in range(2)
    )
    assert torch.equal(first, again)


@pytest.mark.parametrize("model", clsm.MODELS)
def test_every_figure_of_the_paper_is_measured(model: str, corpus: Corpus, judge: Judge) -> None:
    torch.manual_seed(0)
    results = measure(model, clsm.build(model, "tiny"), corpus, limit=5, judge=judge)
    figures = {result.figure for result in results}
    if model == "judge":
        assert figures == {"NLL of held-out music"}
        return
    wanted = {"NLL of samples", "use of right context"}
    if model in ("clsm", "vae"):
        wanted |= {"R(2)", "R(4)", "R(8)", "left-contextual reconstruction accuracy"}
    assert wanted <= figures
    for result in results:
        assert result.value is None or np.isfinite(result.value)


@pytest.mark.parametrize("model", ["clsm", "vae", "arnn"])
def test_only_a_model_that_hears_the_right_context_uses_it(model: str, corpus: Corpus) -> None:
    torch.manual_seed(0)
    net = clsm.build(model, "tiny").eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    four = hold(corpus, limit=4)
    swapped, redrawn = context_use(net, Held(four.symbols, [Span.of_bars(2, 4)] * 4, four.songs))
    assert (swapped["value"] == 0) == (model == "vae")
    assert redrawn["value"] > 0
    alone = context_use(net, Held(four.symbols[:1], [Span.of_bars(2, 4)], four.songs[:1]))
    assert alone[0]["value"] is None


def test_paths_keep_the_context_and_end_on_draws(corpus: Corpus) -> None:
    torch.manual_seed(0)
    net = clsm.build("clsm", "tiny").eval()
    held = hold(corpus, limit=10)
    found = paths(net, held, divisions=4)  # type: ignore[arg-type]
    for i, span in enumerate(held.spans):
        kept = np.ones(128, bool)
        kept[span.slice] = False
        assert (found[i][:, kept] == held.symbols[i].numpy()[kept]).all()


def test_the_planes_hold_every_point_and_the_music(corpus: Corpus, judge: Judge) -> None:
    torch.manual_seed(0)
    points = [
        Point("clsm", 0.012, clsm.build("clsm", "tiny"), {"steps": 0}),
        Point("vae", 0.4, clsm.build("vae", "tiny"), {"steps": 0}),
        Point("arnn", None, clsm.build("arnn", "tiny"), {"steps": 0}),
    ]
    rows = planes(points, hold(corpus, limit=4), judge).rows
    assert {row["model"] for row in rows} == {"clsm", "vae", "arnn", "data"}
    assert {row["case"] for row in rows} == {"all", "left context only", "otherwise"}
    assert all((row["accuracy"] is None) == (row["model"] in ("arnn", "data")) for row in rows)


def test_nothing_to_measure_on_is_said() -> None:
    with pytest.raises(CorpusError, match="8 bars of one voice"):
        hold(from_songs("empty", []))
