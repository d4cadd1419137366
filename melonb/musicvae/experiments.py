"""The paper's experiments: from a network and a corpus to result files.

* Table 1: accuracy with teacher forcing (the likeliest symbol counts) and sampled at temperature 1,
  both from the posterior's mean, each with its interval over songs;
* the same bar by bar, which shows how a flat decoder forgets;
* Figure 3: Hamming distance and relative cost along interpolations, against blended data;
* Figures 4, 6 and 7: what attribute vectors do, and whether the new notes stay in key.

All accuracies and Hamming distances count the model's own symbols.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from melonb.errors import CorpusError
from melonb.measures.accuracy import by_song
from melonb.measures.intervals import Interval, ratio_by_song
from melonb.measures.ngram import NGram
from melonb.measures.tonality import new_in_key, note_density
from melonb.musicvae.alphabet import alphabet
from melonb.musicvae.attributes import names, values
from melonb.musicvae.data import kind_of, pieces, posterior_means, teacher_forced
from melonb.musicvae.model import STEPS_PER_BAR, MusicVAE
from melonb.nn.gaussian import slerp
from melonb.training.record import Result

if TYPE_CHECKING:
    from melonb.corpora.corpus import Corpus
    from melonb.corpora.windows import Windows

__all__ = ["AMOUNTS", "PAPER", "attribute_study", "interpolation", "measure", "reconstruction"]

#: Table 1 of the paper: (model, stream) -> accuracy with teacher forcing, and sampled.
PAPER: dict[tuple[str, str], tuple[float, float]] = {
    ("drums-2bar", "drums"): (0.979, 0.917),
    ("mel-2bar", "melody"): (0.986, 0.951),
    ("mel-16bar-flat", "melody"): (0.883, 0.620),
    ("mel-16bar", "melody"): (0.919, 0.812),
    ("drums-16bar-flat", "drums"): (0.884, 0.549),
    ("drums-16bar", "drums"): (0.928, 0.879),
    ("trio-16bar-flat", "melody"): (0.796, 0.579),
    ("trio-16bar", "melody"): (0.848, 0.753),
    ("trio-16bar-flat", "bass"): (0.829, 0.565),
    ("trio-16bar", "bass"): (0.880, 0.773),
    ("trio-16bar-flat", "drums"): (0.903, 0.641),
    ("trio-16bar", "drums"): (0.912, 0.863),
}
AMOUNTS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)

_CHUNK = 512
_MOST = 2048  # windows, unless a limit is given
_PAIRS = 1024  # of the paper's Figure 3
_LANGUAGE = 20_000  # windows that the 5-gram model is fitted to
_TURNED = 128  # pieces whose attributes are turned
_FEW_NOTES = 4.0  # notes a bar: the paper's "less than 64 notes" in 16 bars


def measure(
    model: str,
    net: MusicVAE,
    source: Corpus,
    *,
    limit: int | None = None,
    seed: int = 0,
    split: str = "test",
) -> list[Result]:
    """Measure the paper's figures of a model on songs that it was not trained on.

    Parameters
    ----------
    model, net
        One of `melonb.musicvae.MODELS`, and the network.
    source
        The corpus.
    limit
        The most windows to measure on (2048 by default).
    seed, split
        Decide the draws, and the songs.
    """
    sizes = net.sizes
    kind = kind_of(sizes)
    windows = source.windows(kind, sizes.bars, split=split, limit=limit or _MOST, seed=seed)
    if len(windows) == 0:
        raise CorpusError(
            f"{source.name} has no {sizes.bars}-bar {kind} in its {split} split",
            remedy="name another corpus",
        )
    results = reconstruction(model, net, windows, seed=seed)
    if kind == "melody" and len(windows) > 1:
        language = _language(source, windows, net)
        results += interpolation(model, net, windows, language, seed=seed)
    results += attribute_study(model, net, windows, seed=seed)
    known = {
        "data": source.name,
        "data_hash": windows.hash,
        "split": split,
        "seed": seed,
        "songs": len(np.unique(windows.songs)),
    }
    return [result.stamp(**known) for result in results]


def reconstruction(model: str, net: MusicVAE, windows: Windows, *, seed: int = 0) -> list[Result]:
    """Table 1: how many steps come back, with the truth to lean on and without."""
    truth = _tokens(net, windows)
    z, bits = posterior_means(net, truth)
    forced = teacher_forced(net, z, truth)
    sampled = (_drawn(net, z, 1.0, seed) == truth).float()
    results = []
    for i, stream in enumerate(net.sizes.streams):
        paper = PAPER.get((model, stream.name), (None, None))
        for word, right, reported in zip(
            ("teacher-forced", "sampled"), (forced, sampled), paper, strict=True
        ):
            interval = by_song(right[..., i].mean(1).cpu().numpy(), windows.songs, seed=seed)
            results.append(
                _result(model, f"accuracy-{stream.name}-{word}", interval, paper=reported)
            )
    by_bar = sampled.mean(-1).unflatten(1, (-1, STEPS_PER_BAR)).mean((0, 2))
    forced_by_bar = forced.mean(-1).unflatten(1, (-1, STEPS_PER_BAR)).mean((0, 2))
    rows = [
        {"bar": bar + 1, "sampled": a, "teacher-forced": b}
        for bar, (a, b) in enumerate(zip(by_bar.tolist(), forced_by_bar.tolist(), strict=True))
    ]
    spent = by_song(bits.cpu().numpy(), windows.songs, seed=seed)
    return [
        *results,
        _result(model, "bits", spent),
        _result(model, "accuracy-by-bar", rows=rows),
    ]


def interpolation(
    model: str,
    net: MusicVAE,
    windows: Windows,
    language: NGram,
    *,
    steps: int = 11,
    seed: int = 0,
) -> list[Result]:
    """Figure 3: how far each point of a path is from its start, and how odd it sounds.

    The cost of a point is divided by that of its ends, blended in proportion: 1 is as likely as
    real melodies.  The naive path takes each symbol from one end or the other by chance.

    Parameters
    ----------
    language
        The 5-gram model that judges.
    steps
        Points on each path.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(windows))[: 2 * _PAIRS]
    half = len(order) // 2
    truth = _tokens(net, windows)
    first, second = truth[order[:half]], truth[order[half : 2 * half]]
    start, _ = posterior_means(net, first)
    end, _ = posterior_means(net, second)
    cost_a, cost_b = (language.cost(_column(part)) for part in (first, second))
    rows = []
    alphas = np.linspace(0, 1, steps)
    points = slerp(start, end, torch.from_numpy(alphas).to(start))
    paths = _drawn(net, points.flatten(0, 1), 0.5, seed).unflatten(0, (steps, -1))
    for i, alpha in enumerate(alphas):
        coin = torch.from_numpy(random.random(first.shape) < alpha).to(first.device)
        blended = torch.where(coin, second, first)
        row = {"alpha": float(alpha), "pairs": half}
        for name, path in (("latent", paths[i]), ("data", blended)):
            expected = alpha * cost_b + (1 - alpha) * cost_a
            row[f"{name} distance"] = float((path != first).float().mean())
            row[f"{name} cost"] = float((language.cost(_column(path)) / expected).mean())
        rows.append(row)
    generator = torch.Generator(truth.device).manual_seed(seed)
    prior = torch.randn(start.shape, generator=generator, device=truth.device)
    odd = language.cost(_column(_drawn(net, prior, 0.5, seed))).mean() / cost_a.mean()
    return [
        _result(model, "interpolation", rows=rows),
        _result(model, "samples-cost", value=float(odd)),
    ]


