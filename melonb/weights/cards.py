"""Model cards: what a model was trained on, how, how well it does, and what is known against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from melonb.files import read_json
from melonb.weights.registry import PAPERS, find, names

__all__ = [
    "HERE",
    "PRESETS",
    "bundled_bytes",
    "bundled_file",
    "card",
    "overview",
    "overview_lines",
    "parameter_count",
]

HERE = Path(__file__).parent
PRESETS = ("tiny", "book", "paper")


def bundled_file(name: str, size: str = "book", folder: Path = HERE) -> Path:
    """Say where a model's bundled weights lie, whether they are there or not."""
    return folder / (f"{name}.safetensors" if size == "book" else f"{name}-{size}.safetensors")


def card(name: str, size: str = "book") -> dict[str, Any]:
    """Give a model's card.

    A model whose weights do not come with melonb has a card too, which says how to train it.

    Raises
    ------
    UsageError
        There is no such model.
    """
    find(name)
    path = bundled_file(name, size).with_suffix(".json")
    if not path.exists():
        command = f"melonb train {name} --preset {size}"
        return {"model": name, "preset": size, "bundled": False, "train": command}
    return read_json(path)


def parameter_count(name: str, preset: str) -> int:
    """Count the parameters of a model without taking their memory."""
    import torch

    model = find(name)
    with torch.device("meta"):
        net = model.paper.build(model.short, preset)
    return sum(parameter.numel() for parameter in net.parameters())


def overview() -> list[dict[str, Any]]:
    """List every model: its sizes in parameters, whether its weights are bundled, its card."""
    rows = []
    for name in names():
        path = bundled_file(name)
        about = card(name)
        rows.append(
            {
                "name": name,
                "parameters": {preset: parameter_count(name, preset) for preset in PRESETS},
                "bundled": path.exists(),
                "bytes": path.stat().st_size if path.exists() else 0,
                "card": about,
            }
        )
    return rows


def overview_lines(rows: list[dict[str, Any]]) -> list[str]:
    """Set an overview as a table of plain text."""
    lines = [f"{'model':26}{'tiny':>10}{'book':>12}{'paper':>14}  bundled"]
    for row in rows:
        sizes = row["parameters"]
        kept = f"{row['bytes'] / 2**20:.2f} MiB" if row["bundled"] else "-"
        counts = f"{sizes['tiny']:>10,}{sizes['book']:>12,}{sizes['paper']:>14,}"
        lines.append(f"{row['name']:26}{counts}  {kept}")
    return lines


def bundled_bytes(folder: Path = HERE) -> int:
    """Add up all bundled weights."""
    return sum(
        path.stat().st_size for paper in PAPERS for path in (folder / paper).glob("*.safetensors")
    )
