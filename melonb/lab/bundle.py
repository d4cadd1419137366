"""The lab's ES modules as one script, for places that cannot fetch files: notebooks, single pages.

The built book loads ``static/melonb.js`` and the browser follows its imports. A notebook cell and a
page that is sent by mail have no such folder, so there the same modules travel as one classic
script: each becomes a function that returns what the module exported. No tool is needed, because
the modules keep to three forms: ``import { a, b } from "./x.js"``, ``import "./x.js"`` and
``export`` before a function, class or constant.
"""

from __future__ import annotations

import functools
import posixpath
import re
from importlib import resources

__all__ = ["bundle", "stylesheet"]

ENTRY = "melonb.js"
_IMPORT = re.compile(r'^import (?:\{([^}]*)\} from )?"([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(
    r"^export ((?:async )?function\*?|class|const|let) ([A-Za-z_$][\w$]*)", re.MULTILINE
)
_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)


def _read(path: str) -> str:
    return resources.files("melonb.lab").joinpath("static", path).read_text(encoding="utf-8")


def _gather(path: str, seen: dict[str, str]) -> None:
    """Put a module behind the modules that it imports."""
    if path in seen:
        return
    seen[path] = ""  # holds the place; a cycle would find it empty
    source = _read(path)
    folder = posixpath.dirname(path)
    for match in _IMPORT.finditer(source):
        _gather(posixpath.normpath(posixpath.join(folder, match[2])), seen)
    del seen[path]
    seen[path] = source


def _as_function(path: str, source: str) -> str:
    folder = posixpath.dirname(path)

    def bind(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, match[2]))
        names = " ".join((match[1] or "").split()).replace(" as ", ": ")
        return f'const {{ {names} }} = modules["{target}"];\n' if names else ""

    names = [match[2] for match in _EXPORT.finditer(source)]
    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub(bind, source))
    body = _COMMENT.sub("", body)
    return f'modules["{path}"] = (() => {{\n{body}return {{ {", ".join(names)} }};\n}})();\n'


@functools.cache
def bundle(entry: str = ENTRY) -> str:
    """Give the modules under ``entry`` as one classic script that runs once.

    Returns
    -------
    str
        JavaScript; evaluating it a second time in the same page does nothing. The exports of the
        entry stay reachable as ``globalThis.melonb``.
    """
    modules: dict[str, str] = {}
    _gather(entry, modules)
    body = "".join(_as_function(path, source) for path, source in modules.items())
    return (
        f"if (!globalThis.melonb) {{\nconst modules = {{}};\n{body}"
        f'globalThis.melonb = modules["{entry}"];\n}}\n'
    )


@functools.cache
def stylesheet() -> str:
    """Give the lab's CSS."""
    return _read("melonb.css")
