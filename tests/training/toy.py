"""A model small enough to train in a test: it learns the next token of a running count."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from melonb.training import Exponential, Losses, Recipe, TokenBank


class Toy(nn.Module):
    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(16, 8)
        self.norm = nn.BatchNorm1d(8)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(8, 16)

    def logits(self, tokens: Tensor) -> Tensor:
        return self.output(self.dropout(self.embedding(tokens)))


class ToyTask:
    """``noise`` makes a step depend on the random generators, in both places where papers do.

    ``scores`` are what the validations say, one after another, in place of the truth.
    """

    data_hash = "toy"

    def __init__(
        self, noise: float = 0.1, spoil_at: int | None = None, hook=None, scores=()
    ) -> None:
        self.scores = iter(scores)
        count = np.arange(200) % 16
        self.bank = TokenBank({"count": count}, {"count": np.arange(190)}, steps=8)
        self.size = len(self.bank)
        self.noise, self.spoil_at, self.hook = noise, spoil_at, hook

    def to(self, device: torch.device) -> None:
        self.bank.to(device)

    def model(self) -> Toy:
        return Toy(self.noise)

    def batch(self, index: Tensor, generator: torch.Generator) -> Tensor:
        return self.bank.gather(index)["count"]

    def loss(self, model: Toy, batch: Tensor, step: int, generator: torch.Generator) -> Losses:
        if self.hook is not None:
            self.hook(step)
        logits = model.logits(batch[:, :-1])
        logits = logits + self.noise * torch.randn(logits.shape, generator=generator)
        total = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        if step == self.spoil_at:
            total = total * float("nan")
        accuracy = (logits.argmax(-1) == batch[:, 1:]).float().mean()
        return Losses(total, {"accuracy": accuracy})

    def validate(self, model: Toy) -> dict[str, float]:
        tokens = torch.arange(16)
        right = (model.logits(tokens).argmax(-1) == (tokens + 1) % 16).float().mean()
        return {"score": next(self.scores, float(right))}


def recipe(**changes) -> Recipe:
    return Recipe(
        "toy/toy",
        preset="tiny",
        steps=40,
        batch_size=16,
        learning_rate=Exponential(0.05, 0.01, 0.99),
        validate_every=10,
        checkpoint_every=10,
        log_every=5,
    ).replace(**changes)


if __name__ == "__main__":  # python toy.py FOLDER DEVICES NOISE STEPS [PAUSE [SCORES]]: its own run
    import sys
    import time

    from melonb.training import fit

    torch.set_num_threads(1)
    pause = float(sys.argv[5]) if len(sys.argv) > 5 else 0.0
    scores = map(float, sys.argv[6].split(",")) if len(sys.argv) > 6 else ()
    fit(
        recipe(steps=int(sys.argv[4])),
        ToyTask(float(sys.argv[3]), hook=lambda step: time.sleep(pause), scores=scores),
        sys.argv[1],
        resume=True,
        devices=int(sys.argv[2]),
        accelerator="cpu",
        progress=False,
    )
