"""Theme variations of whole phrases, and whether they still agree with themselves.

The paper asks listeners (Fig. 8) whether an 8-bar model, which draws the rhythm of a phrase as one,
keeps it more coherent than a 2-bar model, which draws four times. `variation` gives the question a
number; `listening_groups` makes the pieces that listeners hear.
"""

from __future__ import annotations

import numpy as np
import torch

from melonb.ec2vae.decoder import rhythm_of
from melonb.ec2vae.held_out import Phrases, by_song_result, chunks
from melonb.ec2vae.hierarchy import HierarchicalEC2VAE
from melonb.ec2vae.instruments import EC2Instrument
from melonb.ec2vae.model import EC2VAE, Factors
from melonb.measures.accuracy import step_accuracy
from melonb.measures.disentangle import coherence, form_kept
from melonb.music import LeadSheet
from melonb.training import Result

__all__ = ["VARIANCES", "listening_groups", "variation"]

VARIANCES = (0.8, 1.3)  # of the noise on z_r in the paper's Figure 7


@torch.no_grad()
def variation(
    model: str, net: EC2VAE | HierarchicalEC2VAE, held_out: Phrases, seed: int = 0
) -> list[Result]:
    """Vary the rhythm of 8-bar phrases; measure how far it went, and what form is left of it."""
    theme = rhythm_of(held_out.melody).cpu().numpy()
    results = [
        by_song_result(
            f"{model}-coherence-theme", "coherence-theme", coherence(theme), held_out, seed
        )
    ]
    for variance in VARIANCES:
        melody, chords = held_out.cut(net.steps)
        generator = torch.Generator(melody.device).manual_seed(seed)
        played = []
        for piece, under in chunks(melody, chords):
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
            results.append(by_song_result(f"{model}-{name}", name, values, held_out, seed))
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
