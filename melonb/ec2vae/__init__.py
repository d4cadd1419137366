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

from typing import TYPE_CHECKING

from melonb.doors import PAPER, attach
from melonb.ec2vae.presets import MODELS

if TYPE_CHECKING:
    from melonb.ec2vae.data import build, task
    from melonb.ec2vae.experiments import measure
    from melonb.ec2vae.instruments import EC2Instrument, instrument
    from melonb.ec2vae.objective import Objective
    from melonb.ec2vae.presets import recipe

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

__getattr__, __dir__ = attach(
    __name__, PAPER | {"EC2Instrument": "instruments", "Objective": "objective"}
)
