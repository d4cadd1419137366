"""What a reader sees, hears and drags, the same in a notebook and in the plain page.

Everything here returns something that shows itself: put it on the last line of a cell. The HTML of
an output carries its music as JSON inside a custom element (``<melonb-roll>``, ``<melonb-panel>``, …)
that the ES modules in ``static/`` bring to life; where no script runs, an SVG is seen instead.

=====================  ==========================================================================
`setup`                the first cell: seeds, device, house style
`show`, `compare`      one piece; several under one cursor
`plots`                charts that require an alt text
`source`               real code, with its equations linked
=====================  ==========================================================================
"""

from __future__ import annotations

from melonb.lab import plots
from melonb.lab.element import Element
from melonb.lab.session import Here, setup
from melonb.lab.showing import compare, show
from melonb.lab.sources import source

__all__ = ["Element", "Here", "compare", "plots", "setup", "show", "source"]
