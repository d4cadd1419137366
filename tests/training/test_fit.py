from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from toy import ToyTask, recipe

from melonb.errors import MelonbError, RecipeError
from melonb.training import Cosine, Rounds, fit, machine
from melonb.training.checkpoint import Checkpoint, read_checkpoint
from melonb.training.machine import Clock

TOY = Path(__file__).with_name("toy.py")


def train(folder: Path | None = None, task: ToyTask | None = None, resume=False, **changes):
    return fit(
        recipe(**changes),
        task or ToyTask(),
        folder,
        resume=resume,
        accelerator="cpu",
        progress=False,
    )


def last(folder: Path) -> dict[str, torch.Tensor]:
    return read_checkpoint(folder / "last.safetensors").tensors


def assert_same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> None:
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


def start_alone(*words: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, str(TOY), *map(str, words)], env=environment, stderr=subprocess.PIPE
    )


def test_a_run_learns_and_leaves_its_files(tmp_path: Path) -> None:
    run = train(tmp_path / "run", steps=80)
    assert run.stopped == "steps"
    assert run.best is not None
    assert run.best.score == 1.0
    losses = run.series("loss")
    assert losses.steps[0] == 5
    assert losses.values[-1] < losses.values[0]
    assert run.series("valid/score").steps == list(range(10, 81, 10))
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names >= {
        "recipe.json",
        "environment.json",
        "metrics.jsonl",
        "last.safetensors",
        "best.safetensors",
        "card.json",
    }
    if importlib.util.find_spec("tensorboard"):
        assert "tensorboard" in names
    card = json.loads((tmp_path / "run" / "card.json").read_text())
    assert card["data_hash"] == "toy"
    assert card["best"]["score"] == 1.0
    assert card["parameters"] == 16 * 8 + 16 + 8 * 16 + 16
    assert_same(run.weights(), dict(run.model.state_dict()))


def test_a_run_needs_no_folder() -> None:
    run = train()
    assert run.folder is None
    assert_same(run.weights(), dict(run.model.state_dict()))


def test_the_seed_decides_the_result() -> None:
    assert_same(train().weights(), train().weights())
    assert not torch.equal(
        train().weights()["output.weight"], train(seed=1).weights()["output.weight"]
    )


def test_an_interrupt_of_a_run_in_memory_stops_what_comes_after_it() -> None:
    def stop(now: int) -> None:
        if now == 5:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt, match=r"after 6 of \d+ steps: call it again"):
        train(task=ToyTask(hook=stop))


@pytest.mark.parametrize("step", [1, 10, 17])
def test_stopped_and_resumed_is_the_same_as_run_through(tmp_path: Path, step: int) -> None:
    def stop(now: int) -> None:
        if now == step:
            os.kill(os.getpid(), signal.SIGINT)

    train(tmp_path / "through")
    stopped = train(tmp_path / "stopped", ToyTask(hook=stop))
    assert stopped.stopped == "interrupt"
    assert stopped.place.step == step + 1
    assert read_checkpoint(tmp_path / "stopped" / "last.safetensors").about["step"] == step + 1
    assert (tmp_path / "stopped" / "best.safetensors").exists()
    with (tmp_path / "stopped" / "metrics.jsonl").open("a") as metrics:
        metrics.write('{"loss": 1.0}\n[3]\n{"step": "last"}\n{"ste')  # no rows of a run
    resumed = train(tmp_path / "stopped", resume=True)
    assert resumed.stopped == "steps"
    assert_same(last(tmp_path / "through"), last(tmp_path / "stopped"))
    assert resumed.best is not None
    assert [row["step"] for row in resumed.history] == sorted(
        row["step"] for row in resumed.history
    )


def test_a_finished_run_can_be_given_more_steps(tmp_path: Path) -> None:
    train(tmp_path / "through")
    train(tmp_path / "longer", steps=20)
    train(tmp_path / "longer", resume=True)
    assert_same(last(tmp_path / "through"), last(tmp_path / "longer"))


