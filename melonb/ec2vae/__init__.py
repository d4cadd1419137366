"""Pitch and rhythm of a whole phrase: contrastive, hierarchical EC2-VAE.

Paper: "Learning long-term music representations via hierarchical contextual constraints"
(Shiqi Wei and Gus Xia, ISMIR 2021), built on EC2-VAE ("Deep music analogy via latent
representation disentanglement", Ruihan Yang, Dingsu Wang, Ziyu Wang, Tianyao Chen, Junyan Jiang
and Gus Xia, ISMIR 2019). Chapter: ``book/ec2vae``.

* eq. (1): :meth:`melonb.ec2vae.data.EC2Task.loss`, the flat models
* eq. (2): :func:`melonb.ec2vae.objective.info_nce` over parts of a phrase, structured InfoNCE
* eq. (3): the same loss while the encoder is frozen
* eq. (4): :func:`melonb.ec2vae.objective.info_nce` over the segments of each level
* eq. (5): the same loss once it is not

Examples
--------
>>> from melonb import ec2vae
>>> ec2vae.recipe("8bar-long", "tiny").needs
('ec2vae/2bar', 'ec2vae/4bar')
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from melonb.ec2vae.presets import MODELS, recipe

if TYPE_CHECKING:
    from melonb.ec2vae.data import build, task
    from melonb.ec2vae.experiments import measure
    from melonb.ec2vae.instruments import EC2Instrument
    from melonb.ec2vae.instruments import make as instrument
    from melonb.ec2vae.objective import Objective

# These load torch, which a recipe does not need.
_HOME = {
    "EC2Instrument": ("instruments", "EC2Instrument"),
    "Objective": ("objective", "Objective"),
    "build": ("data", "build"),
    "instrument": ("instruments", "make"),
    "measure": ("experiments", "measure"),
    "task": ("data", "task"),
}

__all__ = [
    "MODELS",
    "EC2Instrument",
    "Objective",
    "build",
    "instrument",
    "measure",
    "recipe",
    "task",
]


def __getattr__(name: str) -> Any:
    """Load a name when it is first asked for."""
    if name in _HOME:
        room, own = _HOME[name]
        return getattr(importlib.import_module(f"melonb.ec2vae.{room}"), own)
    raise AttributeError(f"module 'melonb.ec2vae' has no attribute {name!r}")
