"""The book's status page: the models as they stand, every table, and the check of what is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from melonb.files import write_text
from melonb.training.record import Result
from melonb.weights.cards import card, parameter_count
from melonb.weights.registry import PAPERS, names
from melonb.weights.tables import LISTED, TABLES, Table, number, project, table
from melonb.weights.timing import note

__all__ = ["check", "models", "page", "write"]


def write(root: Path) -> list[Path]:
    """Rebuild the status page, with every table, from the result files and the cards."""
    path = _status(root)
    write_text(path, page(root))
    return [path]


def check(root: Path) -> list[Path]:
    """Name the pages that show anything else than the result files say."""
    root = project(root)
    status = _status(root)
    right = status.exists() and status.read_text() == page(root)
    wrong = [] if right else [status]
    known = {name: table(name, root).markdown() for name in (*TABLES, *LISTED, "goals")}
    for notebook in sorted((root / "book").rglob("*.ipynb")):
        shown = _shown(notebook)
        if any(text != known.get(name) for name, text in shown):
            wrong.append(notebook)
    return wrong


def page(root: Path) -> str:
    """Write the status page."""
    root = project(root)
    parts = [
        "# Status",
        "Every number here is drawn by `melonb tables` from the files in `results/` and from the "
        "model cards; `melonb tables --check` fails where this page says anything else.",
        "## Models",
        models(root).markdown(),
        "## Against the goals",
        table("goals", root).markdown(),
    ]
    for paper in PAPERS:
        choice = TABLES[paper]
        parts += [f"## {choice.title}", table(paper, root).markdown()]
        for name, (title, room, _) in LISTED.items():
            if room == paper:
                parts += [f"### {title}", table(name, root).markdown()]
    parts += ["## Speed", _speeds(root).markdown()]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


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


def _speeds(root: Path) -> Table:
    """Set what the benchmarks noted beside the goals: each a ratio within one run, or a time."""
    rows, where = [], set()
    for path in sorted((root / "results" / "speed").glob("*.json")):
        result = Result.load(path)
        (aim,) = result.rows
        goal = f"{'below' if aim['below'] else 'at least'} {aim['goal']}" if aim["goal"] else "–"
        rows.append((result.figure, goal, number(result.value)))
        where.add(f"{result.command} on {result.device}, commit {result.commit}.")
    notes = ("Elsewhere and at other hours they differ.", *sorted(where)) if rows else ()
    return Table("speed", "Speed", ("figure", "goal", "measured"), tuple(rows), notes)


def _shown(notebook: Path) -> list[tuple[str, str]]:
    """Find the tables that a notebook's stored outputs show: name and text."""
    found = []
    for cell in json.loads(notebook.read_text()).get("cells", []):
        for output in cell.get("outputs", []):
            text = "".join(output.get("data", {}).get("text/markdown", ""))
            match = re.match(r"<!-- melonb table: (\S+) -->", text)
            if match:
                found.append((match[1], text))
    return found


def _status(root: Path) -> Path:
    return project(root) / "book" / "reference" / "status.md"
