"""The paper's figures on held-out songs.

* Table 1: how much of a phrase comes back, and of its rhythm (`reconstruction`).
* Figure 4: what moves when the notes are transposed and nothing else (`transposition`).
* What Figure 8 asks a listener, as a number: does a phrase with a varied rhythm still agree with
  itself from bar to bar (`variation`)?
* The groups of pieces that Figure 8's listeners hear (`listening_groups`).

A 2-bar or 4-bar model takes an 8-bar phrase piece by piece, with noise of its own on each piece,
which is how the paper lets the 2-bar model compete.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from melonb.corpora.corpus import Corpus
from melonb.corpora.windows import Windows
from melonb.ec2vae.data import chroma_of
from melonb.ec2vae.decoder import HOLD, rhythm_of
from melonb.ec2vae.hierarchy import HierarchicalEC2VAE
from melonb.ec2vae.instruments import EC2Instrument
from melonb.ec2vae.model import EC2VAE, Factors
from melonb.ec2vae.presets import KINDS
from melonb.errors import CorpusError
from melonb.measures.accuracy import by_song, step_accuracy
from melonb.measures.disentangle import (
    absolute_change,
    coherence,
    form_kept,
    transposition_curve,
)
from melonb.music import LeadSheet
from melonb.training import Result

__all__ = [
    "PAPER",
    "Phrases",
    "listening_groups",
    "measure",
    "phrases",
    "reconstruction",
    "transposition",
    "variation",
]

Net = EC2VAE | HierarchicalEC2VAE

#: Table 1 of the paper: reconstruction and rhythm accuracy.
PAPER: dict[str, tuple[float, float]] = {
    "8bar-plain": (0.772, 0.847),
    "8bar-long": (0.992, 0.995),
    "8bar-hierarchical": (0.995, 0.995),
    "8bar-no-contrast": (0.584, 0.599),
    "8bar-not-frozen": (0.991, 0.989),
}
SEMITONES = tuple(range(1, 13))
VARIANCES = (0.8, 1.3)  # of the noise on z_r in the paper's Figure 7
_MOST = 1024  # windows, unless a limit is given
_CHUNK = 256


@dataclass(frozen=True)
class Phrases:
    """Held-out windows on a device.

    Attributes
    ----------
    melody
        Tokens, (N, T).
    chords
        Chroma, (N, T, 12).
    songs
        The song of each, (N,).
    hash
        Of the windows.
    """

    melody: Tensor
    chords: Tensor
    songs: NDArray[np.int32]
    hash: str

    def cut(self, steps: int) -> tuple[Tensor, Tensor]:
        """Cut every phrase into pieces of ``steps`` steps, laid one after another."""
        return self.melody.reshape(-1, steps), self.chords.reshape(-1, steps, 12)


def phrases(
    source: Corpus,
    bars: int,
    *,
    split: str = "test",
    limit: int | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> Phrases:
    """Draw held-out lead sheets; melodies over no chord where a corpus has no chords."""
    limit = limit or _MOST
    part = {"train": "ec2-train", "test": "ec2-test"}.get(split, split)
    windows = source.windows("leadsheet", bars, split=part, limit=limit, seed=seed)
    if not len(windows):
        windows = source.windows("melody", bars, split=part, limit=limit, seed=seed)
    if not len(windows):
        raise CorpusError(
            f"{source.name} has no {bars} bars of melody in its {split} split",
            remedy="name another corpus, or a longer piece",
        )
    return _phrases(windows, device)


def _phrases(windows: Windows, device: torch.device | str) -> Phrases:
    streams = windows.take(slice(None))
    melody = torch.from_numpy(streams["melody"].astype(np.int64)).to(device)
    masks = streams.get("chords", np.zeros_like(streams["melody"]))
    chords = chroma_of(torch.from_numpy(masks.astype(np.int64))).to(device)
    return Phrases(melody, chords, windows.songs, windows.hash)


def measure(
    model: str,
    net: Net,
    source: Corpus,
    *,
    limit: int | None = None,
    seed: int = 0,
    split: str = "test",
) -> list[Result]:
    """Measure all figures of one model.

    Parameters
    ----------
    model
        One of `melonb.ec2vae.MODELS`.
    net
        Its network.
    source
        Songs that it has not seen.
    limit
        The most windows (1024 by default).
    """
    device = next(net.parameters()).device
    own = phrases(source, net.bars, split=split, limit=limit, seed=seed, device=device)
    results = [*reconstruction(model, net, own, seed), transposition(model, net, own)]
    whole = own
    if net.bars < 8:
        whole = phrases(source, 8, split=split, limit=limit, seed=seed, device=device)
    results += variation(model, net, whole, seed)
    known = {
        "model": f"ec2vae/{model}",
        "data": source.name,
        "data_hash": own.hash,
        "split": split,
        "seed": seed,
        "songs": len(np.unique(own.songs)),
    }
    return [result.stamp(**known) for result in results]


@torch.no_grad()
def reconstruction(model: str, net: Net, held_out: Phrases, seed: int = 0) -> list[Result]:
    """Table 1, with the decoder playing on its own, and with the truth told at every step."""
    rows: dict[str, list[Tensor]] = {"played": [], "told": [], "told-rhythm": []}
    for melody, chords in _chunks(held_out.melody, held_out.chords):
        mean = net.encode(melody, chords).mean
        rows["played"].append(net.decode(mean, chords))
        told = net.reconstruct(mean, melody, chords)
        rows["told"].append(told.melody.argmax(-1))
        rows["told-rhythm"].append(told.rhythm.argmax(-1))
    written = {name: torch.cat(parts).cpu().numpy() for name, parts in rows.items()}
    melody = held_out.melody.cpu().numpy()
    rhythm = rhythm_of(held_out.melody).cpu().numpy()
    played_rhythm = rhythm_of(torch.from_numpy(written["played"])).numpy()
    notes = np.where(melody < HOLD, written["played"] == melody, 0).sum(1)
    onsets = np.maximum((melody < HOLD).sum(1), 1)
    paper = PAPER.get(model, (None, None))
    table = {
        "accuracy": (step_accuracy(written["played"], melody), paper[0]),
        "accuracy-rhythm": (step_accuracy(played_rhythm, rhythm), paper[1]),
        "accuracy-told": (step_accuracy(written["told"], melody), None),
        "accuracy-rhythm-told": (step_accuracy(written["told-rhythm"], rhythm), None),
        "accuracy-onsets": (notes / onsets, None),
    }
    return [
        _by_song(f"{model}-{figure}", figure, values, held_out, seed, reported)
        for figure, (values, reported) in table.items()
    ]


@torch.no_grad()
def transposition(model: str, net: Net, held_out: Phrases) -> Result:
    """Figure 4: move all notes by 1 to 12 semitones, and see how far each factor moves.

    Rhythm and chords stay. Phrases whose notes would leave the MIDI range are left out, so that
    every transposition is of the same phrases.
    """
    highest = held_out.melody.masked_fill(held_out.melody >= HOLD, 0).amax(1)
    fits = highest + SEMITONES[-1] < HOLD
    melody, chords = held_out.melody[fits], held_out.chords[fits]
    before = _means(net, melody, chords)
    pitch, rhythm = [], []
    for semitones in SEMITONES:
        moved = torch.where(melody < HOLD, melody + semitones, melody)
        after = _means(net, moved, chords)
        pitch.append(absolute_change(before.pitch.cpu(), after.pitch.cpu()))
        rhythm.append(absolute_change(before.rhythm.cpu(), after.rhythm.cpu()))
    curve = transposition_curve(SEMITONES, pitch, rhythm)
    rows = [
        {"semitones": int(s), "pitch": float(p), "rhythm": float(r)}
        for s, p, r in zip(curve.semitones, curve.pitch, curve.rhythm, strict=True)
    ]
    return Result(
        f"{model}-transposition", f"ec2vae/{model}", "transposition", curve.ratio, rows=tuple(rows)
    )


@torch.no_grad()
def variation(model: str, net: Net, held_out: Phrases, seed: int = 0) -> list[Result]:
    """Vary the rhythm of 8-bar phrases; measure how far it went, and what form is left of it."""
    theme = rhythm_of(held_out.melody).cpu().numpy()
    results = [
        _by_song(f"{model}-coherence-theme", "coherence-theme", coherence(theme), held_out, seed)
    ]
    for variance in VARIANCES:
        melody, chords = held_out.cut(net.steps)
        generator = torch.Generator(melody.device).manual_seed(seed)
        played = []
        for piece, under in _chunks(melody, chords):
            mean = net.encode(piece, under).mean
            noise = torch.randn(mean.rhythm.shape, generator=generator, device=piece.device)
            varied = Factors(mean.pitch, mean.rhythm + noise * variance**0.5)
            played.append(net.decode(varied, under))
        rhythm = rhythm_of(torch.cat(played)).view(theme.shape).cpu().numpy()
        for figure, values in {
            "coherence": coherence(rhythm),
            "form": form_kept(theme, rhythm),
            "rhythm-kept": step_accuracy(rhythm, theme),
        }.items():
            name = f"{figure}-{variance}"
            results.append(_by_song(f"{model}-{name}", name, values, held_out, seed))
    return results


def listening_groups(
    whole: EC2Instrument, short: EC2Instrument, themes: list[LeadSheet], seed: int = 0
) -> list[dict[str, LeadSheet]]:
    """Make the groups of Figure 8: each theme as written, and varied by either model.

    Parameters
    ----------
    whole, short
        The hierarchical 8-bar model and the 2-bar model.
    themes
        8-bar phrases.
    """
    groups = []
    for number, theme in enumerate(themes):
        sheet = whole.sheet(theme)
        pairs = [sheet.slice_bars(bar, bar + short.bars) for bar in range(0, 8, short.bars)]
        varied = [
            short.vary(pair, VARIANCES[0], 1, seed * 1000 + number * 10 + place)[0]
            for place, pair in enumerate(pairs)
        ]
        tokens = np.concatenate([pair.melody.tokens for pair in varied])
        groups.append(
            {
                "human": sheet,
                "hierarchical": whole.vary(sheet, VARIANCES[0], 1, seed * 1000 + number)[0],
                "2bar": LeadSheet(type(sheet.melody)(tokens), sheet.chords),
            }
        )
    return groups


def _means(net: Net, melody: Tensor, chords: Tensor) -> Factors:
    points = [net.encode(*chunk).mean for chunk in _chunks(melody, chords)]
    return Factors(
        torch.cat([point.pitch for point in points]), torch.cat([point.rhythm for point in points])
    )


def _chunks(melody: Tensor, chords: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    return iter(zip(melody.split(_CHUNK), chords.split(_CHUNK), strict=True))


def _by_song(
    name: str,
    figure: str,
    values: NDArray[np.float64],
    held_out: Phrases,
    seed: int,
    paper: float | None = None,
) -> Result:
    interval = by_song(values, held_out.songs, seed=seed)
    model = next(model for model in KINDS if name.startswith(f"{model}-"))
    return Result(
        name,
        f"ec2vae/{model}",
        figure,
        interval.value,
        (interval.low, interval.high),
        paper=paper,
    )
