"""The paper's experiments: from trained models and a corpus to result files.

* `measure`: what one model does on held-out songs, as `melonb measure` prints it;
* `reconstruction`: its reconstruction error, with an interval over songs;
* `accuracy`: of the prior, teacher-forced;
* `generated` and `metric_rows`: the eight metrics of generated loops, plain and with codes
  copied (the two metric tables);
* `usage`: how often each code stands at each latent step (Figs 4 and 5);
* `novelty`: how far generated loops are from the nearest training loop;
* `extraction_report`: loops in a file and their mean Hamming distance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from melonb.errors import CorpusError
from melonb.loopvq.data import LoopBank, encode_all
from melonb.loopvq.forms import PAPER, copy_codes
from melonb.loopvq.model import CELLS, VQVAE
from melonb.loopvq.objective import error
from melonb.loopvq.prior import LoopComposer
from melonb.measures.accuracy import by_song
from melonb.measures.loops import hamming, loop_metrics
from melonb.training.record import Result

if TYPE_CHECKING:
    from melonb.corpora.corpus import Corpus
    from melonb.corpora.windows import Windows

__all__ = [
    "PAPER_ERRORS",
    "PAPER_METRICS",
    "TEMPERATURES",
    "accuracy",
    "extraction_report",
    "generated",
    "measure",
    "metric_rows",
    "novelty",
    "reconstruction",
    "usage",
]

PAPER_ERRORS = {"lstm-ar": 3.68e-3, "lstm": 3.37e-3, "cnn": 3.81e-3, "vq": 5.11e-3}
PAPER_ACCURACY = 0.8291
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
_PITCHES = 84  # columns of the bass
_GENERATED = 2048  # loops, unless a limit is given


def _device(net: nn.Module) -> torch.device:
    return next(net.parameters()).device


def _bank(windows: Windows, net: nn.Module) -> LoopBank:
    return LoopBank(windows).to(_device(net))


@torch.no_grad()
def reconstruction(model: str, net: Any, windows: Windows, *, seed: int = 0) -> Result:
    """Share of wrong cells after encoding (to the posterior's mean) and decoding."""
    bank, errors = _bank(windows, net), []
    net.eval()
    for index in bank.chunks():
        roll = bank.rolls(index)
        code = net.encode(roll)
        logits = net.decode(code if isinstance(net, VQVAE) else code.mean)
        errors.append(error(logits, roll).cpu())
    interval = by_song(torch.cat(errors).numpy(), windows.songs, seed=seed)
    return Result(
        f"{model}-reconstruction",
        f"loopvq/{model}",
        "reconstruction error, share of cells",
        interval.value,
        (interval.low, interval.high),
        songs=interval.n,
        paper=PAPER_ERRORS.get(model),
    )


def accuracy(net: LoopComposer, windows: Windows, *, seed: int = 0) -> Result:
    """Share of codes that the prior guesses when it knows all codes before."""
    codes = encode_all(net.eval().vq, _bank(windows, net))
    right = torch.cat([net.prior.accuracy(part) for part in codes.split(_CHUNK)])
    interval = by_song(right.cpu().numpy(), windows.songs, seed=seed)
    return Result(
        "prior-accuracy",
        "loopvq/prior",
        "accuracy of the next code, teacher-forced",
        interval.value,
        (interval.low, interval.high),
        songs=interval.n,
        paper=PAPER_ACCURACY,
    )


@torch.no_grad()
def generated(net: Any, n: int, *, seed: int = 0, temperature: float = 1.0) -> Tensor:
    """Draw from a model: codes ``(n, l)`` of a prior, else latent points ``(n, Z)``."""
    generator = torch.Generator(_device(net)).manual_seed(seed)
    net.eval()
    if isinstance(net, LoopComposer):
        parts = [
            net.prior.sample(len(part), net.vq.steps, temperature, generator=generator)
            for part in torch.arange(n).split(_CHUNK)
        ]
        return torch.cat(parts)
    return temperature * torch.randn(n, net.size, generator=generator, device=_device(net))


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


def usage(vq: VQVAE, windows: Windows, examples: int = 8) -> list[dict[str, Any]]:
    """Count codes at each latent step.

    Returns
    -------
    list of dict
        A row a step: ``perplexity``, the codes most and least often there (two each, of those
        that are there at all), and the codes of a few loops.
    """
    codes = encode_all(vq, _bank(windows, vq)).cpu().numpy()
    rows = []
    for step in range(vq.steps):
        counts = np.bincount(codes[:, step], minlength=len(vq.quantiser.counts))
        share = counts[counts > 0] / counts.sum()
        order = np.argsort(-counts, kind="stable")[: len(share)]
        rows.append(
            {
                "step": step,
                "perplexity": float(np.exp(-(share * np.log(share)).sum())),
                "most": order[:2].tolist(),
                "least": order[::-1][:2].tolist(),
                "share_of_most": float(share.max()),
                "codes": codes[:examples, step].tolist(),
            }
        )
    return rows


def novelty(rolls: NDArray[np.bool_], training: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Hamming distance of each loop to the nearest training loop, share of cells, ``(N,)``."""
    made = rolls.reshape(len(rolls), CELLS).astype(np.float32)
    known = training.reshape(len(training), CELLS)
    nearest = np.full(len(made), np.inf)
    for first in range(0, len(known), 4096):
        part = known[first : first + 4096].astype(np.float32)
        # |a xor b| = |a| + |b| - 2 a.b
        apart = made.sum(1)[:, None] + part.sum(1)[None] - 2 * made @ part.T
        nearest = np.minimum(nearest, apart.min(1))
    return nearest / CELLS


def extraction_report(
    source: Corpus, files: int, *, stride: int = 1, split: str = "all"
) -> dict[str, Any]:
    """Count the loops of a corpus.

    Parameters
    ----------
    files
        How many files the corpus was made of, with those that were refused.
    """
    windows = source.windows("loop", 8, split=split, stride=stride, unique=False)
    bank, every = LoopBank(windows), max(1, len(windows))
    sums = np.zeros(3)
    for index in bank.chunks():
        loops = bank.rolls(index).numpy() > 0
        starts = loops.copy()
        starts[:, 1:, :_PITCHES] &= ~loops[:, :-1, :_PITCHES]  # a held pitch is one note
        columns = loops.reshape(len(loops), 8, 16, -1).any(2).sum((1, 2)) / 8
        sums += [hamming(loops).sum(), columns.sum(), starts.sum() / 8]
    distance, columns_in_bar, notes_in_bar = (sums / every).tolist()
    return {
        "stride": stride,
        "files": files,
        "loops": len(windows),
        "loops_per_file": len(windows) / files,
        "songs_with_loops": len(np.unique(windows.songs)),
        "unique": len(np.unique(windows.hashes)) / every,
        "hamming": distance,
        "columns_in_bar": columns_in_bar,
        "notes_in_bar": notes_in_bar,
    }


def measure(
    model: str,
    net: nn.Module,
    source: Corpus,
    *,
    limit: int | None = None,
    seed: int = 0,
    split: str = "test",
) -> list[Result]:
    """Measure one model; see `melonb.loopvq.measure`."""
    windows = source.windows("loop", 8, split=split, unique=False, limit=limit, seed=seed)
    if len(windows) == 0:
        raise CorpusError(
            f"{source.name} has no loops in its {split} split",
            remedy="name a corpus of songs with bass and drums",
        )
    results = []
    if isinstance(net, LoopComposer):
        results.append(accuracy(net, windows, seed=seed))
    else:
        results.append(reconstruction(model, net, windows, seed=seed))
    if isinstance(net, VQVAE):
        used = len(np.unique(encode_all(net, _bank(windows, net)).cpu().numpy()))
        results.append(Result("vq-codes-in-use", "loopvq/vq", "codes in use", float(used)))
    else:
        rows = tuple(metric_rows(model, net, limit or _GENERATED, seed=seed))
        results.append(
            Result(f"{model}-metrics", f"loopvq/{model}", "eight metrics of drawn loops", rows=rows)
        )
    known = {
        "data": source.name,
        "data_hash": windows.hash,
        "split": split,
        "seed": seed,
        "songs": len(np.unique(windows.songs)),
    }
    return [result.stamp(**known) for result in results]
