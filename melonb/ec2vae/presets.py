"""The seven models: their sizes, what each needs, and how each is trained.

``2bar`` and ``4bar`` are EC2-VAE itself; ``8bar-plain`` is the baseline, ``8bar-long`` the
contrastive 8-bar model, ``8bar-hierarchical`` the paper's own, and the last two its ablations.
A recipe names the models that must be trained before it, so that the curriculum is a chain of
recipes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from melonb.ec2vae.model import STEPS_PER_BAR
from melonb.errors import RecipeError
from melonb.training import Cosine, Exponential, Recipe, Schedule, openings

__all__ = ["KINDS", "MODELS", "SIZES", "Kind", "Size", "kind_of", "recipe", "size_of"]


@dataclass(frozen=True)
class Size:
    """Sizes that all seven models share.

    Attributes
    ----------
    hidden
        Units of every GRU that reads or writes music.
    latent
        Size of ``z_p`` and of ``z_r``.
    embedding
        Width of the token embedding, 0 for one-hot.
    split_hidden
        Units of the GRU layers between the levels of the hierarchy.
    rhythm_to_pitch
        Whether the global decoder sees ``z_r`` beside the rhythm decoded from it.
    pair_hidden
        Units of a second reader, over bar pairs, in models longer than two bars; 0 reads straight
        through, as in the paper.
    """

    hidden: int
    latent: int
    embedding: int
    split_hidden: int
    rhythm_to_pitch: bool = False
    pair_hidden: int = 0


SIZES: dict[str, Size] = {
    "tiny": Size(hidden=24, latent=8, embedding=8, split_hidden=16, pair_hidden=16),
    "book": Size(hidden=128, latent=64, embedding=32, split_hidden=96, pair_hidden=128),
    "paper": Size(hidden=2048, latent=128, embedding=0, split_hidden=1024),
}


@dataclass(frozen=True)
class Kind:
    """What sets one model apart from the others.

    Attributes
    ----------
    bars
        Its length.
    needs
        Models that are trained before it.
    hierarchical
        Whether it decodes through the levels.
    objective
        Its knobs, where they differ from :class:`melonb.ec2vae.objective.Objective`.
    """

    bars: int
    needs: tuple[str, ...] = ()
    hierarchical: bool = False
    objective: Mapping[str, Any] = field(default_factory=dict)


KINDS: dict[str, Kind] = {
    "2bar": Kind(2, objective={"contrast": False}),
    "4bar": Kind(4, ("2bar",)),
    "8bar-plain": Kind(8, objective={"contrast": False}),
    "8bar-long": Kind(8, ("4bar",)),
    "8bar-hierarchical": Kind(8, ("2bar", "4bar", "8bar-long"), True, {"k": 256}),
    "8bar-no-contrast": Kind(8, ("2bar", "8bar-plain"), True, {"contrast": False}),
    "8bar-not-frozen": Kind(8, ("2bar", "4bar", "8bar-long"), True, {"k": 256}),
}
MODELS: tuple[str, ...] = tuple(KINDS)


def kind_of(model: str) -> Kind:
    """Find a model by its short or full name."""
    name = model.removeprefix("ec2vae/")
    if name not in KINDS:
        raise RecipeError(f"ec2vae has no model {name!r}", remedy=f"use one of {', '.join(MODELS)}")
    return KINDS[name]


def size_of(preset: str, **changes: Any) -> Size:
    """Give the sizes of a preset, with changes."""
    if preset not in SIZES:
        raise RecipeError(f"no preset {preset!r}", remedy=f"use one of {', '.join(SIZES)}")
    unknown = set(changes) - set(asdict(SIZES[preset]))
    if unknown:
        raise RecipeError(
            f"no size is called {min(unknown)!r}", remedy=f"use {', '.join(asdict(SIZES[preset]))}"
        )
    return replace(SIZES[preset], **changes)


# Steps and batch. The paper gives the batches; 100 epochs, some 28,000 steps, are what EC2-VAE's
# published code has.
_TINY, _PAPER = (20, 8), (28_000, 128)
_BOOK = {"2bar": (18_000, 64), "4bar": (10_000, 64), "8bar-long": (4000, 32)}
_BOOK_PHRASE = (9000, 32)
# Shares of a book-size training after which flat models open with twice as many bars; the long one
# begins as the 4-bar model, which has seen the openings.
_OPENINGS: dict[str, tuple[float, ...]] = {"4bar": (0.15,), "8bar-plain": (0.1, 0.4)}
# Share of the steps of hierarchical training with the encoder frozen: 25 epochs of about 50.
_FROZEN = {"tiny": 0.4, "book": 0.3, "paper": 0.5}


def recipe(model: str, preset: str = "book", **changes: Any) -> Recipe:
    """Say how a model is trained.

    Parameters
    ----------
    model
        One of `MODELS`.
    preset
        ``tiny``, ``book`` or ``paper``.
    changes
        Fields of :class:`melonb.training.Recipe`; ``objective`` and ``size`` are merged. Other
        ``steps`` stretch or shrink what depends on them.
    """
    name = model.removeprefix("ec2vae/")
    kind = kind_of(name)
    size_of(preset)  # an unknown preset is told here
    steps, batch = {"tiny": _TINY, "paper": _PAPER}.get(preset) or _BOOK.get(name, _BOOK_PHRASE)
    steps = changes.get("steps", steps)
    objective = _objective(name, preset, steps)
    start = (objective["start"],) if "start" in objective else ()
    peak = 6e-3 if kind.bars == 2 else 4e-3  # the longer ones go on from the 2-bar model
    rate: Schedule = Cosine(peak, 1e-4, steps, warmup=min(50, steps // 10))
    if preset == "paper":
        batch = 64 if kind.hierarchical else batch
        rate = Exponential(1e-3, 1e-5, 0.9999)
    opened = _OPENINGS.get(name, ()) if preset == "book" else ()
    every = max(1, steps // 10)
    basis = Recipe(
        model=f"ec2vae/{name}",
        preset=preset,
        data=("nottingham", "pop909") if preset == "paper" else ("folk", "houseband"),
        steps=steps,
        batch_size=batch,
        learning_rate=rate,
        validate_every=every,
        checkpoint_every=every,
        openings=openings(steps, *opened),
        objective=objective,
        needs=tuple(f"ec2vae/{earlier}" for earlier in dict.fromkeys((*start, *kind.needs))),
    )
    return basis.replace(**changes) if changes else basis


def _objective(name: str, preset: str, steps: int) -> dict[str, Any]:
    """Say what a model's objective is at a preset.

    Below the paper's size no model longer than two bars starts from nothing, which would be most of
    a laptop's budget: each starts from the one before it in the curriculum, and the baseline, which
    has no curriculum, from the 2-bar model.  The loss of a melody is a mean over its steps, so the
    price of pitch and the weight of the contrastive terms shrink there as the steps grow: a nat is
    a nat at every length.
    """
    kind = KINDS[name]
    objective = dict(kind.objective)
    if kind.hierarchical and name != "8bar-not-frozen":
        objective["frozen"] = round(steps * _FROZEN[preset])
    if preset == "paper":
        return {**objective, "sampling": 1000.0}
    if preset == "book":
        # Pitch costs less than rhythm: a small decoder leans on it, and what costs less where it
        # belongs has no reason to hide in the other factor.
        objective["beta_pitch"] = 0.04 / kind.bars
    if kind.bars > 2 and not kind.hierarchical:
        objective["start"] = "4bar" if name == "8bar-long" else "2bar"
    if objective.get("contrast", True):
        # Heavier, they teach the rhythm the pitch that its teacher's holds.  The hierarchy has
        # eighteen terms where the others have six: they weigh the same together.
        levels = 3 if kind.hierarchical else 1
        objective["contrast_weight"] = 0.5 / (STEPS_PER_BAR * kind.bars * levels)
    return objective
