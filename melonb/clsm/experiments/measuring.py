"""The paper's figures of one model as results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from melonb.clsm.arnn import ARNN
from melonb.clsm.data import build
from melonb.clsm.experiments.generation import draws, paths
from melonb.clsm.experiments.held import Held, hold
from melonb.clsm.experiments.scores import (
    DIVISIONS,
    accuracy,
    context_use,
    likelihood,
    smoothness,
    surprise,
)
from melonb.clsm.judge import Judge
from melonb.clsm.model import CLSM
from melonb.clsm.presets import known
from melonb.clsm.vae import VAE
from melonb.corpora.corpus import Corpus
from melonb.measures.accuracy import by_song
from melonb.training.checkpoint import load_into, read_checkpoint
from melonb.training.record import Result

__all__ = ["bundled_judge", "load_net", "measure", "merits"]


def load_net(model: str, place: Path | None = None) -> nn.Module:
    """Load one of the five networks from a run or a weights file, or as it comes with the package.

    Parameters
    ----------
    model
        One of `melonb.clsm.MODELS`.
    place
        A run's folder or a weights file.
    """
    folder = Path(str(resources.files("melonb"))) / "weights" / "clsm"
    path = place or folder / f"{known(model)}.safetensors"
    checkpoint = read_checkpoint(path)
    net = build(model, checkpoint.about["preset"], **checkpoint.about["recipe"]["size"])
    load_into(net, checkpoint.tensors, path)
    return net.eval()


def bundled_judge() -> Judge:
    """Load the judge that comes with the package."""
    net = load_net("judge")
    assert isinstance(net, Judge)
    return net


def measure(
    model: str,
    net: nn.Module,
    source: Corpus,
    *,
    limit: int | None = None,
    seed: int = 0,
    split: str = "test",
    judge: Judge | None = None,
) -> list[Result]:
    """Take the figures of section 4 for a model on held-out songs.

    Parameters
    ----------
    model, net
        One of `MODELS`, and the network.
    source
        The corpus.
    limit
        The most phrases to measure on, 1000 if left out as in the paper.
    seed, split
        Decide the draws, and the songs; ``test`` is the paper's test split.
    judge
        The bundled one, if left out.
    """
    held = hold(source, split, limit, seed)
    rows = merits(net.eval(), held, judge, seed)
    facts = {"songs": len(np.unique(held.songs)), "split": split, "seed": seed}
    return [
        _result(known(model), figure, rows[figure], facts) for figure in _FIGURES if figure in rows
    ]


def merits(
    net: nn.Module, held: Held, judge: Judge | None = None, seed: int = 0
) -> dict[str, list[Mapping[str, Any]]]:
    """Take every figure that a network has, as rows by the figure's name."""
    if isinstance(net, Judge):
        nats = surprise(net, held.symbols.numpy()).mean(1)
        found = by_song(nats, held.songs)
        row = {"value": found.value, "low": found.low, "high": found.high, "n": len(held)}
        return {_DATA: [row]}
    judge = judge or bundled_judge()
    rows: dict[str, list[Mapping[str, Any]]] = {}
    if isinstance(net, CLSM | VAE):
        rows["left-contextual reconstruction accuracy"] = accuracy(net, held)
        samples = paths(net, held, seed=seed)
        every = smoothness(samples, held)
        for divisions in DIVISIONS:
            rows[f"R({divisions})"] = [row for row in every if row["divisions"] == divisions]
    else:
        samples = draws(net, held, seed=seed)
    rows[_NLL] = likelihood(judge, samples, held)
    if isinstance(net, ARNN):
        greedy = draws(net, held, count=1, seed=seed, temperature=0.0)
        rows["NLL of likeliest symbols"] = likelihood(judge, greedy, held)
    rows["use of right context"] = context_use(net, held, seed)
    return rows


_NLL = "NLL of samples"
_DATA = "NLL of held-out music"
_FIGURES = (
    "left-contextual reconstruction accuracy",
    *(f"R({divisions})" for divisions in DIVISIONS),
    _NLL,
    "NLL of likeliest symbols",
    "use of right context",
    _DATA,
)


def _result(
    model: str, figure: str, rows: Iterable[Mapping[str, Any]], facts: Mapping[str, Any]
) -> Result:
    table = tuple(rows)
    first = table[0]
    low, high = first["low"], first["high"]
    return Result(
        name=f"{model}-{_slug(figure)}",
        model=f"clsm/{model}",
        figure=figure,
        value=first["value"],
        interval=None if low is None else (low, high),
        rows=table,
        **facts,
    )


def _slug(figure: str) -> str:
    return figure.lower().replace("(", "").replace(")", "").replace(" ", "-")
