"""`source`: the real code of a thing, with its equation numbers linked to the chapter."""

from __future__ import annotations

import html
import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

from melonb.errors import UsageError
from melonb.lab.element import Element

__all__ = ["source"]

REPOSITORY = "https://github.com/melonb/melonb/blob/main"
PAPERS = ("musicvae", "ec2vae", "clsm", "loopvq")
_EQUATION = re.compile(r"\b([Ee]qs?\.|[Ee]quations?)(\s|&#160;)\(?(\d+)\)?")
FOLD = 60  # lines


def source(thing: Any, *, equations_on: str = "1-idea", docstring: bool = True) -> Element:
    """Show the source of a function, a class or a method as it stands in the package.

    Parameters
    ----------
    thing
        What to show.
    equations_on
        The page on which the equations of the thing's paper stand, each labelled
        ``eq-<paper>-<number>``; "eq. (2)" in a comment then leads there.
    docstring
        Whether to show the docstring too.
    """
    thing = inspect.unwrap(thing) if callable(thing) else thing  # torch.no_grad() wraps methods
    try:
        lines, first = inspect.getsourcelines(thing)
        file = inspect.getsourcefile(thing)
    except (TypeError, OSError) as error:
        raise UsageError(
            f"{thing!r} has no source to show", remedy="give a function, a class or a method"
        ) from error
    code = textwrap.dedent("".join(lines)).rstrip()
    if not docstring:
        code = _without_docstring(code)
    place = _place(str(file))
    last = first + len(lines) - 1
    paper = next((name for name in PAPERS if f"/{name}/" in place), None)
    page = f"{equations_on}.html" if equations_on else ""
    body = _link_equations(_coloured(code), paper, page)
    head = (
        f'<a href="{REPOSITORY}/{html.escape(place)}#L{first}-L{last}">{html.escape(place)}</a>, '
        f"lines {first} to {last}"
    )
    listing = f'<div class="highlight"><pre tabindex="0">{body}</pre></div>'
    if code.count("\n") > FOLD:
        listing = f"<details><summary>{code.count(chr(10)) + 1} lines</summary>{listing}</details>"
    return Element(f'<div class="melonb-source"><p>{head}</p>{listing}</div>', f"{place}\n\n{code}")


def _place(file: str) -> str:
    parts = Path(file).parts
    if "melonb" not in parts:
        return Path(file).name
    start = len(parts) - 1 - parts[::-1].index("melonb")
    return "/".join(parts[start:])


def _without_docstring(code: str) -> str:
    import ast

    node = ast.parse(code).body[0]
    if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return code
    first = node.body[0]
    if not (isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str)):
        return code
    lines = code.splitlines()
    return "\n".join(lines[: first.lineno - 1] + lines[first.end_lineno :])


def _coloured(code: str) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(code, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip()


def _link_equations(text: str, paper: str | None, page: str) -> str:
    if paper is None:
        return text

    def link(match: re.Match[str]) -> str:
        return f'<a href="{page}#equation-eq-{paper}-{match[3]}">{match[0]}</a>'

    return _EQUATION.sub(link, text)
