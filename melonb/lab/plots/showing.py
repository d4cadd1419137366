"""A matplotlib figure on the page: it turns dark with its page, and says what it shows.

The picture is an SVG in an ``<img alt>``. A browser tells such a picture whether its surroundings
are dark (``prefers-color-scheme`` inside it follows the ``color-scheme`` of the element), so the
house colours are written as variables with two values.
"""

from __future__ import annotations

import base64
import html
import io
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from melonb.errors import UsageError
from melonb.lab.element import Element
from melonb.lab.plots.style import DARK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["show"]

HEAVY = 120_000  # bytes; above this a picture of many points travels as PNG
SHORTEST_ALT = 20
_METADATA = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->|<!DOCTYPE[^>]*>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_DECIMALS = re.compile(r"(\d\.\d{2})\d+")
_BETWEEN = re.compile(r">\s+<")
# What matplotlib writes at length and our style sheet says once, or nobody reads.
_LONG = re.compile(
    r" font-family: [^;\"]*;| transform=\"rotate\(-0 [^\"]*\"|(?<=<g) id=\"[^\"]*\"|\n(?=[A-Zz\"])"
)
_PLAIN = " <>=:;/,'()!*+@?{}[]|~$-_."  # needs no escape inside a quoted data URL


def show(figure: Figure, *, alt: str, caption: str = "") -> Element:
    """Show a figure.

    Parameters
    ----------
    figure
        Any matplotlib figure; it is closed, so that it does not appear a second time.
    alt
        What is seen, for those who do not see it: what is drawn, and how it runs.
    caption
        What to see in it. ``*words*`` come out emphasised.
    """
    import matplotlib.pyplot as plt

    if len(alt.strip()) < SHORTEST_ALT:
        raise UsageError(
            "a figure needs an alt text", remedy="say in a sentence what is drawn and how it runs"
        )
    kind, data = _picture(figure)
    width = round(figure.get_figwidth() * 100)
    plt.close(figure)
    if kind == "image/png":
        source = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    else:
        source = f"data:{kind},{quote(data, safe=_PLAIN)}"
    words = f"<figcaption>{_emphasised(caption)}</figcaption>" if caption else ""
    said = html.escape(alt, quote=True)
    image = f'<img class="dark-light" alt="{said}" width="{width}" src="{source}">'
    return Element(f'<figure class="melonb-figure">{image}{words}</figure>', f"Figure: {alt}")


def _emphasised(caption: str) -> str:
    return re.sub(r"\*(\S[^*]*)\*", r"<em>\1</em>", html.escape(caption))


def _picture(figure: Figure) -> tuple[str, bytes]:
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None}, transparent=True)
    text = _dark_aware(drawn.getvalue())
    if len(text) <= HEAVY:
        return "image/svg+xml", text.encode()
    flat = io.BytesIO()
    figure.savefig(flat, format="png", dpi=130, facecolor="white")
    return "image/png", flat.getvalue()


def _dark_aware(text: str) -> str:
    text = _BETWEEN.sub("><", _METADATA.sub("", text))
    # A hundredth of a pixel is enough to draw with; the numbers at the axes keep all they say.
    text = _TAG.sub(lambda tag: _DECIMALS.sub(r"\1", tag[0]), text)
    text = _LONG.sub("", text)
    text = text[text.index("<svg") :]
    light, dark = [], []
    for place, (colour, twin) in enumerate(DARK.items()):
        name = f"--c{place}"
        if colour not in text:
            continue
        text = text.replace(colour, f"var({name})")
        light.append(f"{name}:{colour}")
        dark.append(f"{name}:{twin}")
    style = (
        f"<style>svg{{{';'.join(light)}}}"
        f"@media (prefers-color-scheme:dark){{svg{{{';'.join(dark)}}}}}"
        'text{font-family:system-ui,"Segoe UI",Roboto,Arial,sans-serif!important}</style>'
    )
    body = text.index(">") + 1
    return text[:body] + style + text[body:]
