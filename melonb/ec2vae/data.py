"""From corpora to batches, and what each model of the curriculum does with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from melonb.corpora.windows import Windows
from melonb.ec2vae.contrast import Contrast
from melonb.ec2vae.decoder import CHROMA, rhythm_of
from melonb.ec2vae.hierarchy import HierarchicalEC2VAE, HierarchicalPass
from melonb.ec2vae.model import EC2VAE, STEPS_PER_BAR, Factors, Pass, Posterior
from melonb.ec2vae.objective import Objective, kl_per_dimension, reconstruction_loss
from melonb.ec2vae.presets import kind_of, size_of
from melonb.training import InverseSigmoid, Losses, Recipe, TokenBank
from melonb.training.bank import without_orphans
from melonb.training.checkpoint import load_into, read_checkpoint

__all__ = ["Batch", "EC2Task", "Trainable", "build", "chroma_of", "part_starts", "windows_of"]

VALIDATION_WINDOWS = 256


class Batch(NamedTuple):
    """Melodies (B, T) as tokens, over chords (B, T, 12) as zeros and ones.

    A named tuple, which mixed precision can rebuild where it cannot rebuild a frozen dataclass.
    """

    melody: Tensor
    chords: Tensor


def build(model: str, preset: str = "book", **size: Any) -> EC2VAE | HierarchicalEC2VAE:
    """Build one of the seven models with fresh parameters."""
    kind, sizes = kind_of(model), size_of(preset, **size)
    if kind.hierarchical:
        return HierarchicalEC2VAE(
            sizes.hidden,
            sizes.latent,
            sizes.embedding,
            sizes.split_hidden,
            sizes.rhythm_to_pitch,
            sizes.pair_hidden,
        )
    return EC2VAE(
        kind.bars,
        sizes.hidden,
        sizes.latent,
        sizes.embedding,
        sizes.rhythm_to_pitch,
        sizes.pair_hidden,
    )


def chroma_of(masks: Tensor) -> Tensor:
    """Unpack chords, (B, T) bit masks, to chroma (B, T, 12)."""
    bits = torch.arange(CHROMA, device=masks.device)
    return ((masks.long()[..., None] >> bits) & 1).float()


def part_starts(bars: int) -> tuple[int, ...]:
    """Give the bars at which the parts of half its length begin: 1-4, 3-6, 5-8 of eight."""
    return (0, bars // 4, bars // 2)


def windows_of(recipe: Recipe, split: str, limit: int | None = None) -> Windows:
    """Draw the windows of a recipe's corpora."""
    from melonb import corpora

    corpus = corpora.mix(recipe.data)
    return corpus.windows(
        "leadsheet", kind_of(recipe.model).bars, split=split, limit=limit, seed=recipe.seed
    )


def _segments(batch: Batch, bars: int, starts: tuple[int, ...]) -> Batch:
    """Cut windows out of every phrase and lay them in the batch, phrase after phrase."""
    steps = bars * STEPS_PER_BAR
    cuts = [slice(first * STEPS_PER_BAR, first * STEPS_PER_BAR + steps) for first in starts]
    melody = torch.stack([batch.melody[:, cut] for cut in cuts], dim=1).flatten(0, 1)
    chords = torch.stack([batch.chords[:, cut] for cut in cuts], dim=1).flatten(0, 1)
    return Batch(without_orphans(melody), chords)


def _begin(net: EC2VAE, earlier: EC2VAE) -> None:
    """Start a model from a shorter one: all but the head of a reader that the other lacks.

    Where it keeps the head of a long training, the means of ``z_r`` are made faint once more: pitch
    has crept into them.
    """
    taken = earlier.state_dict()
    reads_alike = net.encoder.by_pair == earlier.encoder.by_pair
    if not reads_alike:
        taken = {name: value for name, value in taken.items() if "encoder.head" not in name}
    net.load_state_dict(taken, strict=False)
    if reads_alike and net.encoder.by_pair:
        net.encoder.fade_rhythm()


