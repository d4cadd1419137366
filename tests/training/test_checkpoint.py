from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from melonb.errors import CheckpointError
from melonb.training.checkpoint import load_into, read_checkpoint, write_checkpoint


def test_tensors_and_facts_come_back(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    tied = torch.randn(3)
    tensors = {"model.a": tied, "model.b": tied, "optimizer.0.step": torch.tensor(4)}
    write_checkpoint(path, tensors, {"step": 4, "name": "é"})
    back = read_checkpoint(path)
    assert back.about == {"step": 4, "name": "é"}
    assert torch.equal(back.part("model")["b"], tied)
    assert back.part("optimizer") == {"0.step": torch.tensor(4)}


def damaged(folder: Path) -> dict[str, Path]:
    whole = folder / "whole.safetensors"
    write_checkpoint(whole, {"a": torch.zeros(1000)}, {})
    files = {name: folder / f"{name}.safetensors" for name in ("cut", "empty", "pickle", "text")}
    files["cut"].write_bytes(whole.read_bytes()[:300])
    files["empty"].write_bytes(b"")
    files["pickle"].write_bytes(pickle.dumps({"a": 1}))
    files["text"].write_text("not a checkpoint")
    files["foreign"] = folder / "foreign.safetensors"
    save_file({"a": torch.zeros(1)}, files["foreign"])
    files["absent"] = folder / "absent.safetensors"
    files["folder"] = folder
    return files


@pytest.mark.parametrize("kind", ["cut", "empty", "pickle", "text", "foreign", "absent", "folder"])
def test_anything_else_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(CheckpointError):
        read_checkpoint(damaged(tmp_path)[kind])


def test_weights_of_another_model_or_size_are_refused() -> None:
    model = nn.Linear(3, 2)
    load_into(model, {"weight": torch.ones(2, 3), "bias": torch.zeros(2)})
    assert model.weight.sum() == 6
    for wrong in (
        {"weight": torch.ones(2, 4), "bias": torch.zeros(2)},
        {"weight": torch.ones(2, 3)},
        {"weight": torch.ones(2, 3), "bias": torch.zeros(2), "more": torch.zeros(1)},
    ):
        with pytest.raises(CheckpointError, match="another model or size"):
            load_into(model, wrong)
