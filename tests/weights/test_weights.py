from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import pooch
import pytest
import torch
from safetensors.torch import save_file

from melonb import weights as shelf
from melonb.corpora.lock import locked
from melonb.errors import CheckpointError, MelonbError, RecipeError, UsageError
from melonb.music import Melody
from melonb.training.checkpoint import facts, load_into, read_checkpoint, write_checkpoint
from melonb.weights import bundling, cards
from melonb.weights.bundling import bundle
from melonb.weights.cards import bundled_file, overview, parameter_count
from melonb.weights.loading import load, load_net
from melonb.weights.measuring import measure
from melonb.weights.registry import find, names
from melonb.weights.training import recipe_of, train

MODEL = "musicvae/mel-2bar"


def test_every_model_of_the_four_papers_has_a_name_and_a_card() -> None:
    assert len(names()) == len(set(names())) == 25
    assert {name.split("/")[0] for name in names()} == {"musicvae", "ec2vae", "clsm", "loopvq"}
    for name in names():
        assert shelf.card(name)["model"] == name


@pytest.mark.parametrize("name", names())
def test_the_recipe_is_that_of_the_bundled_weights(name: str) -> None:
    model, told = find(name), shelf.card(name)["recipe"]
    recipe = model.paper.recipe(model.short, "book").to_dict()
    for key in ("steps", "batch_size", "learning_rate", "openings", "seed", "size"):
        assert told.get(key, []) == recipe[key], key
    assert recipe["objective"].items() <= told["objective"].items()


def test_sizes_grow_from_tiny_to_paper() -> None:
    for name in (MODEL, "ec2vae/2bar", "clsm/clsm", "loopvq/prior"):
        tiny, book, paper = (parameter_count(name, preset) for preset in cards.PRESETS)
        assert tiny < book <= paper


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean musicvae/mel-2bar"):
        load("musicvae/mel2bar")


def test_a_run_and_its_file_load_as_an_instrument(weights) -> None:
    run = weights(MODEL)
    first = load(MODEL, source=run)
    second = load(MODEL, source=run / "best.safetensors")
    assert first.name == MODEL
    assert [piece.hash() for piece in first.sample(2, seed=1)] == [
        piece.hash() for piece in second.sample(2, seed=1)
    ]


def test_weights_that_are_not_there_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="melonb train"):
        load(MODEL, "paper")
    with pytest.raises(CheckpointError, match="no such checkpoint"):
        load(MODEL, source=tmp_path)


def test_another_model_s_weights_are_refused(weights) -> None:
    with pytest.raises(CheckpointError, match="holds musicvae/drums-2bar, not musicvae/mel-2bar"):
        load(MODEL, source=weights("musicvae/drums-2bar"))
    mislabelled = weights(MODEL, recipe={"size": {"latent": 7}})
    with pytest.raises(CheckpointError, match="another model or size"):
        load(MODEL, source=mislabelled)
    for recipe in ({}, None, {"size": 3}):
        with pytest.raises(CheckpointError, match="does not say its size"):
            load(MODEL, source=weights(MODEL, recipe=recipe))


def test_damaged_words_about_weights_are_told(weights, tmp_path: Path) -> None:
    run = weights(MODEL)
    for word in ("[1, 2", "7"):
        (run / "card.json").write_text(word)
        with pytest.raises(MelonbError, match=r"card.json: is damaged"):
            facts(run / "best.safetensors")
    for word in ("[1, 2", "7", "{}", '{"model": "a", "wrong": 1}', "[" * 100_000):
        (run / "recipe.json").write_text(word)
        with pytest.raises(MelonbError, match=r"recipe.json: is damaged .*; \w+"):
            recipe_of(MODEL, None, run, {})
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(1)}, foreign, metadata={"melonb": "[1]"})
    with pytest.raises(CheckpointError, match="not a checkpoint that melonb wrote"):
        load(MODEL, source=foreign)
    with pytest.raises(CheckpointError, match="no size that can be built"):
        load(MODEL, source=weights(MODEL, recipe={"size": {"latent": "many"}}))


def test_a_checksum_is_kept_to(weights) -> None:
    file = weights(MODEL) / "best.safetensors"
    right = hashlib.sha256(file.read_bytes()).hexdigest()
    assert load(MODEL, source=file, sha256=right).name == MODEL
    with pytest.raises(CheckpointError, match="has the checksum"):
        load(MODEL, source=file, sha256="0" * 64)
    with pytest.raises(CheckpointError, match="need their checksum"):
        load(MODEL, source="https://example.org/a.safetensors")


