"""The experiments of section 4: what is written into held-out gaps, and how it is judged."""

from __future__ import annotations

from melonb.clsm.experiments.held import Held, hold
from melonb.clsm.experiments.measuring import bundled_judge, load_net, measure, merits
from melonb.clsm.experiments.planes import Point, planes

__all__ = ["Held", "Point", "bundled_judge", "hold", "load_net", "measure", "merits", "planes"]
