"""What the built book asks of Sphinx: equations numbered as in their papers, no remote kernels.

An equation has its paper's number at the end of its label, and the code's words for it link there
(`melonb.lab.sources`); Sphinx alone would count through the whole book.

Jupyter Book always adds sphinx-thebe, which puts its settings into each page twice (a script error
on every page) and names an address outside the page.  Nothing in this book runs on a remote kernel.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["setup"]


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx, as an extension of `_config.yml`."""
    app.connect("doctree-read", _number_equations)
    app.connect("html-page-context", _without_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _number_equations(app: Any, tree: Any) -> None:
    """Give a labelled equation its paper's number, or its place on the page if it has none."""
    from docutils.nodes import math_block

    known = app.env.get_domain("math").equations
    labelled = [node for node in tree.findall(math_block) if node.get("label")]
    for place, node in enumerate(labelled, start=1):
        number = re.search(r"\d+$", node["label"])
        node["number"] = int(number[0]) if number else place
        known[node["label"]] = (app.env.docname, node["number"])


def _without_thebe(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    for files in ("script_files", "css_files"):
        context[files] = [file for file in context.get(files, []) if not _is_thebe(file)]


def _is_thebe(file: Any) -> bool:
    body = getattr(file, "attributes", {}).get("body") or ""
    return "thebe" in str(getattr(file, "filename", file)).lower() or "thebe_selector" in body
