"""From a corpus to batches: what `melonb.training.fit` needs to train MusicVAE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from melonb.errors import CheckpointError, CorpusError
from melonb.musicvae.alphabet import alphabet
from melonb.musicvae.attributes import directions
from melonb.musicvae.model import MusicVAE, Sizes
from melonb.musicvae.objective import Objective, loss
from melonb.musicvae.presets import configuration
from melonb.musicvae.streams import Stream
from melonb.nn.sampling import choose
from melonb.training.bank import TokenBank
from melonb.training.checkpoint import read_checkpoint
from melonb.training.recipe import Recipe
from melonb.training.task import Losses

if TYPE_CHECKING:
    from melonb.corpora.windows import Windows

__all__ = [
    "MusicVAETask",
    "bank_of",
    "kind_of",
    "pieces",
    "posterior_means",
    "task",
    "teacher_forced",
]

_CHUNK = 256  # pieces that go through the network together when it is measured


def build(model: str, preset: str = "book", **size: Any) -> MusicVAE:
    """Build a model with fresh weights.

    Parameters
    ----------
    model
        One of `melonb.musicvae.MODELS`.
    preset
        ``tiny``, ``book``, ``paper``, or one of magenta's configurations
        (`melonb.musicvae.presets.CONFIGURATIONS`).
    **size
        Fields of `Sizes` to change.
    """
    return MusicVAE(configuration(model, preset, **size).sizes)


def kind_of(sizes: Sizes) -> str:
    """Name the kind of window that a model takes: ``melody``, ``drums`` or ``trio``."""
    return sizes.streams[0].name if len(sizes.streams) == 1 else "trio"


def pieces(tokens: Mapping[str, NDArray[np.integer]], streams: tuple[Stream, ...]) -> Tensor:
    """Write windows in a model's symbols: one ``(N, T)`` a stream becomes ``(N, T, S)``."""
    columns = []
    for stream in streams:
        letters = alphabet(stream)
        taken = tokens[stream.name]
        columns.append(taken if letters is None else letters.write(taken))
    return torch.from_numpy(np.stack(columns, axis=-1).astype(np.int64))


def bank_of(windows: Windows, streams: tuple[Stream, ...]) -> TokenBank:
    """Put the music of windows on the training device, in a model's symbols.

    Translating the whole corpus once, not each window, leaves one trace: the end of a note that
    began before the window.  `MusicVAETask.batch` wipes it off.
    """
    written = {}
    for stream in streams:
        letters = alphabet(stream)
        flat = windows.streams[stream.name]
        written[f"{stream.name} symbols"] = flat if letters is None else letters.write(flat)
    starts = {f"{stream.name} symbols": windows.starts[stream.name] for stream in streams}
    return TokenBank(written, starts, windows.steps)


