"""The paper's figures on held-out songs.

* Table 1: how much of a phrase comes back, and of its rhythm (`reconstruction`).
* Figure 3: the same while the model trains (`training_curve`).
* Figure 4: what moves when the notes are transposed and nothing else (`transposition`).
* What Figure 8 asks a listener, as a number (`melonb.ec2vae.variations.variation`).

A 2-bar or 4-bar model takes an 8-bar phrase piece by piece, with noise of its own on each piece,
which is how the paper lets the 2-bar model compete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from melonb.corpora.corpus import Corpus
from melonb.ec2vae.decoder import rhythm_of
from melonb.ec2vae.held_out import Phrases, by_song_result, chunks, phrases
from melonb.ec2vae.hierarchy import HierarchicalEC2VAE
from melonb.ec2vae.model import EC2VAE, Factors
from melonb.ec2vae.pieces import PieceByPiece
from melonb.ec2vae.variations import variation
from melonb.measures.accuracy import step_accuracy
from melonb.measures.disentangle import absolute_change, transposition_curve
from melonb.measures.intervals import ratio_by_song
from melonb.signs import HOLD
from melonb.training import Result

__all__ = ["PAPER", "measure", "reconstruction", "training_curve", "transposition"]

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


def measure(
    model: str,
    net: Net,
    source: Corpus,
    *,
    limit: int | None = None,
    seed: int = 0,
    split: str = "test",
) -> list[Result]:
    """Measure the paper's figures of a model on songs that it has not seen.

    Parameters
    ----------
    model, net
        One of `melonb.ec2vae.MODELS`, and the network.
    source
        The corpus.
    limit
        The most windows (1024 by default).
    seed, split
        Decide the draws, and the songs.
    """
    device = next(net.parameters()).device
    own = phrases(source, net.bars, split=split, limit=limit, seed=seed, device=device)
    whole, player = own, cast("Net | PieceByPiece", net)
    if isinstance(net, EC2VAE) and net.bars < 8:
        whole = phrases(source, 8, split=split, limit=limit, seed=seed, device=device)
        player = PieceByPiece(net)
    short = [*reconstruction(model, net, own, seed), transposition(model, net, own, seed)]
    known = {"data": source.name, "split": split, "seed": seed}
    return [
        result.stamp(**known, data_hash=used.hash, songs=len(np.unique(used.songs)))
        for results, used in ((short, own), (variation(model, player, whole, seed), whole))
        for result in results
    ]


@torch.no_grad()
def reconstruction(model: str, net: Net, held_out: Phrases, seed: int = 0) -> list[Result]:
    """Table 1, with the decoder playing on its own, and with the truth told at every step."""
    rows: dict[str, list[Tensor]] = {"played": [], "told": [], "told-rhythm": []}
    for melody, chords in chunks(held_out.melody, held_out.chords):
        mean = net.encode(melody, chords).mean
        rows["played"].append(net.decode(mean, chords))
        told = net.reconstruct(mean, melody, chords)
        rows["told"].append(told.melody.argmax(-1))
        rows["told-rhythm"].append(told.rhythm.argmax(-1))
    written = {name: torch.cat(parts).cpu().numpy() for name, parts in rows.items()}
    truth = held_out.melody.cpu().numpy()
    rhythm = rhythm_of(held_out.melody).cpu().numpy()
    played_rhythm = rhythm_of(torch.from_numpy(written["played"])).numpy()
    notes = np.where(truth < HOLD, written["played"] == truth, 0).sum(1)
    onsets = np.maximum((truth < HOLD).sum(1), 1)
    paper = PAPER.get(model, (None, None))
    table = {
        "accuracy": (step_accuracy(written["played"], truth), paper[0]),
        "accuracy-rhythm": (step_accuracy(played_rhythm, rhythm), paper[1]),
        "accuracy-told": (step_accuracy(written["told"], truth), None),
        "accuracy-rhythm-told": (step_accuracy(written["told-rhythm"], rhythm), None),
        "accuracy-onsets": (notes / onsets, None),
    }
    return [
        by_song_result(f"{model}-{figure}", figure, values, held_out, seed, reported)
        for figure, (values, reported) in table.items()
    ]


def training_curve(model: str, history: Sequence[Mapping[str, Any]]) -> Result:
    """Figure 3: held-out accuracy at each validation of a run, from its history."""
    rows = tuple(
        {
            "step": row["step"],
            "accuracy": row["valid/accuracy"],
            "rhythm": row["valid/rhythm"],
        }
        for row in history
        if "valid/accuracy" in row
    )
    name = f"{model}-curve"
    return Result(name, f"ec2vae/{model}", "training curve", rows=rows, split="valid")


@torch.no_grad()
def transposition(model: str, net: Net, held_out: Phrases, seed: int = 0) -> Result:
    """Figure 4: move all notes by 1 to 12 semitones, and see how far each factor moves.

    Rhythm and chords stay. Phrases whose notes would leave the MIDI range are left out, so that
    every transposition is of the same phrases. The figure is the ratio of the two changes.
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
    songs = held_out.songs[fits.cpu().numpy()]
    ratio = ratio_by_song(np.sum(pitch, 0), np.sum(rhythm, 0), songs, seed=seed)
    return Result(
        f"{model}-transposition",
        f"ec2vae/{model}",
        "transposition",
        curve.ratio,
        (ratio.low, ratio.high),
        rows=tuple(rows),
    )


def _means(net: Net, melody: Tensor, chords: Tensor) -> Factors:
    points = [net.encode(*chunk).mean for chunk in chunks(melody, chords)]
    return Factors(
        torch.cat([point.pitch for point in points]), torch.cat([point.rhythm for point in points])
    )
