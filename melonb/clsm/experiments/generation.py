"""What the models write into held-out gaps: paths, draws, reconstructions."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from melonb.clsm.arnn import ARNN
from melonb.clsm.experiments.held import Group, Held
from melonb.clsm.model import CLSM
from melonb.clsm.spans import BARS, LONGEST, STEPS, Span
from melonb.clsm.vae import VAE

__all__ = ["device_of", "draws", "paths", "reconstructions", "written"]


def device_of(net: nn.Module) -> torch.device:
    """Say where a network lies."""
    return next(net.parameters()).device


@torch.no_grad()
def written(
    net: nn.Module, group: Group, points: int, generator: torch.Generator, temperature: float | None
) -> Tensor:
    """Fill the gaps of a group: a path for a latent model, independent draws for an ARNN.

    Parameters
    ----------
    points
        ``J + 1`` points a path (equations 7 and 10), or draws.
    temperature
        None is the paper's choice: 0 for the latent models, 1 for the ARNN.

    Returns
    -------
    Tensor
        (n, points, 128).
    """
    symbols, span = group.symbols, group.span
    again = symbols.repeat(points, 1)  # point by point, so that one call decodes all
    if isinstance(net, ARNN):
        chosen = 1.0 if temperature is None else temperature
        result = net.write(again, span, temperature=chosen, generator=generator)
        return result.unflatten(0, (points, -1)).transpose(0, 1)

    amounts = np.linspace(0, 1, points)
    if isinstance(net, CLSM):
        prior = net.prior(symbols, span)
        a, b = prior.sample(generator), prior.sample(generator)
        z = torch.cat([prior.between(a, b, amount) for amount in amounts])
    else:
        assert isinstance(net, VAE)
        standard = net.prior(len(symbols))
        a, b = standard.rsample(generator), standard.rsample(generator)
        z = torch.cat([torch.lerp(a, b, amount) for amount in amounts])
    result = net.write(again, z, span, temperature=temperature or 0.0, generator=generator)
    return result.unflatten(0, (points, -1)).transpose(0, 1)


def paths(net: CLSM | VAE, held: Held, divisions: int = 8, seed: int = 0) -> NDArray[np.int64]:
    """Interpolate in every gap between two draws of the prior, (n, divisions + 1, 128)."""
    return _every(net, held, divisions + 1, seed, None)


def draws(
    net: nn.Module, held: Held, count: int = 2, seed: int = 0, temperature: float | None = None
) -> NDArray[np.int64]:
    """Fill every gap ``count`` times, (n, count, 128); of a path, the two ends are draws."""
    return _every(net, held, count, seed, temperature)


def _every(
    net: nn.Module, held: Held, points: int, seed: int, temperature: float | None
) -> NDArray[np.int64]:
    held = held.to(device_of(net))
    generator = torch.Generator(device_of(net)).manual_seed(seed)
    result = np.empty((len(held), points, STEPS), dtype=np.int64)
    for group in held.groups():
        result[group.index] = written(net, group, points, generator, temperature).cpu().numpy()
    return result


@torch.no_grad()
def reconstructions(net: CLSM | VAE, held: Held) -> list[NDArray[np.bool_]]:
    """Tell which symbols come back when only left context is given (section 3.3).

    Every phrase is encoded with its last 1, 2, 3 and 4 bars as the target; the target is decoded
    from the posterior's mean, on its own past.

    Returns
    -------
    list of ndarray
        For each length, (n, steps): whether each symbol of the target is right.
    """
    symbols = held.symbols.to(device_of(net))
    right = []
    for bars in range(1, LONGEST + 1):
        span = Span.of_bars(BARS - bars, BARS)
        if isinstance(net, CLSM):
            posterior = net.posterior(symbols, span)
        else:
            posterior = net.posterior(symbols)
        again = net.write(symbols, posterior.mean, span)
        right.append((again == symbols)[:, span.slice].cpu().numpy())
    return right
