from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from melonb import loopvq
from melonb.corpora.corpus import Corpus
from melonb.errors import CorpusError, RecipeError
from melonb.loopvq.data import LoopBank, encode_all, loop_windows
from melonb.loopvq.model import VQVAE
from melonb.loopvq.objective import Objective, cross_entropy, vae_loss, vq_loss
from melonb.loopvq.prior import LoopComposer
from melonb.measures.loops import loop_metrics
from melonb.nn.gaussian import Gaussian
from melonb.training.checkpoint import read_checkpoint
from melonb.training.loop import fit


def test_rolls_on_the_device_are_the_rolls_of_the_music(band: Corpus) -> None:
    windows = loop_windows(["band"], "train")
    rolls = LoopBank(windows).rolls(torch.arange(5)).numpy() > 0
    for i in range(5):
        assert np.array_equal(rolls[i], windows.music(i).roll)


def test_training_loops_keep_the_rules(band: Corpus) -> None:
    windows = loop_windows(["band"], "train")
    measured = loop_metrics(LoopBank(windows).rolls(torch.arange(len(windows))).numpy() > 0)
    assert measured.hd < 0.0015
    assert (measured.fnd, measured.fnb, measured.db) == (1, 1, 0)


def test_losses_in_nats_a_loop() -> None:
    roll = torch.zeros(2, 128, 93)
    roll[:, 0, 0] = 1
    logits = torch.zeros(2, 128, 93)
    torch.testing.assert_close(cross_entropy(logits, roll), torch.full((2,), 128 * 93 * np.log(2)))
    posterior = Gaussian(torch.ones(2, 4), torch.ones(2, 4))
    terms = vae_loss(logits, roll, posterior, beta=0.5)
    assert terms["kl"].item() == pytest.approx(2.0)
    assert terms["total"].item() == pytest.approx(128 * 93 * np.log(2) + 1.0, rel=1e-6)


def test_commitment_is_a_loop_s_squared_distance() -> None:
    torch.manual_seed(0)
    model = VQVAE(codes=8).eval()
    roll = (torch.rand(3, 128, 93) < 0.02).float()
    out = model(roll)
    terms = vq_loss(out.logits, roll, out.quantised, weight=0.25)
    apart = model.latent(roll) - model.quantiser.decode(model.encode(roll))
    torch.testing.assert_close(terms["commitment"], apart.square().sum((1, 2)).mean())
    torch.testing.assert_close(terms["total"], terms["reconstruction"] + 0.25 * terms["commitment"])


def test_schedules_of_the_objective() -> None:
    knobs = Objective(anneal=10, sampling_rate=20.0, sampling_unit=1)
    assert [knobs.kl_weight(step) for step in (0, 5, 10, 99)] == [0, 0.5, 1, 1]
    assert knobs.teach(0) == pytest.approx(20 / 21)
    assert knobs.teach(60) == pytest.approx(20 / (20 + np.exp(3)))
    assert knobs.teach(10**6) < 1e-9


def test_the_paper_preset_is_trained_as_the_paper_says() -> None:
    for model in loopvq.MODELS:
        plan = loopvq.recipe(model, "paper")
        assert (plan.optimizer, plan.batch_size) == ("adamw", 2048)
        assert plan.steps == 2000 * 59  # epochs of 120,600 loops
        assert plan.learning_rate(0) == pytest.approx(1e-3)
        assert plan.learning_rate(plan.steps) == pytest.approx(5e-6)
        assert plan.objective.get("transpose", 0) == 0
    objective = {name: loopvq.recipe(name, "paper").objective for name in loopvq.MODELS}
    assert objective["vq"]["commitment"] == 0.25
    assert all(objective[name]["beta"] == 1 for name in ("cnn", "lstm", "lstm-ar"))
    assert objective["lstm-ar"]["sampling_rate"] == 20
    assert objective["lstm-ar"]["sampling_unit"] == 59  # i of the inverse sigmoid counts epochs
    knobs = Objective(**objective["lstm-ar"])
    assert knobs.teach(151 * 59) > 0.01 > knobs.teach(152 * 59)  # of 2,000 epochs
    vq = loopvq.build("vq", "paper")
    assert isinstance(vq, VQVAE)
    assert (vq.steps, *vq.quantiser.codebook.shape) == (32, 512, 16)
    assert vq.quantiser.restart_below is None


