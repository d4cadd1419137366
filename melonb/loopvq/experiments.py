"""The paper's experiments: from trained models and a corpus to result files.

* `measure`: what one model does on held-out songs, as `melonb measure` prints it;
* `reconstruction`: its reconstruction error, with an interval over songs;
* `accuracy`: of the prior, teacher-forced;
* `usage`: how often each code stands at each latent step (Figs 4 and 5);
* `novelty`: how far generated loops are from the nearest training loop;
* `extraction_report`: loops in a file and their mean Hamming distance.

The eight metrics of generated loops are in `melonb.loopvq.metrics`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from melonb.errors import CorpusError
from melonb.loopvq.data import LoopBank, encode_all, errors
from melonb.loopvq.metrics import metric_rows
from melonb.loopvq.model import CELLS, VQVAE
from melonb.loopvq.prior import LoopComposer
from melonb.measures.accuracy import by_song
from melonb.measures.loops import hamming
from melonb.training.record import Result

if TYPE_CHECKING:
    from melonb.corpora.corpus import Corpus
    from melonb.corpora.windows import Windows

__all__ = [
    "PAPER_ERRORS",
    "accuracy",
    "extraction_report",
    "measure",
    "metric_rows",
    "novelty",
    "reconstruction",
    "usage",
]

PAPER_ERRORS = {"lstm-ar": 3.68e-3, "lstm": 3.37e-3, "cnn": 3.81e-3, "vq": 5.11e-3}
PAPER_ACCURACY = 0.8291

_CHUNK = 256
_PITCHES = 84  # columns of the bass
_GENERATED = 2048  # loops, unless a limit is given


def _bank(windows: Windows, net: nn.Module) -> LoopBank:
    return LoopBank(windows).to(next(net.parameters()).device)


def measure(
    model: str,
    net: nn.Module,
    source: Corpus,
    *,
    limit: int | None = None,
    seed: int = 0,
    split: str = "test",
) -> list[Result]:
    """Take the paper's figures of a model on held-out songs.

    Parameters
    ----------
    model, net
        One of `MODELS`, and the network.
    source
        The corpus.
    limit
        The most loops to measure on, and how many the model makes (2048 by default).
    seed, split
        Decide the draws, and the songs.
    """
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
        known_codes = _training_codes(net, source)
        rows = tuple(metric_rows(model, net, limit or _GENERATED, known_codes, seed=seed))
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


def _training_codes(net: nn.Module, source: Corpus) -> NDArray[np.int64] | None:
    """Read the codes of a corpus's training loops, for OS; None where there are none."""
    if not isinstance(net, LoopComposer) or source.whole:  # nobody trained on a whole corpus
        return None
    windows = source.windows("loop", 8, split="train", unique=False)
    return encode_all(net.vq, _bank(windows, net)).cpu().numpy() if len(windows) else None


def reconstruction(model: str, net: Any, windows: Windows, *, seed: int = 0) -> Result:
    """Share of wrong cells after encoding (to the posterior's mean) and decoding."""
    wrong = errors(net.eval(), _bank(windows, net)).cpu().numpy()
    interval = by_song(wrong, windows.songs, seed=seed)
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


def usage(vq: VQVAE, windows: Windows, examples: int = 8) -> list[dict[str, Any]]:
    """Count codes at each latent step.

    Returns
    -------
    list of dict
        A row a step: ``perplexity``, the codes most and least often there (two each, of those
        that are there at all), and the codes of a few loops, each of another song and another
        row of codes than the rest.
    """
    codes = encode_all(vq, _bank(windows, vq)).cpu().numpy()
    shown = codes[_different(codes, windows.songs, examples)]
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
                "codes": shown[:, step].tolist(),
            }
        )
    return rows


def _different(codes: NDArray[np.int64], songs: ArrayLike, count: int) -> NDArray[np.intp]:
    """Choose loops of different songs and of different codes, evenly over the corpus."""
    _, first = np.unique(songs, return_index=True)
    _, kept = np.unique(codes[first], axis=0, return_index=True)
    loops = np.sort(first[kept])
    return loops[np.linspace(0, len(loops) - 1, min(count, len(loops))).astype(int)]


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

    Returns
    -------
    dict
        Among others ``unique``, the share of different loops in the split, and ``in_training``,
        the share of test loops that stand in the training split too: songs are kept apart, and
        yet two may have a loop in common.
    """
    test, train = (
        source.windows("loop", 8, split=name, stride=stride, unique=False).hashes
        for name in ("test", "train")
    )
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
        "in_training": np.isin(test, train).sum().item() / max(1, len(test)),
        "hamming": distance,
        "columns_in_bar": columns_in_bar,
        "notes_in_bar": notes_in_bar,
    }
