"""The papers' tables beside ours, drawn from result files.

A result file says what was measured, on what, with what budget, and what the paper reports
(`melonb.training.Result`).  A table is a choice of results; nothing in it is typed by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from melonb.errors import MelonbError
from melonb.training.record import Result
from melonb.weights.goals import GOALS, Verdict, by_source
from melonb.weights.registry import PAPERS, names

__all__ = [
    "LISTED",
    "TABLES",
    "Choice",
    "Table",
    "number",
    "project",
    "results",
    "table",
]

_PRESETS = ("book", "paper")


@dataclass(frozen=True)
class Choice:
    """Which results stand in a table.

    Parameters
    ----------
    title
        What is above it.
    paper
        The paper's folder.
    figures
        A pattern that the figures' names match from their start.
    """

    title: str
    paper: str
    figures: str = ""


TABLES = {
    "musicvae-1": Choice("MusicVAE, Table 1: reconstruction accuracy", "musicvae", "accuracy"),
    "musicvae": Choice("MusicVAE: every figure", "musicvae"),
    "ec2vae-1": Choice(
        "Contrastive EC2-VAE, Table 1: reconstruction", "ec2vae", "accuracy(-rhythm)?$"
    ),
    "ec2vae": Choice("Contrastive EC2-VAE: every figure", "ec2vae"),
    "clsm-smoothness": Choice("CLSM, Fig. 3: smoothness R(J)", "clsm", r"R\("),
    "clsm-likelihood": Choice("CLSM, Fig. 3: how likely the samples are", "clsm", "NLL"),
    "clsm": Choice("CLSM: every figure", "clsm"),
    "loopvq-errors": Choice("Loop VQ-VAE: reconstruction error", "loopvq", "reconstruction error"),
    "loopvq": Choice("Loop VQ-VAE: every figure", "loopvq"),
}

# Tables whose rows one result file holds: the title, the paper's folder, the file's name.
LISTED = {
    "loopvq-sizes": ("Loop VQ-VAE: error by latent size", "loopvq", "latent-sizes"),
    "loopvq-metrics": ("Loop VQ-VAE: the eight metrics", "loopvq", "metrics"),
    "loopvq-copied": ("Loop VQ-VAE: the same, codes copied", "loopvq", "metrics-copied"),
}


@dataclass(frozen=True)
class Table:
    """A table that shows itself in a notebook."""

    name: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def markdown(self) -> str:
        """Write it in Markdown; its first line lets `check` find it in a notebook."""
        rule = ["---", *["---:"] * (len(self.head) - 1)]
        lines = [_row(self.head), _row(rule), *map(_row, self.rows)]
        if not self.rows:
            lines = ["Not measured yet."]
        notes = [f"\n{note}" for note in self.notes]
        return "\n".join([f"<!-- melonb table: {self.name} -->\n", *lines, *notes]) + "\n"

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def __str__(self) -> str:
        return f"<Table {self.name}: {len(self.rows)} rows>"


def project(start: Path | None = None) -> Path:
    """Find the project's folder, which holds ``results``: from here upwards, or the source's own.

    Raises
    ------
    MelonbError
        melonb was installed without its project.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if (folder / "results").is_dir() and (folder / "pyproject.toml").exists():
            return folder
    package = Path(__file__).resolve().parents[1]
    if (package / "results").is_dir():  # a wheel brings them along
        return package
    raise MelonbError(
        "the result files are not here", file=here, remedy="run this in a clone of the project"
    )


def results(root: Path, paper: str | None = None) -> list[Result]:
    """Read the result files of one paper, or of all four, in the order of the models."""
    order = {name: place for place, name in enumerate(names())}
    rooms = [root / "results" / room for room in ([paper] if paper else PAPERS)]
    found = [Result.load(path) for room in rooms for path in sorted(room.rglob("*.json"))]
    return sorted(found, key=lambda result: (order.get(result.model, len(order)), result.figure))


