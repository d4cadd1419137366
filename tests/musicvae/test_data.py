"""Data, training and measuring, on a small corpus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from melonb import musicvae
from melonb.corpora import Corpus
from melonb.corpora.corpus import from_songs
from melonb.corpora.song import Song, SongPart
from melonb.errors import CheckpointError, CorpusError, RecipeError
from melonb.musicvae.data import MusicVAETask, kind_of, pieces, posterior_means, teacher_forced
from melonb.musicvae.experiments import attribute_study
from melonb.musicvae.objective import Objective
from melonb.musicvae.presets import SHARES, configuration
from melonb.training import Cosine, Rounds, fit, openings
from melonb.training.checkpoint import write_checkpoint


def task_for(corpus: Corpus, model: str, preset: str = "tiny", **objective) -> MusicVAETask:
    sizes = configuration(model, preset).sizes
    kind = kind_of(sizes)
    windows = [corpus.windows(kind, sizes.bars, split=s) for s in ("train", "valid")]
    return MusicVAETask(sizes, Objective(**objective), *windows)


@pytest.mark.parametrize("model", ["mel-2bar", "drums-2bar", "trio-16bar"])
@pytest.mark.parametrize("preset", ["tiny", "magenta"])
def test_a_batch_is_the_windows_in_the_models_symbols(corpus, model, preset):
    published = {"mel-2bar": "cat-mel_2bar_small", "drums-2bar": "cat-drums_2bar_small"}
    preset = preset if preset == "tiny" else published.get(model, "hierdec-trio_16bar")
    task = task_for(corpus, model, preset)
    index = torch.arange(task.size)
    batch = task.batch(index, torch.Generator())
    truth = pieces(task.train.take(index.numpy()), task.sizes.streams)
    assert torch.equal(batch, truth)


@pytest.mark.parametrize("most", [5, 60])  # by 60 one voice leaves the alphabet, the other does not
def test_transposition_moves_melody_and_bass_together_and_leaves_the_drums(corpus, most):
    task = task_for(corpus, "trio-16bar", transpose=most)
    index = torch.arange(task.size)
    plain = task_for(corpus, "trio-16bar").batch(index, torch.Generator())
    moved = task.batch(index, torch.Generator().manual_seed(1))
    assert torch.equal(moved[..., 2], plain[..., 2])
    note = plain[..., :2] < 128
    shifts = (moved - plain)[..., :2]
    assert (shifts[~note] == 0).all()
    for piece, notes in zip(shifts, note, strict=True):
        assert len(piece[notes].unique()) == 1
    assert len(shifts[note].unique()) > 3
    assert shifts.abs().max() <= most


def test_a_shift_that_would_leave_the_alphabet_is_not_made(corpus):
    task = task_for(corpus, "mel-2bar", transpose=60)
    batch = task.batch(torch.arange(task.size), torch.Generator().manual_seed(0))
    assert batch.min() >= 0
    assert batch.max() < 130


@pytest.mark.parametrize("model", musicvae.MODELS)
def test_every_model_trains_and_is_measured(corpus, model):
    task = task_for(corpus, model)
    run = fit(musicvae.recipe(model, "tiny", data=("made-up",)), task, progress=False)
    assert {"loss", "accuracy", "kl_bits"} <= run.history[0].keys()
    assert run.model.attribute_vectors.abs().sum() > 0
    results = {r.name: r for r in musicvae.measure(model, run.model, corpus, limit=8)}
    for stream in task.sizes.streams:
        sampled = results[f"{model}-accuracy-{stream.name}-sampled"]
        assert 0 <= sampled.value <= 1
        assert sampled.interval[0] <= sampled.value <= sampled.interval[1]
        assert sampled.paper == pytest.approx(musicvae.experiments.PAPER[model, stream.name][1])
    assert len(results[f"{model}-accuracy-by-bar"].rows) == task.sizes.bars
    if kind_of(task.sizes) == "melody":
        rows = results[f"{model}-interpolation"].rows
        distances = [row["data distance"] for row in rows]
        assert distances[0] == 0
        assert distances == sorted(distances)
        assert rows[0]["data cost"] == pytest.approx(1)
        assert {row["pairs"] for row in rows} == {4}


def test_teacher_forced_names_the_likeliest_token_or_draws_one(corpus):
    task, net = task_for(corpus, "drums-2bar"), musicvae.build("drums-2bar", "tiny")
    net.cores[0].output.bias.data[[0, 1, 4, 6]] += 6  # what the drums play
    truth = task.held_out
    z, _ = posterior_means(net, truth)
    (scores,) = net.logits(z, truth)
    likeliest = scores.argmax(-1, keepdim=True)
    assert torch.equal(teacher_forced(net, z, truth), (likeliest == truth).float())
    draws = torch.Generator().manual_seed(0)
    hits = torch.stack([teacher_forced(net, z, truth, 1.0, draws) for _ in range(50)])
    chance = scores.detach().softmax(-1).gather(-1, truth)
    assert hits.mean() == pytest.approx(float(chance.mean()), abs=0.02)
    assert hits.std(0).max() > 0


def test_density_is_turned_up_in_the_sparse_pieces_of_all_songs():
    """The later songs are sparse, the first ones are not: those must not decide the figure."""
    dense = np.tile(np.array([60, 62], np.int16), 10 * 16)
    sparse = np.tile(np.array([60, *[128] * 15], np.int16), 20)
    songs = []
    for number in range(40):
        # different pitches, so that no window is another's copy
        tokens = (sparse if number >= 20 else dense).copy()
        tokens[tokens < 128] += np.int16(number % 20)
        tokens[3 * number] = 70
        part = SongPart("melody", tokens, program=0)
        songs.append(Song(f"song {number}", f"song {number}", (part,), "made up", "none", "test"))
    windows = from_songs("forty", songs).windows("melody", 2, split="test")
    net = musicvae.build("mel-2bar", "tiny")
    rows, gain, *_ = attribute_study("mel-2bar", net, windows, seed=1)
    assert gain.rows[0]["pieces"] == (windows.songs >= 20).sum() > 20
    assert gain.interval[0] <= gain.value <= gain.interval[1]
    original = next(r["original"] for r in rows.rows if r["attribute"] == "density")
    assert 2 < original < 15  # the first 128 windows alone would give 16


def test_learning_lowers_the_loss(corpus):
    task = task_for(corpus, "drums-2bar", free_bits=0, beta=0)
    recipe = musicvae.recipe("drums-2bar", "tiny", steps=30, learning_rate=1e-2, log_every=5)
    history = fit(recipe, task, progress=False).history
    losses = [row["loss"] for row in history if "loss" in row]
    assert losses[-1] < 0.7 * losses[0]


def test_a_corpus_without_such_music_is_refused(corpus):
    empty = corpus.windows("melody", 2).subset(np.arange(0))
    with pytest.raises(CorpusError, match="2-bar melody"):
        MusicVAETask(configuration("mel-2bar", "tiny").sizes, Objective(), empty, empty)
    nothing = from_songs("nothing", [])
    with pytest.raises(CorpusError, match="16-bar"):
        musicvae.measure("mel-16bar", musicvae.build("mel-16bar", "tiny"), nothing)


@pytest.mark.parametrize("long", ["mel-16bar", "mel-16bar-flat"])
def test_a_longer_model_starts_from_a_shorter_one(long: str, tmp_path: Path) -> None:
    short, path = musicvae.build("mel-2bar", "tiny"), tmp_path / "short.safetensors"
    short.attribute_vectors += 1
    write_checkpoint(path, short.state_dict(), {})
    plan = musicvae.recipe(long, "tiny", data="folk", needs=("musicvae/mel-2bar",))
    with pytest.raises(RecipeError, match="needs musicvae/mel-2bar first"):
        musicvae.task(plan)
    net = musicvae.task(plan, needs={"musicvae/mel-2bar": path}).model()
    assert torch.equal(net.cores[0].output.weight, short.cores[0].output.weight)
    assert not net.attribute_vectors.any()
    wide = musicvae.task(plan.replace(size={"decoder": 12}), needs={"musicvae/mel-2bar": path})
    fresh = wide.model()  # a core of another size is its own, what reads them is not
    assert fresh.cores[0].output.weight.shape[1] == 12
    reader, its = fresh.encoder.reader.layers, short.encoder.reader.layers
    assert torch.equal(reader.weight_hh_l0, its.weight_hh_l0)
    write_checkpoint(path, {"foreign": torch.zeros(1)}, {})
    with pytest.raises(CheckpointError, match="no part"):
        musicvae.task(plan, needs={"musicvae/mel-2bar": path})


@pytest.mark.parametrize("long", ["mel-16bar", "mel-16bar-flat", "drums-16bar", "drums-16bar-flat"])
def test_at_book_size_reader_and_core_fit_those_of_the_shorter_model(long: str) -> None:
    (short,) = musicvae.recipe(long).needs
    own, its = (
        {part: weight.shape for part, weight in musicvae.build(model).named_parameters()}
        for model in (long, short.removeprefix("musicvae/"))
    )
    for room in ("encoder.bar_reader.", "_cores.0.layers.weight_hh", "_cores.0.output."):
        parts = [part for part in its if part.startswith(room)]
        assert parts
        assert all(own[part] == its[part] for part in parts)


def test_long_models_learn_in_rounds_and_other_steps_are_one() -> None:
    plan = musicvae.recipe("mel-16bar")
    rounds = plan.learning_rate
    assert isinstance(rounds, Rounds)
    assert sum(rounds.steps) == plan.steps
    assert rounds(rounds.steps[0] - 1) < rounds(rounds.steps[0] + rounds.warmup)
    assert max(until for until, _ in plan.openings) < rounds.steps[0]
    short = musicvae.recipe("mel-16bar", steps=1000)
    assert isinstance(short.learning_rate, Cosine)
    assert short.openings == openings(1000, *SHARES)