def further(about: dict, folder: Path | None = None, hook=None, **changes):
    weights = train(steps=20).weights()
    known = {"step": 20, "seconds": 5.0, "best": None, "curve": [], "data_hash": "toy"}
    start = Checkpoint(weights, {**known, "origin": "a test", **about})
    task = ToyTask(hook=hook)
    plan = recipe(**changes)
    return weights, fit(plan, task, folder, start=start, accelerator="cpu", progress=False)


def test_trained_weights_can_be_gone_on_from(tmp_path: Path) -> None:
    best = {"step": 10, "score": 2.0, "figures": {"score": 2.0}}
    curve = [{"step": 10, "seconds": 2.0, "valid/score": 2.0}]
    weights, run = further({"best": best, "curve": curve}, tmp_path / "run")
    assert run.best is not None
    assert run.best.score == 2.0
    assert_same(run.weights(), weights)  # nothing scored better than they had
    assert not torch.equal(last(tmp_path / "run")["model.output.weight"], weights["output.weight"])
    assert [row["step"] for row in run.history if "loss" in row] == [25, 30, 35, 40]
    assert run.series("valid/score").steps == [10, 30, 40]
    card = json.loads((tmp_path / "run" / "card.json").read_text())
    assert (card["step"], card["origin"]) == (40, "a test")
    assert card["seconds"] > 5
    resumed = train(tmp_path / "run", resume=True, steps=45)
    assert resumed.place.origin == "a test"


def test_scores_on_other_music_do_not_count() -> None:
    best = {"step": 10, "score": 2.0, "figures": {"score": 2.0}}
    _, run = further({"best": best, "data_hash": "other"})
    assert run.best is not None
    assert run.best.step > 20


def test_a_kill_at_the_first_step_does_not_lose_the_weights(tmp_path: Path) -> None:
    def kill(step: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        further({}, tmp_path / "run", hook=kill)
    weights, through = further({})
    assert read_checkpoint(tmp_path / "run" / "last.safetensors").about["step"] == 20
    assert_same(train(tmp_path / "run", resume=True).weights(), through.weights())
    assert not torch.equal(through.weights()["output.weight"], weights["output.weight"])


def test_a_learning_rate_that_fell_all_the_way_falls_again() -> None:
    plan = recipe(steps=40, learning_rate=Cosine(1.0, 0.0, 40)).further(20).further(10)
    assert plan.steps == 70
    assert plan.learning_rate == Rounds(1.0, 0.0, (40, 20, 10))
    gentler = plan.further(5, 0.25).further(5)
    assert gentler.learning_rate == Rounds((1, 1, 1, 0.25, 0.25), 0.0, (40, 20, 10, 5, 5))
    with pytest.raises(RecipeError, match=r"0\.25 would not be a new start"):
        recipe().further(5, 0.25)
    assert recipe(steps=50, learning_rate=Cosine(1.0, 0.0, 40)).further(20).learning_rate(60) == 0
    assert recipe().further(5).learning_rate == recipe().learning_rate


def test_a_killed_run_loses_only_what_came_after_its_last_checkpoint(tmp_path: Path) -> None:
    train(tmp_path / "through")
    folder = tmp_path / "killed"
    process = start_alone(folder, 1, 0.1, 40, 0.05)
    deadline = time.monotonic() + 60
    while not (folder / "last.safetensors").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    process.kill()
    process.wait()
    assert 10 <= read_checkpoint(folder / "last.safetensors").about["step"] < 40
    train(folder, resume=True)
    assert_same(last(tmp_path / "through"), last(folder))
    assert not list(folder.glob(".*"))


def test_two_processes_train_like_one_with_the_doubled_batch(tmp_path: Path) -> None:
    train(tmp_path / "one", ToyTask(noise=0.0), steps=12)
    process = start_alone(tmp_path / "two", 2, 0.0, 12, 0.0, "0.9,0.5")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    one, two = last(tmp_path / "one"), last(tmp_path / "two")
    assert one.keys() == two.keys()
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, two[name], atol=1e-6, rtol=1e-5)
    best = read_checkpoint(tmp_path / "two" / "best.safetensors")
    assert best.about["best"]["step"] == best.about["step"] == 10


