from __future__ import annotations

from pathlib import Path

import pytest

from melonb import loopvq
from melonb.corpora.corpus import Corpus
from melonb.loopvq import report
from melonb.training import fit
from melonb.training.recipe import Recipe
from melonb.training.record import Result


def test_every_result_of_the_chapter(band: Corpus, tmp_path: Path) -> None:
    nets = {model: loopvq.build(model, "tiny").eval() for model in loopvq.MODELS}
    results = report.report(nets, band, loops=8)
    assert sorted(result.name for result in results) == [
        "cnn-reconstruction",
        "deaf",
        "lstm-ar-reconstruction",
        "lstm-reconstruction",
        "metrics",
        "metrics-copied",
        "novelty",
        "prior-accuracy",
        "usage",
        "vq-reconstruction",
    ]
    by_name = {result.name: result for result in results}
    assert len(by_name["metrics"].rows) == 8  # training set, three VAEs, four temperatures
    assert len(by_name["metrics-copied"].rows) == 4
    silence, common = by_name["deaf"].rows
    assert 0 < common["error"] <= silence["error"] < 0.1
    again = Result.load(by_name["metrics"].save(tmp_path))
    assert again.rows == by_name["metrics"].rows


def test_every_result_says_what_its_models_cost(band: Corpus, tmp_path: Path) -> None:
    plan = loopvq.recipe("vq", "tiny", data=("band",), steps=2)
    fit(plan, loopvq.task(plan), tmp_path / "vq", progress=False)
    plan = loopvq.recipe("prior", "tiny", data=("band",), steps=1, batch_size=4)
    fit(plan, loopvq.task(plan, needs={"loopvq/vq": tmp_path / "vq"}), tmp_path / "prior")
    nets, costs = report.load_nets(tmp_path), report.budgets(tmp_path)
    assert {name: (cost["steps"], cost["batch_size"]) for name, cost in costs.items()} == {
        "vq": (2, 8),
        "prior": (1, 4),
    }
    results = {one.name: one for one in report.report(nets, band, loops=8, costs=costs)}
    for name in ("vq-reconstruction", "usage"):
        assert results[name].budget == costs["vq"], name
    assert results["prior-accuracy"].budget == costs["prior"]
    assert results["metrics"].budget == {"loops": 8, "prior": costs["prior"]}
    assert results["novelty"].budget["prior"] == costs["prior"]
    assert results["deaf"].budget == {}  # nothing was trained for it


def test_table_of_sizes_trains_each(band: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"channels": 4, "wide": 4}

    def recipe(model: str, **changes: object) -> Recipe:
        if model == "vq":
            changes["size"] = {**changes["size"], **small}  # type: ignore[dict-item]
        return loopvq.recipe(model, "tiny", **changes)

    monkeypatch.setattr(report, "recipe", recipe)
    result = report.latent_sizes(("band",), steps=1)
    assert [(row["l"], row["L"], row["K"]) for row in result.rows] == list(report.PAPER_SIZES)
    assert result.budget["steps"] == 1


def test_openings_are_tried_beside_whole_loops(band: Corpus, monkeypatch) -> None:
    monkeypatch.setattr(
        report, "recipe", lambda model, **changes: loopvq.recipe(model, "tiny", **changes)
    )
    openings = report.first_bars(("band",), steps=1)
    assert [row["openings"] for row in openings.rows] == [True, False]
    assert all(row["low"] <= row["error"] <= row["high"] for row in openings.rows)


def test_the_prior_is_tried_with_lags_and_without(band: Corpus, monkeypatch, tmp_path) -> None:
    plan = loopvq.recipe("vq", "tiny", data=("band",), steps=1)
    fit(plan, loopvq.task(plan), tmp_path / "run", progress=False)
    (tmp_path / "run/best.safetensors").rename(tmp_path / "vq.safetensors")
    monkeypatch.setattr(report, "_WEIGHTS", tmp_path)
    monkeypatch.setattr(
        report, "recipe", lambda model, **changes: loopvq.recipe(model, "tiny", **changes)
    )
    lags = report.heard_repeats(("band",), steps=1)
    assert [row["lags"] for row in lags.rows] == [True, False]
    assert all(row["low"] <= row["accuracy"] <= row["high"] for row in lags.rows)


def test_extraction_at_both_strides(band: Corpus) -> None:
    result = report.extraction(band, files=60)
    assert [row["stride"] for row in result.rows] == [1, 8]
    assert result.rows[0]["paper_loops_per_file"] == 1.32