def table(name: str, root: Path | None = None) -> Table:
    """Build one of `TABLES` or `LISTED`, or ``goals``, from the result files.

    Examples
    --------
    >>> table("musicvae-1")                                              # doctest: +SKIP
    <Table musicvae-1: 30 rows>
    """
    root = root or project()
    if name == "goals":
        return _goals(results(root))
    if name in LISTED:
        return _listed(name, root)
    if name not in TABLES:
        known = ", ".join([*TABLES, *LISTED, "goals"])
        raise MelonbError(f"no table is called {name!r}", remedy=f"choose from {known}")
    choice = TABLES[name]
    chosen = [
        result
        for result in results(root, choice.paper)
        if result.value is not None
        and result.preset in _PRESETS
        and re.match(choice.figures, result.figure)
    ]
    kept = {(result.model, result.figure, result.preset): result for result in chosen}
    rows = []
    for model, figure in dict.fromkeys((result.model, result.figure) for result in chosen):
        ours = [kept.get((model, figure, preset)) for preset in _PRESETS]
        paper = next((one.paper for one in ours if one is not None), None)
        cells = [number(paper), *(_cell(one) for one in ours)]
        rows.append((f"{model.split('/')[1]}: {figure}", *cells))
    head = ("", "the paper", "ours, book size", "ours, paper size")
    return Table(name, choice.title, head, tuple(rows), tuple(_notes(chosen)))


def number(value: float | None) -> str:
    """Write a number so that three digits of it are seen."""
    if value is None:
        return "–"
    return f"{value:.3f}" if 0.01 <= abs(value) < 10 else f"{value:.3g}"


def _cell(result: Result | None) -> str:
    if result is None or result.value is None:
        return "–"
    return _ranged(result.value, result.interval)


def _ranged(value: float, interval: tuple[float, float] | None) -> str:
    if interval is None:
        return number(value)
    low, high = interval
    return f"{number(value)} ({number(low)} to {number(high)})"


def _listed(name: str, root: Path) -> Table:
    """Set the rows of a result file as a table, the paper's numbers behind ours."""
    title, paper, file = LISTED[name]
    path = root / "results" / paper / f"{file}.json"
    if not path.exists():
        return Table(name, title, (), ())
    result = Result.load(path)
    beside = {"low", "high", "paper", "copied"}  # shown with another, or the same in all rows
    keys = [key for key in result.rows[0] if key not in beside and not key.startswith("paper_")]
    rows = [tuple(_entry(row, key) for key in keys) for row in result.rows]
    names = {"who": "", **{key: key.upper() for key in keys if f"paper_{key}" in result.rows[0]}}
    head = tuple(names.get(key, key) for key in keys)
    sample = result.budget.get("loops")
    drawn = [f"Ours are of {sample:,} loops drawn from each model."] if sample else []
    notes = ["Behind ours, the paper's.", *drawn, *_notes([result])]
    return Table(name, title, head, tuple(rows), tuple(notes))


def _entry(row: Mapping[str, Any], key: str) -> str:
    """Write one number of a row: its range, and the paper's, where the row has them."""
    value = row[key]
    if isinstance(value, str | int) or value is None:
        return "–" if value is None else str(value)
    ours = _ranged(value, (row["low"], row["high"]) if "low" in row else None)
    theirs = row.get(f"paper_{key}", row.get("paper"))
    return ours if theirs is None else f"{ours}; {number(theirs)}"


def _goals(found: Sequence[Result]) -> Table:
    """Set our figures beside the goals of the project, missed or reached."""
    kept = {size: by_source(one for one in found if one.preset == size) for size in _PRESETS}
    rows = []
    for goal in GOALS:
        cells = [goal.label, number(goal.numbers[0])]
        for size, preset in enumerate(_PRESETS):
            verdict = goal.judge(size, kept[preset], kept[preset])
            cells += [number(verdict.wanted), _judged(verdict)]
        rows.append(tuple(cells))
    head = ("figure", "the paper", "goal, book", "ours, book", "goal, paper size", "ours")
    return Table("goals", "Against the goals", head, tuple(rows))


def _judged(verdict: Verdict) -> str:
    if verdict.value is None:
        return "not measured"
    if verdict.reached is None:
        return number(verdict.value)
    return f"{number(verdict.value)}, {'reached' if verdict.reached else 'missed'}"


def _notes(chosen: Iterable[Result]) -> list[str]:
    """Say where figures come from: one line for each data, split, machine and commit."""
    origins = {
        (one.preset, one.data, one.data_hash, one.split, one.device, one.commit) for one in chosen
    }
    return [
        f"{preset} size: {data} ({data_hash[:12]}), {split} split, {device}, commit {commit}."
        for preset, data, data_hash, split, device, commit in sorted(origins)
    ]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
