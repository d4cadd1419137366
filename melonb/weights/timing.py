"""How long the bundled weights take to load: ``python -m melonb.weights.timing``.

Writes ``results/weights/loading.json``, from which the status page tells it.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from melonb.training.record import Result
from melonb.weights.cards import bundled_file
from melonb.weights.loading import load
from melonb.weights.registry import names
from melonb.weights.tables import project

__all__ = ["loading", "note"]

_TIMES = 5
_ROOM, _NAME = "weights", "loading"


def loading() -> Result:
    """Load every bundled model a few times; tell the median of each, and the slowest of all."""
    times: dict[str, float] = {}
    for name in (name for name in names() if bundled_file(name).exists()):
        load(name)  # the first one also imports its paper
        seconds = []
        for _ in range(_TIMES):
            begun = time.perf_counter()
            load(name)
            seconds.append(time.perf_counter() - begun)
        times[name] = round(1000 * statistics.median(seconds), 2)
    rows = tuple(
        {"model": name, "bytes": bundled_file(name).stat().st_size, "milliseconds": milliseconds}
        for name, milliseconds in times.items()
    )
    slowest = max(times.values())
    return Result(_NAME, "every bundled model", "time to load, ms", slowest, rows=rows)


def note(root: Path) -> str:
    """Say in a line how large the weights are together, and how long they take to load."""
    path = root / "results" / _ROOM / f"{_NAME}.json"
    if not path.exists():
        return "How long they take to load has not been measured."
    result = Result.load(path)
    times = sorted(row["milliseconds"] for row in result.rows)
    size = sum(row["bytes"] for row in result.rows) / 2**20
    return (
        f"{len(times)} bundled models, {size:.1f} MiB together; one loads in {times[0]:.0f} to "
        f"{times[-1]:.0f} ms, half of them in at most {statistics.median(times):.0f} ms "
        f"({result.device})."
    )


if __name__ == "__main__":
    root = project()
    print(loading().stamp(preset="book").save(root / "results" / _ROOM))
    print(note(root))
