"""The curriculum: what each stage needs, takes over, freezes and hands on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from melonb import ec2vae
from melonb.corpora.corpus import Corpus
from melonb.ec2vae.data import chroma_of, part_starts
from melonb.ec2vae.hierarchy import HierarchicalEC2VAE
from melonb.ec2vae.objective import Objective
from melonb.errors import RecipeError
from melonb.training import Run, fit

OPEN = {"frozen": 0, "start": None}


def train(model: str, runs: Path, **changes: object) -> Run:
    recipe = ec2vae.recipe(
        model, "tiny", **{"steps": 2, "validate_every": 2, "batch_size": 4, **changes}
    )
    needs = {name: runs / name / "best.safetensors" for name in recipe.needs}
    task = ec2vae.task(recipe, needs=needs)
    return fit(recipe, task, runs / recipe.model, progress=False, accelerator="cpu")


def test_every_model_has_a_recipe_whose_needs_come_before_it() -> None:
    assert len(ec2vae.MODELS) == 7
    for preset in ("tiny", "book", "paper"):
        done: set[str] = set()
        for model in ec2vae.MODELS:
            recipe = ec2vae.recipe(model, preset)
            assert set(recipe.needs) <= done
            done.add(recipe.model)


def test_the_papers_numbers() -> None:
    long = ec2vae.recipe("8bar-long", "paper")
    assert (long.batch_size, long.learning_rate(0)) == (128, 1e-3)
    assert not {"start", "contrast_weight"} & set(long.objective)
    ours = ec2vae.recipe("8bar-hierarchical", "paper")
    assert (ours.batch_size, ours.objective["k"]) == (64, 256)
    assert ours.objective["frozen"] == 14_000
    assert "frozen" not in ec2vae.recipe("8bar-not-frozen", "paper").objective
    for model in ("4bar", "8bar-long", "8bar-hierarchical"):
        objective = Objective(**ec2vae.recipe(model, "paper").objective)
        assert objective.k == (256 if "hier" in model else 512)
        assert (objective.tau, objective.beta, objective.contrast_weight) == (1.0, 0.1, 1.0)
    assert long.learning_rate(10**7) == pytest.approx(1e-5)
    assert long.learning_rate(long.steps) == pytest.approx(7.0e-5, abs=1e-6)
    assert long.precision == ours.precision == "32-true"  # which the commands leave as it is


def test_unknown_names_are_told() -> None:
    with pytest.raises(RecipeError, match="no model"):
        ec2vae.recipe("16bar")
    with pytest.raises(RecipeError, match="no preset"):
        ec2vae.recipe("2bar", "huge")
    with pytest.raises(RecipeError, match="no size"):
        ec2vae.build("2bar", "tiny", depth=3)


def test_a_stage_without_its_needs_says_which(corpus: Corpus) -> None:
    with pytest.raises(RecipeError, match="needs ec2vae/2bar first"):
        ec2vae.task(ec2vae.recipe("4bar", "tiny"))


def test_the_whole_curriculum(corpus: Corpus, runs: Path) -> None:
    done = {model: train(model, runs) for model in ec2vae.MODELS}
    for run in done.values():
        assert 0 <= run.best.score <= 1
        assert {"accuracy", "rhythm", "accuracy_forced"} <= set(run.best.figures)
    with_contrast = {m for m, run in done.items() if len(run.model.contrasts)}
    assert with_contrast == {"4bar", "8bar-long", "8bar-hierarchical", "8bar-not-frozen"}
    assert not any(name.startswith("contrasts") for name in done["8bar-long"].weights())


def test_the_hierarchy_starts_from_what_came_before(corpus: Corpus, runs: Path) -> None:
    earlier = {model: train(model, runs) for model in ("2bar", "4bar", "8bar-long")}
    recipe = ec2vae.recipe("8bar-hierarchical", "tiny", steps=1, objective={"frozen": 1})
    needs = {name: runs / name / "best.safetensors" for name in recipe.needs}
    task = ec2vae.task(recipe, needs=needs)
    net = task.model().net
    assert isinstance(net, HierarchicalEC2VAE)
    encoder = earlier["8bar-long"].model.net.encoder.state_dict()
    decoder = earlier["2bar"].model.net.decoder.state_dict()
    assert all(torch.equal(net.encoder.state_dict()[k], v) for k, v in encoder.items())
    assert all(torch.equal(net.decoder.state_dict()[k], v) for k, v in decoder.items())

    frozen = fit(recipe, task, progress=False, accelerator="cpu").model.net
    assert all(torch.equal(frozen.encoder.state_dict()[k], v) for k, v in encoder.items())
    assert not all(torch.equal(frozen.decoder.state_dict()[k], v) for k, v in decoder.items())

    free = recipe.replace(objective={"frozen": 0})
    moved = fit(free, ec2vae.task(free, needs=needs), progress=False, accelerator="cpu").model.net
    assert not all(torch.equal(moved.encoder.state_dict()[k], v) for k, v in encoder.items())


@pytest.mark.parametrize(
    ("model", "shorter"), [("4bar", "2bar"), ("8bar-long", "4bar"), ("8bar-plain", "2bar")]
)
def test_a_small_flat_model_begins_as_a_shorter_one(
    corpus: Corpus, runs: Path, model: str, shorter: str
) -> None:
    earlier = {name: train(name, runs) for name in ("2bar", "4bar") if name != model}
    recipe = ec2vae.recipe(model, "tiny")
    needs = {name: runs / name / "best.safetensors" for name in recipe.needs}
    net = ec2vae.task(recipe, needs=needs).model().net
    for name, value in earlier[shorter].model.net.decoder.state_dict().items():
        assert torch.equal(net.decoder.state_dict()[name], value), name
    assert ec2vae.recipe(model, "book").objective["start"] == shorter


def test_rhythm_is_faint_again_where_a_trained_reader_goes_on(
    corpus: Corpus, tmp_path: Path
) -> None:
    size = {"pair_hidden": 8}
    train("2bar", tmp_path, size=size)
    trained = train("4bar", tmp_path, size=size).model.net.encoder.head.mean.weight
    recipe = ec2vae.recipe("8bar-long", "tiny", size=size)
    needs = {name: tmp_path / name / "best.safetensors" for name in recipe.needs}
    begun = ec2vae.task(recipe, needs=needs).model().net.encoder.head.mean.weight
    for now, before, kept in zip(begun.chunk(2), trained.chunk(2), (1.0, 0.1), strict=True):
        torch.testing.assert_close(now, kept * before)


@pytest.mark.parametrize("model", ["8bar-plain", "8bar-long", "8bar-hierarchical"])
def test_each_stage_adds_up_its_own_terms(corpus: Corpus, runs: Path, model: str) -> None:
    """Eqs (1), (3) and (5): which terms there are, and with which weights."""
    for earlier in ("2bar", "4bar", "8bar-long"):
        train(earlier, runs)
    knobs = {"beta": 0.25, "contrast_weight": 0.5, "frozen": 5, "start": None}
    recipe = ec2vae.recipe(model, "tiny", objective=knobs)
    recipe = recipe.replace(needs=("ec2vae/2bar", "ec2vae/4bar", "ec2vae/8bar-long"))
    needs = {name: runs / name / "best.safetensors" for name in recipe.needs}
    task = ec2vae.task(recipe, needs=needs)
    trainable = task.model()
    seen: list[str] = []
    for name, game in trainable.contrasts.items():
        game.register_forward_hook(lambda *_, name=name: seen.append(name))
    batch = task.batch(torch.arange(4), torch.Generator())

    games = {"8bar-plain": [], "8bar-long": ["part"]}.get(model, ["part", "4bar", "2bar"])
    for step, frozen in ((4, True), (5, False)):
        seen.clear()
        losses = task.loss(trainable, batch, step, torch.Generator().manual_seed(0))
        terms = losses.terms
        expected = terms["melody"] + terms["rhythm"]
        if not frozen:
            expected = expected + 0.25 * (terms["kl_pitch"] + terms["kl_rhythm"])
        if games:
            expected = expected + 0.5 * terms["contrast"]
        torch.testing.assert_close(losses.total, expected)
        assert seen == [game for game in games if not (frozen and game == "part")]


@pytest.mark.parametrize("model", ["8bar-plain", "8bar-long", "8bar-hierarchical"])
def test_phrases_may_open_with_their_first_bars(corpus: Corpus, runs: Path, model: str) -> None:
    for earlier in sorted({"2bar", "4bar", "8bar-long"} - {model}):
        train(earlier, runs)
    run = train(model, runs, steps=4, log_every=1, openings=((2, 4), (3, 2)), objective=OPEN)
    contrast = [row.get("contrast") for row in run.history if "loss" in row]
    if model == "8bar-plain":
        assert contrast == [None] * 4
    else:  # parts and segments are compared where the phrase is whole
        assert contrast[:3] == [None] * 3
        assert contrast[3] > 0


def test_the_first_bar_pairs_are_written_as_in_the_whole_phrase(corpus: Corpus) -> None:
    net = ec2vae.build("8bar-hierarchical", "tiny")
    task = ec2vae.task(ec2vae.recipe("2bar", "tiny"))
    melody, chords = (
        part.repeat(1, 4, *[1] * (part.dim() - 2))
        for part in task.batch(torch.arange(3), torch.Generator())
    )
    levels = net.descend(net.encode(melody, chords).mean)
    whole = net.write(levels, melody, chords)
    first = net.write(levels, melody[:, :64], chords[:, :64])
    torch.testing.assert_close(first.melody, whole.melody[:, :64])
    torch.testing.assert_close(first.rhythm, whole.rhythm[:, :64])


def test_a_pitch_factor_may_have_a_price_of_its_own(corpus: Corpus) -> None:
    recipe = ec2vae.recipe("2bar", "tiny", objective={"beta": 0.25, "beta_pitch": 0.5})
    task = ec2vae.task(recipe)
    batch = task.batch(torch.arange(4), torch.Generator())
    losses = task.loss(task.model(), batch, 0, torch.Generator().manual_seed(0))
    terms = losses.terms
    expected = terms["melody"] + terms["rhythm"]
    expected = expected + 0.5 * terms["kl_pitch"] + 0.25 * terms["kl_rhythm"]
    torch.testing.assert_close(losses.total, expected)


def test_published_negatives_train_and_resume_to_the_same_weights(
    corpus: Corpus, runs: Path
) -> None:
    train("2bar", runs)
    recipe = ec2vae.recipe(
        "4bar",
        "tiny",
        steps=4,
        batch_size=4,
        checkpoint_every=2,
        validate_every=4,
        objective={"negatives": "published", "sampling": 2.0},
    )
    needs = {name: runs / name / "best.safetensors" for name in recipe.needs}
    whole = fit(recipe, ec2vae.task(recipe, needs=needs), progress=False, accelerator="cpu")
    folder = runs / "resumed"
    for steps in (2, 4):
        part = fit(
            recipe.replace(steps=steps),
            ec2vae.task(recipe, needs=needs),
            folder,
            resume=True,
            progress=False,
            accelerator="cpu",
        )
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, part.model.state_dict()[name]), name


def test_parts_and_chords() -> None:
    assert part_starts(8) == (0, 2, 4)  # bars 1-4, 3-6, 5-8
    assert part_starts(4) == (0, 1, 2)
    chroma = chroma_of(torch.tensor([[0b100000000001]]))
    assert chroma[0, 0].nonzero().flatten().tolist() == [0, 11]


def test_a_shorter_run_shrinks_what_depends_on_its_length() -> None:
    short = ec2vae.recipe("8bar-hierarchical", "book", steps=100)
    assert short.objective["frozen"] == 30
    assert short.learning_rate(100) == pytest.approx(1e-4)
    assert ec2vae.recipe("8bar-plain", "book", steps=100).openings == ((10, 4), (40, 2))
