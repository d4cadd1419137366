from __future__ import annotations

from pathlib import Path

import pytest
import torch

from melonb.training.checkpoint import read_checkpoint, write_checkpoint
from melonb.training.packing import largest_error, packed, unpacked


def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {
        "matrix": torch.randn(64, 128) * torch.logspace(-3, 1, 64)[:, None],
        "kernel": torch.randn(16, 32, 9),
        "bias": torch.randn(64),
        "zero": torch.zeros(64, 128),
        "large": torch.tensor([1e6, 1.0]),
        "steps": torch.tensor(7),
        "empty": torch.zeros(0),
    }


@pytest.mark.parametrize(("packing", "error", "share"), [("half", 5e-4, 0.52), ("int8", 4e-3, 0.3)])
def test_packed_weights_come_back(tmp_path: Path, packing, error: float, share: float) -> None:
    before = weights()
    small = packed(before, packing)
    back = unpacked(small)
    assert back.keys() == before.keys()
    for name, tensor in before.items():
        assert back[name].shape == tensor.shape
        assert back[name].dtype == tensor.dtype
    assert largest_error(before, packing) <= error
    rows = (back["matrix"] - before["matrix"]).abs().amax(1) / before["matrix"].abs().amax(1)
    assert rows.max() <= error  # small rows keep as many digits as large ones
    assert torch.equal(back["large"], before["large"])

    path = tmp_path / "a.safetensors"
    write_checkpoint(path, small, {"packing": packing})
    assert path.stat().st_size < share * sum(t.numel() * 4 for t in before.values()) + 2000
    assert torch.equal(read_checkpoint(path).tensors["kernel"], back["kernel"])