def attribute_study(model: str, net: MusicVAE, windows: Windows, *, seed: int = 0) -> list[Result]:
    """Figures 4, 6 and 7: turn each attribute, and measure what the decoded music has of it.

    Note density is also turned up by 1 in the pieces with fewest notes, as in section 5.5: by how
    many percent it grows, and which share of the new notes is in the key of the original.
    """
    truth = _tokens(net, windows)
    # Windows stand in the order of their songs: the first of them would be a few songs' alone.
    order = np.random.default_rng(seed).permutation(len(windows))
    stream = net.sizes.streams[0].name
    some = truth[order[:_TURNED]]
    z, _ = posterior_means(net, some)
    before = _read(net, some)
    rows = []
    for name, direction in zip(names(net), net.attribute_vectors, strict=True):
        row: dict[str, Any] = {"attribute": name, "original": _mean(name, stream, before)}
        points = torch.cat([z + amount * direction for amount in AMOUNTS])
        turned = np.split(_read(net, _drawn(net, points, 0.5, seed)), len(AMOUNTS))
        row |= {f"{a:+.1f}": _mean(name, stream, t) for a, t in zip(AMOUNTS, turned, strict=True)}
        rows.append(row)
    results = [_result(model, "attributes", rows=rows)]
    if stream == "melody":
        sparse = order[note_density(_read(net, truth[order])) < _FEW_NOTES][:_PAIRS]
        if len(sparse):
            results += _more_notes(model, net, truth[sparse], windows.songs[sparse], seed)
    return results


