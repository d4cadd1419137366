"""What a notebook shows: an element as HTML, with a short text for where HTML is not read.

The HTML is the same in a live notebook and in the built page. Where no script runs, the SVG or the
words inside the element are what is seen.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

__all__ = ["Element", "carry", "element_html"]


def carry(data: Any) -> str:
    """Give data as a JSON script that is safe inside HTML."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json">{text}</script>'


def element_html(
    tag: str, data: Any, fallback: str, attributes: Mapping[str, str | int | None] | None = None
) -> str:
    """Write ``<melonb-TAG>`` with its data and what is seen where no script runs."""
    written = "".join(
        f' {name}="{html.escape(str(value), quote=True)}"'
        for name, value in (attributes or {}).items()
        if value is not None
    )
    return f"<melonb-{tag}{written}>{carry(data)}{fallback}</melonb-{tag}>"


class Element:
    """Something to look at.

    Parameters
    ----------
    html_text
        The HTML.
    text
        A short, stable text: what terminals print and what nbval compares.
    """

    def __init__(self, html_text: str, text: str) -> None:
        self.html = html_text
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": self.text, "text/html": self.html}
