"""The models as they stand: sizes, weights, budgets, scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from melonb.weights.cards import card, parameter_count
from melonb.weights.registry import names
from melonb.weights.tables import Table, number
from melonb.weights.timing import note

__all__ = ["models"]


def models(root: Path) -> Table:
    """List every model with what its card says."""
    head = ("model", "parameters", "weights", "trained on", "steps", "time", "best score", "on")
    return Table("models", "Models", head, tuple(map(_row, names())), (note(root),))


def _row(name: str) -> tuple[str, ...]:
    about = card(name)
    count = f"{about.get('parameters') or parameter_count(name, 'book'):,}"
    if not about["bundled"]:
        return (name, count, "not bundled", *["–"] * 5)
    data = " + ".join(source["name"] for source in about["data"]) or "–"
    return (
        name,
        count,
        f"{about['bytes'] / 2**20:.2f} MiB, {about['precision']['packing']}",
        data,
        f"{about['steps']:,}" if about["steps"] else "–",
        _time(about.get("seconds")),
        number((about.get("best") or {}).get("score")),
        about["environment"]["device"].split(",")[0],
    )


def _time(seconds: Any) -> str:
    return f"{seconds / 60:.0f} min" if seconds else "–"