def _more_notes(
    model: str, net: MusicVAE, few: Tensor, songs: np.ndarray, seed: int
) -> list[Result]:
    """Turn note density up by 1 in pieces with few notes."""
    density = net.attribute_vectors[names(net).index("density")]
    z, _ = posterior_means(net, few)
    before, after = _read(net, few), _read(net, _drawn(net, z + density, 0.5, seed))
    gained = note_density(after) - note_density(before)
    gain = ratio_by_song(100 * gained, note_density(before), songs, seed=seed)
    inside, new = new_in_key(before, after)
    share = ratio_by_song(inside, new, songs, seed=seed)
    count = [{"pieces": len(few)}]
    results = [_result(model, "density-gain-percent", gain, rows=count, paper=398.7)]
    if new.any():
        results.append(_result(model, "density-new-in-key", share, rows=count, paper=0.997))
    return results


def _result(
    model: str,
    figure: str,
    interval: Interval | None = None,
    *,
    value: float | None = None,
    rows: list[dict[str, Any]] | None = None,
    paper: float | None = None,
) -> Result:
    return Result(
        name=f"{model}-{figure}",
        model=f"musicvae/{model}",
        figure=figure,
        value=interval.value if interval else value,
        interval=(interval.low, interval.high) if interval else None,
        rows=tuple(rows or ()),
        paper=paper,
    )


def _tokens(net: MusicVAE, windows: Windows) -> Tensor:
    taken = pieces(windows.take(slice(None)), net.sizes.streams)
    return taken.to(net.attribute_vectors.device)


@torch.no_grad()
def _drawn(net: MusicVAE, z: Tensor, temperature: float, seed: int) -> Tensor:
    """Decode many points, ``(N, T, S)``."""
    generator = torch.Generator(z.device).manual_seed(seed)
    return torch.cat([net.generate(part, temperature, generator) for part in z.split(_CHUNK)])


def _column(tokens: Tensor) -> np.ndarray:
    return tokens[..., 0].cpu().numpy()


def _read(net: MusicVAE, tokens: Tensor) -> np.ndarray:
    """Read the first stream as melody (or drum) tokens, ``(N, T)``."""
    letters = alphabet(net.sizes.streams[0])
    column = _column(tokens)
    return column if letters is None else letters.read(column)


def _mean(name: str, stream: str, tokens: np.ndarray) -> float:
    return float(values(name, stream, tokens).mean())


def _language(source: Corpus, windows: Windows, net: MusicVAE) -> NGram:
    """Fit the judge to other songs than those that are judged, where there are enough of them."""
    stream = net.sizes.streams[0]
    fitting = source.windows("melody", net.sizes.bars, split="train", limit=_LANGUAGE)
    others = np.flatnonzero(~np.isin(fitting.songs, windows.songs))
    if len(others):
        fitting = fitting.subset(others)
    symbols = pieces(fitting.take(slice(None)), (stream,))
    return NGram(stream.size, 5).fit(_column(symbols))
