"""Scores as SVG, engraved by verovio from MusicXML when the page is made."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as Tree

from melonb.errors import MusicError

__all__ = ["engrave"]

_OPTIONS = {
    "pageWidth": 2100,
    "pageHeight": 60000,  # one page, however long the piece
    "adjustPageHeight": True,
    "breaks": "auto",
    "header": "none",
    "footer": "none",
    "pageMarginTop": 30,
    "pageMarginBottom": 30,
    "pageMarginLeft": 30,
    "pageMarginRight": 30,
    "scale": 40,
    "svgViewBox": True,
    "svgRemoveXlink": True,
    "xmlIdSeed": 1,
}
_SVG = "http://www.w3.org/2000/svg"
# The tempo stands at the player; in the score it would need a font of its own.  A part without a
# name of an instrument would be called a piano from its second line on.
_LEFT_OUT = re.compile(r"<(direction|part-abbreviation)\b.*?</\1>", re.DOTALL)
# Accidentals of chord names, which verovio takes from a font of its own.
_ACCIDENTALS = str.maketrans({"\uea64": "♭", "\uea65": "♮", "\uea66": "♯"})
_STYLE = ".melonb-score :is(path,polygon,polyline,rect,ellipse){stroke:currentColor}"


def engrave(music: Any, label: str) -> str:
    """Engrave music.

    Parameters
    ----------
    music
        Anything with ``to_musicxml()``.
    label
        What a screen reader says of the picture.

    Returns
    -------
    str
        ``<svg class="melonb-score" …>``, about 5 kB and 0.5 kB a note.
    """
    if not hasattr(music, "to_musicxml"):
        raise MusicError("roll JSON has no score", remedy="give an object of melonb.music")
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(_OPTIONS)
    if not toolkit.loadData(_LEFT_OUT.sub("", music.to_musicxml())):
        raise MusicError("the score cannot be engraved")
    return _slim(toolkit.renderToSVG(1), label)


def _slim(drawn: str, label: str) -> str:
    """Leave out what a picture in a page does not need: fonts, hooks for scripts, blanks."""
    Tree.register_namespace("", _SVG)
    root = Tree.fromstring(drawn)
    used = set(re.findall(r'href="#([^"]+)"', drawn))
    _prune(root, used)
    root.set("class", "melonb-score")
    root.set("role", "img")
    root.set("aria-label", f"Score of {label}")
    style = Tree.Element(f"{{{_SVG}}}style")
    style.text = _STYLE
    root.insert(0, style)
    return Tree.tostring(root, encoding="unicode")


def _prune(node: Tree.Element, used: set[str]) -> None:
    for child in list(node):
        tag = child.tag.removeprefix(f"{{{_SVG}}}")
        if tag in {"desc", "style"} or "placeholder" in child.get("class", ""):
            node.remove(child)
            continue
        _prune(child, used)
        if tag == "g" and len(child) == 0:
            node.remove(child)
    if node.get("id") not in used:
        node.attrib.pop("id", None)
    node.attrib.pop("class", None)
    node.attrib.pop("font-family", None)
    if node.text:
        node.text = node.text.translate(_ACCIDENTALS)
    if not (node.text or "").strip():
        node.text = None
    node.tail = None
