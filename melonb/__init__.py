"""melonb: four papers on steering melody in a latent space, as models that one can play.

``import melonb`` is cheap: torch, music21 and the models load on first use.

Examples
--------
>>> import melonb
>>> melonb.__version__
'0.18.0'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from melonb.doors import attach

__version__ = "0.18.0"

if TYPE_CHECKING:
    from melonb.errors import MelonbError
    from melonb.weights import load

__all__ = ["MelonbError", "__version__", "load"]

__getattr__, __dir__ = attach(
    __name__,
    {"MelonbError": "errors", "load": "weights"},
    rooms=(
        "clsm",
        "corpora",
        "ec2vae",
        "errors",
        "lab",
        "loopvq",
        "measures",
        "music",
        "musicvae",
        "nn",
        "training",
        "weights",
    ),
)
