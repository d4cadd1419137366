"""Source listings, and every name of which a page of the book shows the source."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from melonb import lab
from melonb.errors import UsageError
from melonb.lab.sources import _link_equations

BOOK = Path(__file__).resolve().parents[2] / "book"


def test_a_listing_is_the_real_code() -> None:
    shown = lab.source(lab.compare)
    assert repr(shown).startswith("melonb/lab/showing.py\n\ndef compare(")
    assert "github.com/melonb/melonb/blob/main/melonb/lab/showing.py#L" in shown.html
    assert '"""' not in repr(lab.source(lab.compare, docstring=False))
    assert "<details>" in lab.source(lab.Atlas).html


def test_a_thing_without_source_is_refused() -> None:
    with pytest.raises(UsageError, match="no source"):
        lab.source(3)


def test_equation_numbers_lead_to_the_chapter() -> None:
    text = _link_equations("# eq. (2), see Equation 5", "ec2vae", "1-idea.html")
    assert '<a href="1-idea.html#equation-eq-ec2vae-2">eq. (2)</a>' in text
    assert "#equation-eq-ec2vae-5" in text
    assert _link_equations("eq. (2)", None, "") == "eq. (2)"


def shown_names(notebook: Path) -> list[tuple[dict[str, str], str]]:
    """Find what a notebook's cells give to lab.source, and where its names come from."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    homes: dict[str, str] = {}
    found = []
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        lines = "".join(cell["source"]).splitlines()
        code = "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))
        try:
            tree = ast.parse(code)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                homes |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
            elif isinstance(node, ast.Import):
                homes |= {
                    a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0]
                    for a in node.names
                }
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "lab.source":
                found.append((homes, ast.unparse(node.args[0])))
    return found


def resolve(name: str) -> Any:
    """Import as much of a dotted name as is modules, and look the rest up."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            thing = getattr(thing, part)
        return thing
    raise AssertionError(f"nothing is called {name}")


@pytest.mark.parametrize(
    "notebook", sorted(BOOK.rglob("*.ipynb")), ids=lambda p: "/".join(p.parts[-2:])
)
def test_every_name_that_the_book_shows_exists(notebook: Path) -> None:
    for homes, name in shown_names(notebook):
        first, *rest = name.split(".")
        if first not in homes:
            continue  # an object made in the notebook itself; running the notebook tests it
        assert lab.source(resolve(".".join([homes[first], *rest])))