class Trainable(nn.Module):
    """A model and the matrices of its contrastive terms."""

    def __init__(self, net: EC2VAE | HierarchicalEC2VAE, contrasts: Mapping[str, Contrast]) -> None:
        super().__init__()
        self.net = net
        self.contrasts = nn.ModuleDict(contrasts)


class EC2Task:
    """One model of the curriculum, its data and its frozen teachers.

    Parameters
    ----------
    recipe
        Names the model and its objective.
    train, held_out
        Lead-sheet windows of the model's length.
    needs
        Short name of an earlier model -> its weights.
    """

    def __init__(
        self, recipe: Recipe, train: Windows, held_out: Windows, needs: Mapping[str, Path]
    ) -> None:
        self.kind = kind_of(recipe.model)
        self.recipe = recipe
        self.objective = Objective(**{**self.kind.objective, **recipe.objective})
        self.size = len(train)
        self.data_hash = train.hash
        self.bank = TokenBank(train.streams, train.starts, train.steps)
        self.held_out = TokenBank(held_out.streams, held_out.starts, held_out.steps)
        self.earlier = {name: self._earlier(name, needs) for name in self._wanted()}
        self.device = torch.device("cpu")

    def _wanted(self) -> tuple[str, ...]:
        start = () if self.objective.start is None else (self.objective.start,)
        return tuple(dict.fromkeys((*self.kind.needs, *start)))

    def _earlier(self, name: str, needs: Mapping[str, Path]) -> EC2VAE:
        """Load a model that was trained before, frozen."""
        path = needs.get(name) or self.recipe.earlier(f"ec2vae/{name}", needs)
        net = build(name, self.recipe.preset, **self.recipe.size)
        load_into(net, read_checkpoint(path).tensors, Path(path))
        net.requires_grad_(False).eval()
        return cast(EC2VAE, net)

    def model(self) -> Trainable:
        """Build the model, with what the curriculum hands on to it."""
        net = build(self.recipe.model, self.recipe.preset, **self.recipe.size)
        if isinstance(net, HierarchicalEC2VAE):
            phrase = self.earlier["8bar-long" if self.objective.contrast else "8bar-plain"]
            net.encoder.load_state_dict(phrase.encoder.state_dict())
            net.decoder.load_state_dict(self.earlier["2bar"].decoder.state_dict())
        elif self.objective.start is not None:
            _begin(net, self.earlier[self.objective.start])
        objective, batch = self.objective, self.recipe.batch_size
        contrasts: dict[str, Contrast] = {}
        if objective.contrast:
            contrasts["part"] = Contrast(net.latent, 3, batch, objective, "part")
            if self.kind.hierarchical:
                contrasts["4bar"] = Contrast(net.latent, 2, batch, objective, "segment")
                contrasts["2bar"] = Contrast(net.latent, 4, batch, objective, "segment")
        return Trainable(net, contrasts)

    def weights(self, model: nn.Module) -> dict[str, Tensor]:
        """Keep the model, not the matrices that only training needs."""
        return dict(cast(Trainable, model).net.state_dict())

    def to(self, device: torch.device) -> None:
        """Move data and teachers."""
        self.device = device
        self.bank.to(device)
        self.held_out.to(device)
        for net in self.earlier.values():
            net.to(device)

    def batch(self, index: Tensor, generator: torch.Generator) -> Batch:
        """Gather windows; the paper augments nothing."""
        streams = self.bank.gather(index)
        return Batch(streams["melody"], chroma_of(streams["chords"]))

    def loss(self, model: nn.Module, batch: Batch, step: int, generator: torch.Generator) -> Losses:
        """Give eq. (1), eq. (3) or eq. (5), whichever the model and the step call for."""
        trainable, objective = cast(Trainable, model), self.objective
        net, frozen = trainable.net, step < objective.frozen
        forced = self._coins(batch.melody, step, generator)
        if isinstance(net, HierarchicalEC2VAE):
            done: Pass | HierarchicalPass = net(
                batch.melody, batch.chords, forced=forced, frozen=frozen, generator=generator
            )
        else:
            done = net(batch.melody, batch.chords, forced=forced, generator=generator)

        melody, rhythm = reconstruction_loss(done.reconstruction, batch.melody)
        posterior: Posterior = done.posterior
        kl_p = kl_per_dimension(posterior.pitch.kl(), net.latent)
        kl_r = kl_per_dimension(posterior.rhythm.kl(), net.latent)
        terms = {"melody": melody, "rhythm": rhythm, "kl_pitch": kl_p, "kl_rhythm": kl_r}
        total = melody + rhythm
        if not frozen:
            pitch = objective.beta if objective.beta_pitch is None else objective.beta_pitch
            total = total + pitch * kl_p + objective.beta * kl_r
        # A recipe may open with the first bars of phrases, which have no parts to compare yet.
        if objective.contrast and batch.melody.shape[1] == net.steps:
            terms["contrast"] = self._contrast(trainable, batch, done, frozen, generator)
            total = total + objective.contrast_weight * terms["contrast"]
        return Losses(total, terms)

    def _coins(self, melody: Tensor, step: int, generator: torch.Generator) -> Tensor | None:
        """Draw where the decoder is told the true token, or ``None`` for everywhere."""
        if self.objective.sampling is None:
            return None
        own = InverseSigmoid(self.objective.sampling)(step)
        if own < 0.01:  # drawing what it would say costs more than one token in a hundred teaches
            return None
        return torch.rand(melody.shape, generator=generator, device=melody.device) >= own

    def _contrast(
        self,
        trainable: Trainable,
        batch: Batch,
        done: Pass | HierarchicalPass,
        frozen: bool,
        generator: torch.Generator,
    ) -> Tensor:
        """Add up eq. (2) over the parts of the phrase and eq. (4) over each level's segments."""
        total = batch.melody.new_zeros((), dtype=torch.float32)
        if not frozen:
            bars = self.kind.bars // 2
            parts = self._points(batch, bars, part_starts(self.kind.bars))
            phrase = Factors(
                done.factors.pitch[:, None].expand_as(parts.pitch),
                done.factors.rhythm[:, None].expand_as(parts.rhythm),
            )
            total = total + trainable.contrasts["part"](phrase, parts, generator)
        if isinstance(done, HierarchicalPass):
            for name, starts, points in (
                ("4bar", (0, 4), done.levels.intermediate),
                ("2bar", (0, 2, 4, 6), done.levels.bar),
            ):
                twins = self._points(batch, int(name[0]), starts)
                total = total + trainable.contrasts[name](points, twins, generator)
        return total

    @torch.no_grad()
    def _points(self, batch: Batch, bars: int, starts: tuple[int, ...]) -> Factors:
        """Ask the frozen model of that length where windows lie, (B, W, Z)."""
        cut = _segments(batch, bars, starts)
        mean = self.earlier[f"{bars}bar"].encode(cut.melody, cut.chords).mean
        shape = (len(batch.melody), len(starts), -1)
        return Factors(mean.pitch.view(shape), mean.rhythm.view(shape))

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Measure accuracy on held-out windows, as the decoder plays them on its own."""
        net = cast(Trainable, model).net
        index = torch.arange(len(self.held_out), device=self.device)
        streams = self.held_out.gather(index)
        melody, chords = streams["melody"], chroma_of(streams["chords"])
        mean = net.encode(melody, chords).mean
        played = net.decode(mean, chords)
        told = net.reconstruct(mean, melody, chords).melody.argmax(-1)
        accuracy = (played == melody).float().mean().item()
        return {
            "score": accuracy,
            "accuracy": accuracy,
            "rhythm": (rhythm_of(played) == rhythm_of(melody)).float().mean().item(),
            "accuracy_forced": (told == melody).float().mean().item(),
        }


def task(recipe: Recipe, *, needs: Mapping[str, Path] | None = None) -> EC2Task:
    """Load the corpora that a recipe names, and the models that it needs.

    The paper holds out 10 % of the songs, and so do we; of the others, one in eighteen is kept to
    choose the checkpoint by, so that the test songs decide nothing.
    """
    return EC2Task(
        recipe,
        windows_of(recipe, "train"),
        windows_of(recipe, "valid", limit=VALIDATION_WINDOWS),
        needs or {},
    )
