"""Scores as SVG, engraved by verovio from MusicXML when the page is made."""

from __future__ import annotations

import html
import re
from typing import Any

from melonb.errors import MusicError

__all__ = ["engrave"]

_OPTIONS = {
    "pageWidth": 2100,
    "adjustPageHeight": True,
    "adjustPageWidth": False,
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
    "svgCss": "",
}
_NUMBER = re.compile(r"(\d+\.\d)\d+")
_IDENTITY = re.compile(r' (?:id|data-\w+|xml:space|font-family)="(?:[a-z]\w*-\d+|[^"]*)"')


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
        ``<svg class="melonb-score" …>``.
    """
    if not hasattr(music, "to_musicxml"):
        raise MusicError("roll JSON has no score", remedy="give an object of melonb.music")
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(_OPTIONS)
    if not toolkit.loadData(music.to_musicxml()):
        raise MusicError("the score cannot be engraved")
    drawn = toolkit.renderToSVG(1)
    start = drawn.index("<svg")
    drawn = _NUMBER.sub(r"\1", drawn[start:])
    name = html.escape(f"Score of {label}", quote=True)
    return drawn.replace("<svg ", f'<svg class="melonb-score" role="img" aria-label="{name}" ', 1)
