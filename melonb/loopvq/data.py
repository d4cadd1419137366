"""From corpora to training tasks: loops, the codes of loops, and how each model is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from melonb import corpora
from melonb.corpora.windows import Windows
from melonb.errors import RecipeError
from melonb.loopvq.model import CNNVAE, VQVAE
from melonb.loopvq.objective import Objective, error, vae_loss, vq_loss
from melonb.loopvq.presets import PRESETS, known
from melonb.loopvq.prior import CodePrior, LoopComposer
from melonb.loopvq.recurrent import ARLSTMVAE, LSTMVAE
from melonb.loopvq.rolls import rolls, transposed
from melonb.training.bank import TokenBank
from melonb.training.checkpoint import load_into, read_checkpoint
from melonb.training.recipe import Recipe
from melonb.training.task import Losses

__all__ = [
    "AutoencoderTask",
    "LoopBank",
    "PriorTask",
    "build",
    "encode_all",
    "errors",
    "loop_windows",
    "task",
]

_NETS: dict[str, Any] = {"vq": VQVAE, "cnn": CNNVAE, "lstm": LSTMVAE, "lstm-ar": ARLSTMVAE}
_CHUNK = 256  # loops at a time outside of training
_HELD_OUT = 1024  # loops that a validation looks at


def build(model: str, preset: str = "book", **size: Any) -> nn.Module:
    """Build a model with fresh parameters.

    Parameters
    ----------
    model
        One of `MODELS`.
    preset
        ``tiny``, ``book`` or ``paper``.
    **size
        Changes to the preset's sizes.
    """
    sizes = known(PRESETS, model, preset) | size
    if model == "prior":
        vq = sizes.pop("vq")
        return LoopComposer(VQVAE(**vq), CodePrior(codes=vq["codes"], **sizes))
    try:
        return _NETS[model](**sizes)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"loopvq/{model} cannot be built: {error}") from error


def loop_windows(
    names: Sequence[str], split: str, *, stride: int = 1, limit: int | None = None, seed: int = 0
) -> Windows:
    """Find the loops of corpora by the paper's rules.

    Loops that occur twice stay twice, as in the paper: its training set is unique to one half.
    """
    mixed = corpora.mix(names)
    return mixed.windows(
        "loop", 8, split=split, stride=stride, unique=False, limit=limit, seed=seed
    )


class LoopBank:
    """Loops on the training device, as token windows; rolls are made when asked for."""

    def __init__(self, windows: Windows) -> None:
        self.bank = TokenBank(windows.streams, windows.starts, windows.steps)

    def __len__(self) -> int:
        return len(self.bank)

    def to(self, device: torch.device | str) -> LoopBank:
        """Move the tokens to the device."""
        self.bank.to(device)
        return self

    def rolls(self, index: Tensor) -> Tensor:
        """Give the rolls of the loops numbered ``index`` ``(B,)``: ``(B, 128, 93)`` float."""
        tokens = self.bank.gather(index)
        return rolls(tokens["bass"], tokens["drums"])

    @property
    def device(self) -> torch.device:
        """Where the tokens are."""
        return self.bank.starts["bass"].device

    def chunks(self) -> list[Tensor]:
        """Give the numbers of all loops, a few hundred at a time."""
        return list(torch.arange(len(self), device=self.device).split(_CHUNK))


@torch.no_grad()
def encode_all(vq: VQVAE, bank: LoopBank) -> Tensor:
    """Read the codes of every loop, ``(N, l)`` int64."""
    vq.eval()
    return torch.cat([vq.encode(bank.rolls(index)) for index in bank.chunks()])


@torch.no_grad()
def errors(net: Any, bank: LoopBank) -> Tensor:
    """Encode every loop (to the posterior's mean), decode it, and count wrong cells, ``(N,)``."""
    found = [torch.zeros(0, device=bank.device)]
    for index in bank.chunks():
        roll = bank.rolls(index)
        code = net.encode(roll)
        found.append(error(net.decode(code if isinstance(net, VQVAE) else code.mean), roll))
    return torch.cat(found)


class _Loops:
    """What both tasks hold: the loops to train on and those to validate on."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.objective = Objective(**recipe.objective)
        stride = self.objective.stride
        training = loop_windows(recipe.data, "train", stride=stride)
        held_out = loop_windows(recipe.data, "valid", stride=stride, limit=_HELD_OUT)
        self.size = len(training)
        self.data_hash = training.hash
        self.training, self.held_out = LoopBank(training), LoopBank(held_out)

    def to(self, device: torch.device) -> None:
        """Move both to the device."""
        self.training.to(device)
        self.held_out.to(device)

    def rolls(self, index: Tensor, generator: torch.Generator) -> Tensor:
        """Give training loops, transposed as the objective asks."""
        return transposed(self.training.rolls(index), self.objective.transpose, generator)


class AutoencoderTask(_Loops):
    """Training of the four autoencoders."""

    @property
    def settles(self) -> int:
        """When beta of eq. (1) has risen: before that a loop comes back cheaply, for many bits."""
        return 0 if self.recipe.model == "loopvq/vq" else self.objective.anneal

    def model(self) -> nn.Module:
        """Build a fresh model of the recipe's name and sizes."""
        name = self.recipe.model.removeprefix("loopvq/")
        return build(name, self.recipe.preset, **self.recipe.size)

    def batch(self, index: Tensor, generator: torch.Generator) -> Tensor:
        """Give the rolls of a batch, ``(B, 128, 93)``."""
        return self.rolls(index, generator)

    def loss(self, model: Any, batch: Tensor, step: int, generator: torch.Generator) -> Losses:
        """Eq. (2) for the VQ-VAE, eq. (1) for the others, in nats a loop."""
        if isinstance(model, VQVAE):
            out = model(batch, generator)
            logits = out.logits
            terms = vq_loss(logits, batch, out.quantised, self.objective.commitment)
        else:
            posterior = model.encode(batch)
            z = posterior.rsample(generator)
            if isinstance(model, ARLSTMVAE):
                logits = model.decode(z, batch, self.objective.teach(step), generator)
            elif isinstance(model, LSTMVAE):
                logits = model.decode(z, batch.shape[1])
            else:
                logits = model.decode(z)
            terms = vae_loss(logits, batch, posterior, self.objective.kl_weight(step))
        total = terms.pop("total")
        return Losses(total, {**terms, "error": error(logits, batch).mean()})

    def validate(self, model: Any) -> dict[str, float]:
        """Reconstruction error on held-out songs, from the mean of the posterior."""
        wrong = errors(model, self.held_out)
        mean = wrong.mean().item() if len(wrong) else math.nan
        return {"score": -mean, "error": mean}


class PriorTask(_Loops):
    """Training of the prior on the codes of a VQ-VAE that stays as it is."""

    def __init__(self, recipe: Recipe, vq: Path) -> None:
        super().__init__(recipe)
        self.vq = vq

    def model(self) -> nn.Module:
        """Build prior and VQ-VAE, the latter with its trained weights, and read all codes."""
        model = build("prior", self.recipe.preset, **self.recipe.size)
        assert isinstance(model, LoopComposer)
        load_into(model.vq, read_checkpoint(self.vq).tensors, self.vq)
        model.to(self.training.device)  # all codes are read once, where the loops are
        self.codes = encode_all(model.vq, self.training)
        self.held_out_codes = encode_all(model.vq, self.held_out)
        self.reader = model.vq
        model.prior.count_first(self.codes)
        return model

    def parameters(self, model: Any) -> list[nn.Parameter]:
        """Give the prior's parameters alone."""
        return list(model.prior.parameters())

    def batch(self, index: Tensor, generator: torch.Generator) -> Tensor:
        """Give the codes of a batch, ``(B, l)``."""
        if self.objective.transpose == 0:
            return self.codes[index]
        with torch.no_grad():
            return self.reader.encode(self.rolls(index, generator))

    def loss(self, model: Any, batch: Tensor, step: int, generator: torch.Generator) -> Losses:
        """Cross-entropy of the next code, in nats a code."""
        total = model.prior.loss(batch)
        return Losses(total, {"cross-entropy": total})

    def validate(self, model: Any) -> dict[str, float]:
        """Teacher-forced accuracy on held-out songs."""
        accuracy = model.prior.accuracy(self.held_out_codes).mean().item()
        return {"score": accuracy, "accuracy": accuracy}


def task(recipe: Recipe, *, needs: Mapping[str, Path] | None = None) -> AutoencoderTask | PriorTask:
    """Load the corpora of a recipe and set its training up.

    Parameters
    ----------
    recipe
        From `recipe`.
    needs
        For the prior: where the run or weights of ``loopvq/vq`` are.
    """
    if recipe.model.removeprefix("loopvq/") != "prior":
        return AutoencoderTask(recipe)
    return PriorTask(recipe, recipe.earlier("loopvq/vq", needs or {}))
