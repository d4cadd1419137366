"""Rules of the book that a machine can hold; a failure names the page that breaks one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
NOTEBOOKS = sorted(path for path in BOOK.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
PAGES = [*NOTEBOOKS, *sorted(BOOK.rglob("*.md"))]
CODE_LINES = 25
CHAPTERS = ("musicvae", "ec2vae", "clsm", "loopvq")
WORDS, CELLS = 4_000, 72  # of a chapter's five rooms together
SIZE = 1_000_000
WEAK_WORDS = re.compile(r"\b(simply|obviously|of course|needless to say|just)\b", re.IGNORECASE)
MACHINE = re.compile(r"(?<![\w.:/-])/(tmp|work|root|home)/|\.\./shared")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def cells(path: Path, kind: str) -> list[tuple[int, str, dict]]:
    notebook = json.loads(path.read_text())
    return [
        (number, "".join(cell["source"]), cell)
        for number, cell in enumerate(notebook["cells"], start=1)
        if cell["cell_type"] == kind
    ]


def prose(path: Path) -> str:
    """Give the words of a page, without code, equations and quotations of code."""
    if path.suffix == ".ipynb":
        text = "\n\n".join(source for _, source, _ in cells(path, "markdown"))
    else:
        text = path.read_text()
    text = re.sub(r"(`{3,}|~{3,}).*?\1", " ", text, flags=re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$( \(\S+\))?", " ", text, flags=re.DOTALL)
    return re.sub(r"`[^`]*`|\$[^$]*\$", " ", text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
class TestNotebook:
    def test_is_small_and_its_cells_are_short(self, path: Path) -> None:
        assert path.stat().st_size < SIZE
        long = [n for n, source, _ in cells(path, "code") if source.count("\n") >= CODE_LINES]
        assert long == [], f"cells of more than {CODE_LINES} lines: {long}"

    def test_shows_no_more_in_a_notebook_program_than_in_the_book(self, path: Path) -> None:
        fenced = [n for n, source, _ in cells(path, "markdown") if "{math}" in source]
        assert fenced == [], "equations stand between $$, which every program knows"
        hidden = [
            (n, cell["metadata"].get("jupyter", {}))
            for n, _, cell in cells(path, "code")
            if "hide-cell" in cell["metadata"].get("tags", [])
        ]
        folded = {"source_hidden": True, "outputs_hidden": True}
        assert [n for n, how in hidden if how != folded] == [], "solutions are folded"

    def test_was_executed_and_holds_no_error(self, path: Path) -> None:
        code = [(n, cell) for n, source, cell in cells(path, "code") if source.strip()]
        assert [n for n, cell in code if cell["execution_count"] is None] == []
        outputs = [(n, output) for n, cell in code for output in cell["outputs"]]
        assert [n for n, output in outputs if output["output_type"] == "error"] == []
        assert [n for n, output in outputs if output.get("name") == "stderr"] == []

    def test_begins_with_the_same_setup(self, path: Path) -> None:
        first = next(source for _, source, _ in cells(path, "code"))
        assert "lab.setup(" in first
        assert "%pip install --quiet" in first

    def test_every_picture_says_what_is_seen(self, path: Path) -> None:
        silent = [
            n
            for n, _, cell in cells(path, "code")
            for output in cell["outputs"]
            if "image/png" in output.get("data", {})
            and "alt=" not in str(output["data"].get("text/html"))
        ]
        assert silent == [], f"figures without alt text in cells {silent}"

    def test_no_output_is_the_address_of_an_object(self, path: Path) -> None:
        raw = re.compile(r"<[^<>]* at 0x[0-9a-f]+>|\d\.\d{9,}")
        shown = [
            (n, "".join(output.get("text") or output["data"]["text/plain"]))
            for n, _, cell in cells(path, "code")
            for output in cell["outputs"]
            if "text" in output or set(output.get("data", ())) == {"text/plain"}
        ]
        assert [n for n, text in shown if raw.search(text)] == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_is_read_in_an_evening(chapter: str) -> None:
    rooms = sorted((BOOK / chapter).glob("*.ipynb"))
    assert len(rooms) == 5
    words = [word for room in rooms for word in prose(room).split() if re.search(r"[^\W\d]", word)]
    assert len(words) <= WORDS
    assert sum(len(cells(room, "code")) for room in rooms) <= CELLS


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_prose_keeps_the_house_style(path: Path) -> None:
    text = prose(path)
    assert sorted({word.lower() for word in WEAK_WORDS.findall(text)}) == []
    assert MACHINE.findall(path.read_text()) == []


def test_every_page_is_in_the_table_of_contents_and_the_other_way_round() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = {toc["root"]}
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            listed.add(chapter["file"])
            listed.update(section["file"] for section in chapter.get("sections", []))
    written = {
        str(path.relative_to(BOOK).with_suffix("")) for path in PAGES if "_tables" not in path.parts
    }
    assert listed == written