def test_an_address_may_carry_its_checksum(weights, monkeypatch) -> None:
    asked = []

    def fetch(address: str, known_hash: str, path: Path) -> str:
        asked.append((address, known_hash))
        return str(weights(MODEL) / "best.safetensors")

    monkeypatch.setattr(pooch, "retrieve", fetch)
    load(MODEL, source=f"https://example.org/a.safetensors#sha256={'a' * 64}")
    assert asked == [("https://example.org/a.safetensors", f"sha256:{'a' * 64}")]


@pytest.mark.parametrize("packing", ["half", "int8"])
def test_a_bundle_is_small_checked_and_loads(tmp_path: Path, home, weights, packing) -> None:
    run = weights(MODEL, step=4, data_hash="abc")
    (run / "card.json").write_text(json.dumps({"curve": [{"step": 1, "loss": 2.0}]}))
    card = bundle(run, MODEL, packing=packing, folder=tmp_path, score=lambda net: 0.5)
    path = bundled_file(MODEL, "tiny", tmp_path)
    assert card["bytes"] == path.stat().st_size < (run / "best.safetensors").stat().st_size
    assert card["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert card["curve"] == [{"step": 1, "loss": 2.0}]
    assert card["data_hash"] == "abc"
    assert card["precision"]["score"] == {"full": 0.5, "packed": 0.5}
    assert json.loads(path.with_suffix(".json").read_text()) == card
    full, small = load_net(MODEL, source=run), load_net(MODEL, source=path)
    for name, tensor in full.state_dict().items():
        near = 4e-3 * float(tensor.abs().max())
        torch.testing.assert_close(small.state_dict()[name], tensor, atol=near, rtol=0)
    load_into(full, small.state_dict())


def test_a_bundle_that_does_worse_or_is_too_large_is_refused(
    tmp_path: Path, weights, monkeypatch
) -> None:
    run, scores = weights(MODEL), iter([0.9, 0.8])
    with pytest.raises(CheckpointError, match=r"scores 0\.8,"):
        bundle(run, MODEL, folder=tmp_path / "a", score=lambda net: next(scores))
    monkeypatch.setattr(bundling, "LIMIT", 1000)
    with pytest.raises(CheckpointError, match="larger than"):
        bundle(run, MODEL, folder=tmp_path / "a")
    assert not list((tmp_path / "a").rglob("*.safetensors"))


def test_a_network_can_be_bundled_without_a_run(tmp_path: Path, weights) -> None:
    net = load_net(MODEL, source=weights(MODEL))
    card = bundle(net, MODEL, preset="tiny", folder=tmp_path)
    assert card["parameters"] == parameter_count(MODEL, "tiny")


def test_what_is_bundled_is_whole_and_small_enough() -> None:
    assert cards.bundled_bytes() <= bundling.LIMIT
    for row in overview():
        if row["bundled"]:
            file = bundled_file(row["name"])
            assert row["card"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
            assert load_net(row["name"]) is not None


@pytest.mark.parametrize(
    "size",
    [
        {"latent": 10**18},
        {"latent": 1e18},
        {"latent": -1},
        {"encoder_layers": 10**9},
        {"encoder": 65_000, "decoder": 65_000},
        {"streams": 10**9},
        {"latent": [4]},
    ],
)
def test_a_header_that_lies_about_sizes_is_refused_at_once(weights, size) -> None:
    run, began = weights(MODEL, recipe={"size": size}), time.perf_counter()
    with pytest.raises(CheckpointError, match=r"no size that can be built|another model or size"):
        load(MODEL, source=run)
    assert time.perf_counter() - began < 5


def test_weights_that_cannot_be_computed_with_are_refused(weights, tmp_path: Path) -> None:
    path = weights(MODEL) / "best.safetensors"
    checkpoint = read_checkpoint(path)
    name = next(iter(checkpoint.tensors))
    spoilt = {**checkpoint.tensors, name: torch.full_like(checkpoint.tensors[name], torch.nan)}
    folded = {**checkpoint.tensors, name: checkpoint.tensors[name].to(torch.complex64)}
    for tensors in (spoilt, folded):
        write_checkpoint(tmp_path / "spoilt.safetensors", tensors, checkpoint.about)
        with pytest.raises(CheckpointError, match=f"not real and finite, in {name}; train"):
            load(MODEL, source=tmp_path / "spoilt.safetensors")
    scaled = {**checkpoint.tensors, f"{name}:scale": torch.zeros(3)}
    write_checkpoint(tmp_path / "scaled.safetensors", scaled, {**checkpoint.about, "packing": 1})
    with pytest.raises(CheckpointError, match="is damaged or no checkpoint"):
        load(MODEL, source=tmp_path / "scaled.safetensors")
    deep = tmp_path / "deep.safetensors"
    save_file({"a": torch.zeros(1)}, deep, metadata={"melonb": "[" * 100_000})
    with pytest.raises(CheckpointError, match="checkpoint"):
        load(MODEL, source=deep)


def test_only_a_plain_file_holds_weights(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    (tmp_path / "mine.tar").write_bytes(b"")
    with pytest.raises(UsageError, match=r"mine\.tar: no configuration .*; name it as it was"):
        load(MODEL, source=tmp_path / "mine.tar")
    for name in ("pipe.safetensors", "absent.safetensors", "absent.tar"):
        with pytest.raises(CheckpointError, match="no such checkpoint; name a run's folder"):
            load(MODEL, source=tmp_path / name)


def test_figures_need_weights_and_a_card_that_say_how_they_came_about(
    weights, tmp_path: Path
) -> None:
    (tmp_path / "released.tar").write_bytes(b"")
    with pytest.raises(CheckpointError, match="says nothing of how it was trained"):
        measure(MODEL, weights=tmp_path / "released.tar")
    run = weights(MODEL)
    for card in ('{"recipe": null}', '{"preset": 7}', "[" * 100_000):
        (run / "card.json").write_text(card)
        with pytest.raises(MelonbError, match=r"card.* is damaged"):
            measure(MODEL, weights=run)


def test_a_run_is_trained_by_one_program_at_a_time(tmp_path: Path) -> None:
    how = {"preset": "tiny", "data": "folk", "steps": 1, "progress": False}
    with (
        locked(tmp_path / "run" / ".lock"),
        pytest.raises(RecipeError, match="being trained by another program; wait"),
    ):
        train(MODEL, run=tmp_path / "run", **how)


def test_a_run_that_cannot_begin_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecipeError, match="is no folder; name a folder"):
        train(MODEL, run=tmp_path / "file", preset="tiny", steps=1)
    with pytest.raises(RecipeError, match="more than this machine has; ask for"):
        train(MODEL, run=tmp_path / "new", preset="tiny", steps=1, devices=100_000)
    assert not (tmp_path / "new").exists()


def test_more_steps_are_counted_from_where_the_run_stands(home, tmp_path: Path) -> None:
    run = tmp_path / "run"
    how = {"run": run, "progress": False, "batch_size": 4}
    train(MODEL, preset="tiny", data="folk", steps=4, **how)
    train(MODEL, resume=True, steps=2, **how)  # nothing to do, but the recipe now says 2
    assert train(MODEL, more=1, **how).place.step == 5


def test_a_run_that_has_not_ended_gets_no_more_steps(home, tmp_path: Path, capsys) -> None:
    run = tmp_path / "run"
    how = {"run": run, "progress": False, "batch_size": 4}
    train(MODEL, preset="tiny", data="folk", steps=1, resume=True, **how)
    assert "run holds no run yet: one begins there" in capsys.readouterr().err
    train(MODEL, resume=True, steps=1000, seconds=0.1, **how)
    assert "holds no run yet" not in capsys.readouterr().err
    with pytest.raises(RecipeError, match=r"stopped after \d+ of 1,000 steps; let it end first"):
        train(MODEL, more=1, **how)


def test_a_folder_without_such_music_is_named(weights, tmp_path: Path) -> None:
    (tmp_path / "songs").mkdir()
    Melody([60, 128] * 16).to_midi(tmp_path / "songs" / "a.mid")
    with pytest.raises(MelonbError, match=r"songs: folder has no 2-bar drums.*; "):
        measure(
            "musicvae/drums-2bar", weights=weights("musicvae/drums-2bar"), midi=tmp_path / "songs"
        )
