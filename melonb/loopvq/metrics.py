"""The eight metrics of the loops that a model makes: the paper's two metric tables.

`generated` draws from a model, `played` makes rolls of it, and `metric_rows` measures them, with
the paper's values beside; the second table has codes copied within each loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from melonb.loopvq.forms import PAPER, copy_codes
from melonb.loopvq.prior import LoopComposer
from melonb.measures.loops import loop_metrics

__all__ = ["PAPER_METRICS", "TEMPERATURES", "generated", "metric_rows", "played", "training_row"]

TEMPERATURES = (0.0, 1.0, 1.5, 2.0)  # 0 is argmax
_NAMES = ("hd", "fnd", "fnb", "db", "os", "us", "up", "nd")
#: Both metric tables of the paper: (who, codes copied) -> the eight values.
PAPER_METRICS: dict[tuple[str, bool], dict[str, float | None]] = {
    key: dict(zip(_NAMES, values, strict=True))
    for key, values in {
        ("training set", False): (4.43e-4, 1.00, 1.00, 0.00, 1.00, 0.51, 10.50, 0.92),
        ("lstm-ar", False): (4.05e-3, 0.99, 0.44, 1.51e-2, None, None, 10.61, 0.73),
        ("lstm", False): (2.79e-3, 1.00, 0.41, 1.89e-2, None, None, 10.79, 0.75),
        ("cnn", False): (7.33e-3, 0.96, 0.71, 4.44e-2, None, None, 13.81, 0.77),
        ("prior at 0", False): (1.44e-3, 1.00, 0.98, 1.10e-3, 0.28, 4.08e-3, 8.77, 0.94),
        ("prior at 1", False): (4.25e-3, 1.00, 0.98, 2.21e-3, 7.97e-2, 0.50, 9.94, 0.91),
        ("prior at 1.5", False): (1.23e-2, 1.00, 0.98, 2.56e-3, 2.45e-2, 0.90, 11.58, 0.89),
        ("prior at 2", False): (1.82e-2, 1.00, 0.97, 3.09e-3, 2.89e-3, 0.99, 14.05, 0.88),
        ("prior at 0", True): (1.56e-3, 1.00, 0.98, 1.01e-3, 0.25, 4.11e-3, 8.69, 0.95),
        ("prior at 1", True): (3.58e-3, 1.00, 0.98, 2.18e-3, 7.12e-2, 0.62, 10.02, 0.91),
        ("prior at 1.5", True): (6.89e-3, 1.00, 0.98, 2.61e-3, 2.25e-2, 0.92, 11.44, 0.90),
        ("prior at 2", True): (9.99e-3, 1.00, 0.97, 3.14e-3, 2.95e-3, 0.99, 13.72, 0.88),
    }.items()
}

_CHUNK = 256


@torch.no_grad()
def generated(net: Any, n: int, *, seed: int = 0, temperature: float = 1.0) -> Tensor:
    """Draw from a model: codes ``(n, l)`` of a prior, else latent points ``(n, Z)``."""
    device = next(net.eval().parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    if isinstance(net, LoopComposer):
        parts = [
            net.prior.sample(len(part), net.vq.steps, temperature, generator=generator)
            for part in torch.arange(n).split(_CHUNK)
        ]
        return torch.cat(parts)
    return temperature * torch.randn(n, net.size, generator=generator, device=device)


@torch.no_grad()
def played(net: Any, drawn: Tensor) -> NDArray[np.bool_]:
    """Decode what `generated` drew into rolls ``(n, 128, 93)``."""
    decoder = net.vq if isinstance(net, LoopComposer) else net
    return np.concatenate(
        [(decoder.decode(part) >= 0).cpu().numpy() for part in drawn.split(_CHUNK)]
    )


def metric_rows(
    model: str, net: Any, n: int, training: NDArray[np.int64] | None = None, *, seed: int = 0
) -> list[dict[str, Any]]:
    """Take the eight metrics of ``n`` loops that a model makes.

    Parameters
    ----------
    training
        Codes of the training loops ``(M, l)``, for OS.

    Returns
    -------
    list of dict
        A row for a continuous VAE; for the prior one for each of `TEMPERATURES`, and each
        again with codes 0 and 1 copied to 16 and 17. The paper's values stand beside.
    """
    if not isinstance(net, LoopComposer):
        metrics = loop_metrics(played(net, generated(net, n, seed=seed))).as_dict()
        metrics |= {"os": None, "us": None}  # the paper compares codes alone
        return [_row(model, False, metrics)]
    rows = []
    for temperature in TEMPERATURES:
        codes = generated(net, n, seed=seed, temperature=temperature)
        for copied in (False, True) if net.vq.steps == 32 else (False,):
            used = copy_codes(codes, PAPER) if copied else codes
            metrics = loop_metrics(played(net, used), used.cpu().numpy(), training).as_dict()
            rows.append(_row(f"prior at {temperature:g}", copied, metrics))
    return rows


def _row(who: str, copied: bool, metrics: Mapping[str, float | None]) -> dict[str, Any]:
    reported = PAPER_METRICS.get((who, copied), {})
    return {
        "who": who,
        "copied": copied,
        **metrics,
        **{f"paper_{name}": value for name, value in reported.items()},
    }


def training_row(rolls: NDArray[np.bool_], codes: NDArray[np.int64]) -> dict[str, Any]:
    """Take the eight metrics of the training set itself."""
    return _row("training set", False, loop_metrics(rolls, codes, codes).as_dict())