@pytest.mark.parametrize("model", ["vq", "cnn", "lstm", "lstm-ar"])
def test_training_lowers_the_loss(band: Corpus, model: str) -> None:
    plan = loopvq.recipe(model, "tiny", steps=12, log_every=3, data=("band",))
    run = fit(plan, loopvq.task(plan), progress=False)
    losses = [row["reconstruction"] for row in run.history if "reconstruction" in row]
    assert losses[-1] < losses[0]
    assert run.best is not None
    assert run.best.figures["error"] < 0.5


def test_weights_that_paid_little_for_their_bits_are_not_kept(band: Corpus) -> None:
    plan = loopvq.recipe("cnn", "tiny", steps=12, validate_every=4, data=("band",))
    task = loopvq.task(plan)
    assert task.settles == 12  # beta rises to the end
    errors = iter([0.01, 0.02, 0.03])
    task.validate = lambda model: {"score": -next(errors)}
    run = fit(plan, task, progress=False)
    assert run.best is not None
    assert run.best.step == 12
    assert loopvq.task(loopvq.recipe("vq", "tiny", data=("band",))).settles == 0


def test_prior_learns_the_codes_of_a_trained_vq_vae(band: Corpus, tmp_path: Path) -> None:
    plan = loopvq.recipe("vq", "tiny", steps=10, data=("band",))
    fit(plan, loopvq.task(plan), tmp_path / "vq", progress=False)
    plan = loopvq.recipe("prior", "tiny", steps=60, log_every=10, data=("band",))
    task = loopvq.task(plan, needs={"loopvq/vq": tmp_path / "vq"})
    run = fit(plan, task, progress=False)
    net = run.model
    assert isinstance(net, LoopComposer)
    curve = run.series("cross-entropy").values
    assert curve[-1] < curve[0]
    codes = encode_all(net.vq, LoopBank(loop_windows(["band"], "train")))
    assert net.prior.first.sum().item() == pytest.approx(1)
    assert net.prior.first[codes[:, 0]].min() > 0
    trained = read_checkpoint(tmp_path / "vq").tensors
    assert all(torch.equal(value, trained[name]) for name, value in net.vq.state_dict().items())
    assert all(not parameter.requires_grad for parameter in net.vq.parameters())


def test_prior_without_a_vq_vae_says_what_to_do(band: Corpus) -> None:
    plan = loopvq.recipe("prior", "tiny", data=("band",))
    with pytest.raises(RecipeError, match="loopvq/prior needs loopvq/vq first"):
        loopvq.task(plan)


@pytest.mark.parametrize("model", loopvq.MODELS)
def test_measures_of_every_model(band: Corpus, model: str) -> None:
    results = loopvq.measure(model, loopvq.build(model, "tiny"), band, limit=16)
    by_name = {result.name: result for result in results}
    if model == "prior":
        assert 0 <= (by_name["prior-accuracy"].value or 0) <= 1
        rows = by_name["prior-metrics"].rows
        assert [(row["who"], row["copied"]) for row in rows][:2] == [
            ("prior at 0", False),
            ("prior at 0", True),
        ]
        assert rows[0]["paper_hd"] == 1.44e-3
        assert all(0 <= row["os"] <= 1 for row in rows)
    else:
        result = by_name[f"{model}-reconstruction"]
        assert result.interval is not None
        assert result.interval[0] <= (result.value or 0) <= result.interval[1]
    assert all(result.data == "band" and result.split == "test" for result in results)


def test_songs_read_as_they_lie_have_no_training_loops_to_overlap_with(band: Corpus) -> None:
    net = loopvq.build("prior", "tiny")
    results = loopvq.measure("prior", net, replace(band, whole=True), limit=8)
    (metrics,) = (result for result in results if result.name == "prior-metrics")
    assert all(row["os"] is None for row in metrics.rows)


def test_a_corpus_without_loops_is_refused(band: Corpus) -> None:
    from melonb.corpora.corpus import from_songs

    with pytest.raises(CorpusError, match="no loops"):
        loopvq.measure("vq", loopvq.build("vq", "tiny"), from_songs("empty", []))