@dataclass
class MusicVAETask:
    """MusicVAE for `melonb.training.fit`.

    Parameters
    ----------
    sizes, objective
        The network and what it is trained to do.
    train, valid
        Windows to train on, and of other songs to validate on.
    start
        What training starts from, by the names of the network's parts; the others begin fresh.
    """

    sizes: Sizes
    objective: Objective
    train: Windows
    valid: Windows
    start: Mapping[str, Tensor] = field(default_factory=dict)
    size: int = field(init=False)
    data_hash: str = field(init=False)

    def __post_init__(self) -> None:
        if len(self.train) == 0 or len(self.valid) == 0:
            kind = f"{self.sizes.bars}-bar {kind_of(self.sizes)} windows"
            raise CorpusError(
                f"{self.train.corpus} has no {kind} to train or validate on",
                remedy="name another corpus, or prepare more songs: one in twenty validates",
            )
        self.size, self.data_hash = len(self.train), self.train.hash
        self.bank = bank_of(self.train, self.sizes.streams)
        self.held_out = pieces(self.valid.take(slice(None)), self.sizes.streams)

    def to(self, device: torch.device | str) -> MusicVAETask:
        """Move the data to the device."""
        self.bank.to(device)
        self.held_out = self.held_out.to(device)
        return self

    def model(self) -> MusicVAE:
        """Build the network, freshly initialised but for what a shorter model hands on."""
        net = MusicVAE(self.sizes)
        net.load_state_dict({**net.state_dict(), **self.start})
        return net

    def batch(self, index: Tensor, generator: torch.Generator) -> Tensor:
        """Gather windows ``(B,)`` and move each up or down as a whole, ``(B, T, S)``."""
        streams = self.sizes.streams
        rows = self.bank.gather(index)
        columns = [rows[f"{stream.name} symbols"] for stream in streams]
        most = self.objective.transpose
        amount = torch.randint(
            -most, most + 1, (len(index), 1), generator=generator, device=index.device
        )
        notes = {}
        for i, stream in enumerate(streams):
            letters = alphabet(stream)
            if letters is None:
                continue
            note = (columns[i] >= letters.low) & (columns[i] <= letters.high)
            before_first = note.cumsum(1) == 0
            columns[i] = columns[i].masked_fill(before_first, letters.nothing)
            moved = columns[i] + amount
            inside = (moved >= letters.low) & (moved <= letters.high) | ~note
            amount = amount * inside.all(1, keepdim=True)  # all voices move, or none does
            notes[i] = note
        for i, note in notes.items():
            columns[i] = columns[i] + amount * note
        return torch.stack(columns, dim=-1)

    def loss(
        self, model: nn.Module, batch: Tensor, step: int, generator: torch.Generator
    ) -> Losses:
        """Equation (4) at an update."""
        assert isinstance(model, MusicVAE)
        posterior = model.encode(batch)
        z = posterior.rsample(generator)
        objective = self.objective
        scores = model.logits(z, batch, objective.sampling(step), generator)
        free_bits = objective.free_bits * batch.shape[1] / self.sizes.steps
        terms = loss(scores, batch, posterior, free_bits, objective.beta(step))
        return Losses(
            terms.total,
            {
                "reconstruction": terms.reconstruction,
                "kl_bits": terms.bits,
                "accuracy": terms.accuracy,
            },
        )

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Measure accuracy on held-out songs; ``score`` is what the model draws by itself."""
        assert isinstance(model, MusicVAE)
        truth = self.held_out
        z, bits = posterior_means(model, truth)
        forced = teacher_forced(model, z, truth).mean()
        drawn = torch.cat([model.generate(part) for part in z.split(_CHUNK)])
        sampled = (drawn == truth).float().mean()
        return {
            "score": float(sampled),
            "accuracy": float(forced),
            "sampled_accuracy": float(sampled),
            "kl_bits": float(bits.mean()),
        }

    def weights(self, model: nn.Module) -> dict[str, Any]:
        """Give the weights with the attribute vectors of section 5.5 found on training music."""
        assert isinstance(model, MusicVAE)
        few = self.train.subset(np.linspace(0, self.size - 1, min(self.size, 2048)).astype(int))
        taken, first = few.take(slice(None)), self.sizes.streams[0]
        device = model.attribute_vectors.device
        means, _ = posterior_means(model, pieces(taken, self.sizes.streams).to(device))
        found = directions(means.cpu(), taken[first.name], first.name)
        model.attribute_vectors.copy_(found)
        return model.state_dict()


@torch.no_grad()
def posterior_means(model: MusicVAE, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Encode many pieces: means ``(N, Z)`` and the KL of each in bits ``(N,)``."""
    posteriors = [model.encode(part) for part in tokens.split(_CHUNK)]
    bits = torch.cat([posterior.kl() for posterior in posteriors]) / np.log(2)
    return torch.cat([posterior.mean for posterior in posteriors]), bits


@torch.no_grad()
def teacher_forced(
    model: MusicVAE,
    z: Tensor,
    tokens: Tensor,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Say of each token whether the model hits it when told the true ones before, ``(N, T, S)``.

    At temperature 0 it names the likeliest token; at 1 it draws, as the paper's Table 1 does.
    """
    right = []
    for point, part in zip(z.split(_CHUNK), tokens.split(_CHUNK), strict=True):
        said = [choose(s, temperature, generator=generator) for s in model.logits(point, part)]
        right.append(torch.stack(said, dim=-1) == part)
    return torch.cat(right).float()


def task(recipe: Recipe, *, needs: Mapping[str, Path] | None = None) -> MusicVAETask:
    """Load the corpora that a recipe names and make them ready to train on.

    Parameters
    ----------
    recipe
        As `recipe` gives it.
    needs
        Weights of the models that the recipe names in ``needs``: the 2-bar model from which a
        16-bar one starts at book size.

    Raises
    ------
    RecipeError
        Weights that the recipe needs are not given.
    CheckpointError
        No part of them fits.
    """
    from melonb import corpora

    sizes = configuration(recipe.model.split("/")[-1], recipe.preset, **recipe.size).sizes
    music = corpora.mix(recipe.data)
    kind = kind_of(sizes)
    return MusicVAETask(
        sizes,
        Objective(**recipe.objective),
        music.windows(kind, sizes.bars, split="train"),
        music.windows(kind, sizes.bars, split="valid", limit=256),
        _start(recipe, sizes, needs or {}),
    )


def _start(recipe: Recipe, sizes: Sizes, needs: Mapping[str, Path]) -> Mapping[str, Tensor]:
    """Read what of the weights that a recipe needs fits a network of these sizes."""
    fits: dict[str, Tensor] = {}
    for name in recipe.needs:
        path = recipe.earlier(name, needs)
        with torch.device("meta"):  # shapes alone
            own = {part: w.shape for part, w in MusicVAE(sizes).named_parameters()}
        weights = read_checkpoint(path).tensors
        found = {part: w for part, w in weights.items() if own.get(part) == w.shape}
        if not found:
            raise CheckpointError(
                f"no part of {name} fits {recipe.model}",
                file=path,
                remedy=f"give weights of {name}, of the same preset",
            )
        fits |= found
    return fits
