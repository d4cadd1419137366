from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from melonb.training import Result
from melonb.training.checkpoint import write_checkpoint
from melonb.weights import registry, status, tables
from melonb.weights.registry import find
from melonb.weights.tables import Choice

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))

from toy import Toy, ToyTask, recipe


@pytest.fixture
def home(tmp_path: Path, monkeypatch) -> Path:
    """A home of its own for every test."""
    monkeypatch.setenv("MELONB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def weights(tmp_path: Path):
    """Make a run's folder for a tiny model that nobody trained."""

    def make(name: str, **about: object) -> Path:
        model = find(name)
        torch.manual_seed(0)
        net = model.paper.build(model.short, "tiny")
        folder = tmp_path / name.replace("/", "-")
        facts = {"model": name, "preset": "tiny", "recipe": {"size": {}, "data": ["folk"]}}
        write_checkpoint(folder / "best.safetensors", net.state_dict(), {**facts, **about})
        return folder

    return make


class Paper(SimpleNamespace):
    """Two models, of which ``second`` needs ``first``; it counts what it is asked to train."""

    MODELS = ("second", "first")

    def build(self, model: str, preset: str = "book", **size: object) -> Toy:
        return Toy(0.0)

    def recipe(self, model: str, preset: str = "book", **changes: object):
        needs = ("toy/first",) if model == "second" else ()
        return recipe(model=f"toy/{model}", preset=preset, needs=needs).replace(**changes)

    def task(self, recipe, *, needs):
        assert set(needs) == set(recipe.needs)
        assert all(path.exists() for path in needs.values())
        return ToyTask()

    def measure(self, model, net, source, *, limit=None, seed=0, split="test"):
        score = ToyTask().validate(net)["score"]
        norm = float(net.output.weight.detach().norm())
        return [
            Result(f"{model}-accuracy", f"toy/{model}", "accuracy", score, (0.1, 0.9), paper=0.95),
            Result(f"{model}-norm", f"toy/{model}", "norm", norm),
        ]


@pytest.fixture
def toy(home, monkeypatch) -> None:
    """The only paper that there is."""
    paper = Paper()
    monkeypatch.setattr(registry, "PAPERS", ("toy",))
    monkeypatch.setattr(registry, "_module", lambda name: paper)
    corpus = SimpleNamespace(name="songs", hash="0123456789abcdef")
    monkeypatch.setattr("melonb.weights.measuring._source", lambda *a: (corpus, ()))


@pytest.fixture
def root(tmp_path: Path, monkeypatch) -> Path:
    """A project of that paper's, with one table of either kind."""
    (tmp_path / "results").mkdir()
    (tmp_path / "pyproject.toml").touch()
    choice, rows = Choice("The toy", "toy", "accuracy"), ("Toy: rows", "toy", "first-rows")
    for module in (tables, status):
        monkeypatch.setattr(module, "TABLES", {"toy": choice})
        monkeypatch.setattr(module, "LISTED", {"toy-rows": rows})
        monkeypatch.setattr(module, "PAPERS", ("toy",))
    return tmp_path
