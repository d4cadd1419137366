"""From a corpus to phrases in 32 symbols, transposed on the device, and to a task for `fit`.

Section 3.1: 8-bar windows of tracks with one voice inside pitch 55 to 84, one bar apart, with no
rest longer than a bar; songs split 11:1:6:1:1. The judge is trained on the 6 and its 1, all
others on the 11 and its 1. Instead of storing every transposition, each phrase is moved anew
whenever it is seen, to any key in which it stays in range.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from melonb import signs
from melonb.clsm import objective as objectives
from melonb.clsm.arnn import ARNN
from melonb.clsm.judge import Judge
from melonb.clsm.model import CLSM
from melonb.clsm.objective import Objective, Terms
from melonb.clsm.presets import known, size_of
from melonb.clsm.spans import BARS, HOLD, LOWEST, PITCHES, REST, STEPS, Span, draw_span
from melonb.clsm.vae import VAE
from melonb.training.bank import TokenBank
from melonb.training.recipe import Recipe
from melonb.training.task import Losses

if TYPE_CHECKING:
    from melonb.corpora.corpus import Corpus
    from melonb.corpora.windows import Windows

__all__ = ["PhraseTask", "build", "held_out", "phrases", "task", "to_symbols", "transposed"]

_NETS: dict[str, type[nn.Module]] = {
    "clsm": CLSM,
    "vae": VAE,
    "arnn": ARNN,
    "arnn-t": ARNN,
    "judge": Judge,
}
_SPLITS = {"judge": ("clsm-train-2", "clsm-valid-2")}
_VALIDATED = 128  # phrases
_VALIDATION_SPANS = (Span.of_bars(3, 4), Span.of_bars(6, 8), Span.of_bars(1, 4), Span.of_bars(4, 8))


def build(model: str, preset: str = "book", **size: Any) -> nn.Module:
    """Build one of the five networks with fresh parameters.

    Parameters
    ----------
    model
        One of `MODELS`.
    preset
        ``tiny``, ``book`` or ``paper``.
    **size
        Fields of `melonb.clsm.presets.Size` to change.

    Examples
    --------
    >>> type(build("clsm", "tiny")).__name__
    'CLSM'
    """
    return _NETS[known(model)](size_of(preset, **size))


def to_symbols(tokens: Tensor) -> Tensor:
    """Write melody tokens (B, 128) inside pitch 55 to 84 as the 32 symbols."""
    symbols = tokens - LOWEST
    held = symbols.masked_fill(tokens == signs.HOLD, HOLD)
    return held.masked_fill(tokens == signs.REST, REST)


def transposed(symbols: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Move each phrase (B, 128) to a key drawn from all in which it stays in range."""
    pitched = symbols < PITCHES
    lowest = symbols.masked_fill(~pitched, PITCHES).amin(1)
    highest = symbols.masked_fill(~pitched, -1).amax(1)
    room = (PITCHES - (highest - lowest)).clamp_min(1)  # how many keys there are to choose from
    chance = torch.rand(symbols.shape[0], generator=generator, device=symbols.device)
    shift = (chance * room).long().clamp_max(room - 1) - lowest
    return torch.where(pitched, symbols + shift[:, None], symbols)


def phrases(corpus: Corpus, split: str, limit: int | None = None, seed: int = 0) -> Windows:
    """Give the paper's windows of a corpus."""
    return corpus.windows("melody-mono", BARS, split=split, limit=limit, seed=seed)


def held_out(windows: Windows, count: int, seed: int = 0) -> Tensor:
    """Draw phrases (at most ``count``, 128) to measure on, as they are, not transposed."""
    chosen = np.random.default_rng(seed).permutation(len(windows))[:count]
    return to_symbols(torch.from_numpy(windows.take(np.sort(chosen))["melody"].astype(np.int64)))


class PhraseTask:
    """Eight-bar phrases, and the loss of one of the five models on them.

    Parameters
    ----------
    recipe
        Says which model, and its objective.
    train, valid
        Windows of the paper's splits.
    begin
        Parameters to begin from instead of fresh ones, for a grid of weights that starts from one
        trained model.
    """

    def __init__(
        self,
        recipe: Recipe,
        train: Windows,
        valid: Windows,
        begin: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.name = known(recipe.model)
        self.recipe = recipe
        self.objective = Objective(**recipe.objective)
        self.begin = begin
        self.size = len(train)
        self.data_hash = train.hash
        self.bank = TokenBank(train.streams, train.starts, STEPS)
        self.valid = held_out(valid, _VALIDATED)

    def model(self) -> nn.Module:
        """Build the network of the recipe."""
        net = build(self.name, self.recipe.preset, **self.recipe.size)
        if self.begin is not None:
            net.load_state_dict(dict(self.begin))
        return net

    def to(self, device: torch.device) -> None:
        """Move music and held-out phrases to the device."""
        self.bank.to(device)
        self.valid = self.valid.to(device)

    def batch(self, index: Tensor, generator: torch.Generator) -> Tensor:
        """Give phrases (B, 128), each in a key drawn for it."""
        return transposed(to_symbols(self.bank.gather(index)["melody"]), generator)

    def loss(
        self, model: nn.Module, batch: Tensor, step: int, generator: torch.Generator
    ) -> Losses:
        """Give the loss at a step. One span serves the whole batch, as in section 3.4.1."""
        # Drawn on the CPU from the step alone: no wait for the device, and every process the same.
        span = draw_span(np.random.default_rng((self.recipe.seed, step)))
        terms = self.terms(model, batch, span, step, generator)
        return Losses(
            terms.total,
            {
                "reconstruction": terms.reconstruction,
                "kl": terms.kl,
                "accuracy": terms.accuracy,
            },
        )

    def terms(
        self,
        model: nn.Module,
        symbols: Tensor,
        span: Span,
        step: int | None = None,
        generator: torch.Generator | None = None,
    ) -> Terms:
        """Give the terms of this model's objective for phrases (B, 128) and a span."""
        if isinstance(model, CLSM):
            return objectives.clsm_terms(model, symbols, span, self.objective, step, generator)
        if isinstance(model, VAE):
            return objectives.vae_terms(model, symbols, self.objective, step, generator)
        if isinstance(model, Judge):
            return objectives.judge_terms(model, symbols)
        assert isinstance(model, ARNN)
        if self.name == "arnn" and generator is not None:
            free = objectives.free_positions(symbols, generator)
        else:
            free = torch.zeros(STEPS, dtype=torch.bool, device=symbols.device)
            free[span.slice] = True
        return objectives.arnn_terms(model, symbols, free)

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Measure on held-out phrases, over four spans; the score is minus the full loss."""
        every = [self.terms(model, self.valid, span) for span in _VALIDATION_SPANS]
        names = ("total", "reconstruction", "kl", "accuracy")
        means = {
            name: torch.stack([getattr(terms, name) for terms in every]).mean().item()
            for name in names
        }
        return {"score": -means.pop("total"), **means}


def task(
    recipe: Recipe,
    *,
    needs: Mapping[str, Path] | None = None,
    begin: Mapping[str, Tensor] | None = None,
) -> PhraseTask:
    """Load the corpora that a recipe names, in the paper's splits.

    Parameters
    ----------
    needs
        Weights of models that must be trained first; no model here needs another.
    begin
        As `PhraseTask` takes it.
    """
    from melonb import corpora

    train, valid = _SPLITS.get(known(recipe.model), ("clsm-train-1", "clsm-valid-1"))
    corpus = corpora.mix(recipe.data)
    return PhraseTask(recipe, phrases(corpus, train), phrases(corpus, valid), begin)
