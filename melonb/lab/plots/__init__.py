"""Plots in one style: colour-blind safe, told apart by form as well, at home in both themes.

`use_house_style` (which `lab.setup` calls) gives every matplotlib figure the look; `show` puts a
figure on the page with the alt text that it requires; `curves`, `bars`, `boxes`, `clusters`,
`plane`, `heat` and `similarity` draw what the chapters need most and show it in one call.
"""

from __future__ import annotations

from melonb.lab.plots.charts import bars, boxes, clusters, curves, heat, plane, similarity
from melonb.lab.plots.showing import show
from melonb.lab.plots.style import COLOURS, DASHES, MARKERS, use_house_style

__all__ = [
    "COLOURS",
    "DASHES",
    "MARKERS",
    "bars",
    "boxes",
    "clusters",
    "curves",
    "heat",
    "plane",
    "show",
    "similarity",
    "use_house_style",
]
