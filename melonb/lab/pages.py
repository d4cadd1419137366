"""What the built book asks of Sphinx: leave out the machinery for remote kernels.

Jupyter Book always adds sphinx-thebe, which puts its settings into each page twice (a script error
on every page) and names an address outside the page.  Nothing in this book runs on a remote kernel.
"""

from __future__ import annotations

from typing import Any

__all__ = ["setup"]


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx, as an extension of `_config.yml`."""
    app.connect("html-page-context", _without_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _without_thebe(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    for files in ("script_files", "css_files"):
        context[files] = [file for file in context.get(files, []) if not _is_thebe(file)]


def _is_thebe(file: Any) -> bool:
    body = getattr(file, "attributes", {}).get("body") or ""
    return "thebe" in str(getattr(file, "filename", file)).lower() or "thebe_selector" in body