def test_a_score_that_only_a_stop_has_seen_does_not_count(monkeypatch) -> None:
    begun: list[int] = []
    monkeypatch.setattr(Clock, "late", lambda clock: len(begun) == 3)
    task = ToyTask(hook=begun.append, scores=[0.5, 0.9])
    late = fit(recipe(validate_every=2), task, seconds=1, accelerator="cpu", progress=False)
    assert (late.stopped, late.place.step) == ("seconds", 3)
    assert (late.best.step, late.best.score) == (2, 0.5)


def test_scores_from_before_the_loss_has_settled_do_not_count() -> None:
    task = ToyTask(scores=[0.9, 0.5, 0.7, 0.6])
    task.settles = 20
    run = train(task=task, steps=40)
    assert (run.best.step, run.best.score) == (30, 0.7)


def test_a_score_that_is_not_a_number_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"score .* is nan at step 10.*name corpora"):
        train(tmp_path / "run", ToyTask(scores=[float("nan")]))


def test_a_card_does_not_outlive_its_weights(tmp_path: Path) -> None:
    def stop(now: int) -> None:
        raise RuntimeError("killed")

    train(tmp_path / "run", steps=10)
    assert (tmp_path / "run" / "card.json").exists()
    with pytest.raises(RuntimeError):
        train(tmp_path / "run", ToyTask(hook=stop), resume=True)
    assert not (tmp_path / "run" / "card.json").exists()


def test_a_loss_that_is_not_a_number_names_its_step_and_keeps_the_checkpoint(
    tmp_path: Path,
) -> None:
    with pytest.raises(RecipeError, match=r"not finite at step 23.*lower the learning rate"):
        train(tmp_path / "run", ToyTask(spoil_at=23))
    kept = read_checkpoint(tmp_path / "run" / "last.safetensors")
    assert kept.about["step"] == 20
    assert all(tensor.isfinite().all() for tensor in kept.tensors.values())


def test_a_full_disk_is_named_and_breaks_nothing(tmp_path: Path, monkeypatch) -> None:
    train(tmp_path / "run", steps=10)
    before = (tmp_path / "run" / "last.safetensors").read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MelonbError, match=r"No space left on device.*make room"):
        train(tmp_path / "run", resume=True)
    assert (tmp_path / "run" / "last.safetensors").read_bytes() == before
    assert not list((tmp_path / "run").glob(".*"))


def test_a_run_stops_for_lack_of_progress_or_time(tmp_path: Path) -> None:
    slow = train(patience=2, learning_rate=0.0)
    assert slow.stopped == "patience"
    assert slow.place.step == 30
    task = ToyTask(hook=lambda step: time.sleep(0.02))
    late = fit(recipe(steps=10_000), task, seconds=0.2, accelerator="cpu", progress=False)
    assert late.stopped == "seconds"
    assert 0 < late.place.step < 20


def test_a_finished_run_goes_on_with_another_round(tmp_path: Path) -> None:
    both = Rounds(0.05, 0.01, (20, 20), warmup=5)
    train(tmp_path / "through", steps=40, learning_rate=both)
    train(tmp_path / "later", steps=20, learning_rate=Cosine(0.05, 0.01, 20, warmup=5))
    with pytest.raises(RecipeError, match="another learning_rate"):
        train(tmp_path / "later", resume=True, steps=40, learning_rate=0.05)
    train(tmp_path / "later", resume=True, steps=40, learning_rate=both)
    assert_same(last(tmp_path / "through"), last(tmp_path / "later"))


