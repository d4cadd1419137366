"""Theme variations of whole phrases, and whether they still agree with themselves.

The paper asks listeners (Fig. 8) whether an 8-bar model, which draws the rhythm of a phrase as one,
keeps it more coherent than a 2-bar model, which draws four times. `variation` gives the question a
number; `listening_groups` makes the pieces that listeners hear.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from melonb.ec2vae.decoder import rhythm_of
from melonb.ec2vae.held_out import Phrases, by_song_result, chunks
from melonb.ec2vae.hierarchy import HierarchicalEC2VAE
from melonb.ec2vae.instruments import EC2Instrument, piece_by_piece
from melonb.ec2vae.model import EC2VAE, Factors
from melonb.ec2vae.pieces import PieceByPiece
from melonb.measures.accuracy import step_accuracy
from melonb.measures.disentangle import coherence, form_kept
from melonb.music import LeadSheet
from melonb.training import Result

__all__ = ["VARIANCES", "listening_groups", "variation"]

VARIANCES = (0.8, 1.3)  # of the noise on z_r in the paper's Figure 7


@torch.no_grad()
def variation(
    model: str,
    net: EC2VAE | HierarchicalEC2VAE | PieceByPiece,
    held_out: Phrases,
    seed: int = 0,
) -> list[Result]:
    """Vary the rhythm of 8-bar phrases; measure how far it went, and what form is left of it."""
    theme = rhythm_of(held_out.melody).cpu().numpy()
    results = [
        by_song_result(
            f"{model}-coherence-theme", "coherence-theme", coherence(theme), held_out, seed
        )
    ]
    for variance in VARIANCES:
        sigma = variance**0.5
        generator = torch.Generator(held_out.melody.device).manual_seed(seed)
        played = []
        for melody, chords in chunks(held_out.melody, held_out.chords):
            mean = net.encode(melody, chords).mean
            noise = torch.randn(mean.rhythm.shape, generator=generator, device=melody.device)
            played.append(net.decode(Factors(mean.pitch, mean.rhythm + noise * sigma), chords))
        rhythm = rhythm_of(torch.cat(played)).cpu().numpy()
        for figure, values in {
            "coherence": coherence(rhythm),
            "form": form_kept(theme, rhythm),
            "rhythm-kept": step_accuracy(rhythm, theme),
        }.items():
            name = f"{figure}-{variance}"
            results.append(by_song_result(f"{model}-{name}", name, values, held_out, seed))
    return results


def listening_groups(
    whole: EC2Instrument, short: EC2Instrument, themes: Sequence[LeadSheet], seed: int = 0
) -> list[dict[str, LeadSheet]]:
    """Make the groups of Figure 8: each theme as written, and varied by either model.

    Parameters
    ----------
    whole, short
        The hierarchical 8-bar model and the 2-bar model.
    themes
        8-bar phrases.
    """
    pairs = piece_by_piece(short, whole.bars)
    return [
        {
            "human": whole.sheet(theme),
            "hierarchical": whole.vary(theme, VARIANCES[0], 1, seed + number)[0],
            "2bar": pairs.vary(theme, VARIANCES[0], 1, seed + number)[0],
        }
        for number, theme in enumerate(themes)
    ]
