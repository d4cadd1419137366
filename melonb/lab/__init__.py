"""What a reader sees, hears and drags, the same in a notebook and in the plain page.

Everything here returns something that shows itself: put it on the last line of a cell. The HTML of
an output carries its music as JSON inside a custom element (``<melonb-roll>``, ``<melonb-panel>``)
that the ES modules in ``static/`` bring to life; where no script runs, an SVG is seen instead.

* `setup`: the first cell of a notebook. `source`: real code, with its equations linked.
* `show`, `compare`: one piece of music; several under one cursor.
* `plots`: charts that require an alt text.
* `panel`, `steer`, `morph`: knobs over a model; `slider`, `choice`: the knobs; `principal`:
  directions to steer along.
* `decoder`: a small model that runs in the page itself.
* `swap_matrix`, `loop_machine`, `codebook`, `infill_panel`: clips to choose from.
* `your_tune`: a MIDI file of the reader's own.
* `listening_test`: a blind test, from its definition to its report.
* `exercise`, `quiz`: checks that help, with no account anywhere.
"""

from __future__ import annotations

from melonb.lab import plots
from melonb.lab.atlas import Atlas
from melonb.lab.decoder import decoder
from melonb.lab.directions import principal
from melonb.lab.element import Element
from melonb.lab.exercises import exercise, quiz
from melonb.lab.knobs import choice, slider
from melonb.lab.listening import listening_test
from melonb.lab.pads import codebook, infill_panel, loop_machine, swap_matrix
from melonb.lab.panels import morph, panel, steer
from melonb.lab.session import Here, setup
from melonb.lab.showing import compare, show
from melonb.lab.sources import source
from melonb.lab.tune import your_tune

__all__ = [
    "Atlas",
    "Element",
    "Here",
    "choice",
    "codebook",
    "compare",
    "decoder",
    "exercise",
    "infill_panel",
    "listening_test",
    "loop_machine",
    "morph",
    "panel",
    "plots",
    "principal",
    "quiz",
    "setup",
    "show",
    "slider",
    "source",
    "steer",
    "swap_matrix",
    "your_tune",
]
