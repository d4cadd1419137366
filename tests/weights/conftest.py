from __future__ import annotations

from pathlib import Path

import pytest
import torch

from melonb.training.checkpoint import write_checkpoint
from melonb.weights.registry import find


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