def test_a_folder_is_not_used_for_another_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    train(folder, steps=10)
    with pytest.raises(RecipeError, match="holds a run already"):
        train(folder, steps=10)
    with pytest.raises(RecipeError, match="another seed"):
        train(folder, resume=True, seed=3)
    other = ToyTask()
    other.data_hash = "other"
    with pytest.raises(RecipeError, match="other data"):
        train(folder, other, resume=True)


def test_a_recipe_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(RecipeError, match="multiple"):
        fit(recipe(batch_size=15), ToyTask(), devices=2, accelerator="cpu", progress=False)


def test_a_task_may_train_and_keep_a_part(tmp_path: Path) -> None:
    class Part(ToyTask):
        def parameters(self, model):
            return model.output.parameters()

        def weights(self, model):
            return {"output.weight": model.output.weight}

    first = Part().model()
    torch.manual_seed(0)
    first = Part().model()
    run = train(tmp_path / "run", Part())
    assert run.weights().keys() == {"output.weight"}
    assert torch.equal(run.model.embedding.weight, first.embedding.weight)
    assert not torch.equal(run.model.output.weight, first.output.weight)


def test_openings_come_first_and_cost_as_much(tmp_path: Path) -> None:
    seen = []

    class Watched(ToyTask):
        def loss(self, model, batch, step, generator):
            seen.append(tuple(batch.shape))
            return super().loss(model, batch, step, generator)

    plan = {"openings": ((10, 4), (20, 2)), "validate_every": 15, "checkpoint_every": 15}
    whole = train(tmp_path / "whole", Watched(), steps=30, **plan)
    assert seen == [(64, 2)] * 10 + [(32, 4)] * 10 + [(16, 8)] * 10
    assert whole.best is not None
    train(tmp_path / "parts", steps=15, **plan)
    train(tmp_path / "parts", steps=30, resume=True, **plan)
    assert_same(last(tmp_path / "whole"), last(tmp_path / "parts"))


def test_openings_cut_every_part_of_a_named_tuple(tmp_path: Path) -> None:
    class Pair(NamedTuple):
        left: torch.Tensor
        right: torch.Tensor

    seen = []

    class Paired(ToyTask):
        def batch(self, index, generator):
            batch = super().batch(index, generator)
            return Pair(batch, batch)

        def loss(self, model, batch, step, generator):
            seen.append([tuple(part.shape) for part in batch])
            return super().loss(model, batch.left, step, generator)

    train(tmp_path, Paired(), steps=4, openings=((2, 4),), validate_every=4)
    assert seen == [[(64, 2)] * 2] * 2 + [[(16, 8)] * 2] * 2


def test_windows_that_cannot_be_cut_are_refused() -> None:
    with pytest.raises(RecipeError, match="openings"):
        train(openings=((10, 3),))


@pytest.mark.parametrize(("pays", "computed"), [(True, "bf16-mixed"), (False, "32-true")])
def test_half_precision_trains_where_it_pays(
    pays: bool, computed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set()
    task = ToyTask(hook=lambda step: seen.add(torch.is_autocast_enabled("cpu")))
    monkeypatch.setattr(machine, "bfloat16_pays", lambda device: pays)
    run = train(tmp_path, task, precision="bf16-mixed", steps=80)
    assert run.best is not None
    assert run.best.score > 0.9
    assert seen == {pays}
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["recipe"]["precision"] == "bf16-mixed"
    assert card["environment"]["precision"] == computed


def test_a_faster_precision_is_found_by_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_seconds", lambda kind, device: {torch.float32: 2.0}.get(kind, 1))
    assert machine.bfloat16_pays.__wrapped__(torch.device("cpu"))
    monkeypatch.setattr(machine, "_seconds", lambda kind, device: {torch.float32: 0.5}.get(kind, 1))
    assert not machine.bfloat16_pays.__wrapped__(torch.device("cpu"))
