"""The eight models of the paper's Table 1, in three sizes, and magenta's published configurations.

``paper`` has the paper's sizes, ``book`` trains on a laptop in minutes to hours and is bundled,
``tiny`` is for tests.  Magenta's configurations are presets too, by their own names: see
`CONFIGURATIONS`.
Where the paper leaves a size open, the choice is in the deviation ledger of the chapter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import reduce
from typing import Any

from melonb.errors import RecipeError
from melonb.musicvae import MODELS
from melonb.musicvae.model import Sizes
from melonb.musicvae.streams import Form, Stream
from melonb.training import Cosine, Recipe, openings

__all__ = ["CONFIGURATIONS", "PRESETS", "SHARES", "Configuration", "configuration", "recipe"]

PRESETS = ("tiny", "book", "paper")
SHARES = (0.3, 0.5, 0.7)  # of the training, after which openings of 2, 4 and 8 bars have doubled


@dataclass(frozen=True)
class Configuration:
    """A model's sizes with what it is trained with.

    Parameters
    ----------
    sizes
        The network.
    objective
        Keyword arguments of `melonb.musicvae.objective.Objective`.
    training
        Keyword arguments of `melonb.training.Recipe`.
    """

    sizes: Sizes
    objective: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)


_KINDS = {"mel": ("melody",), "drums": ("drums",), "trio": ("melody", "bass", "drums")}


def _streams(kind: str, melody: int = 130, heard: Form = "onehot", fed: Form = "onehot") -> Any:
    voices = {
        "melody": Stream("melody", melody),
        "bass": Stream("bass", melody),
        "drums": Stream("drums", 512, heard, fed),
    }
    return tuple(voices[name] for name in _KINDS[kind])


def _rise(end: float, rate: float) -> dict[str, Any]:
    """KL weight that starts at 0 and closes on ``end``."""
    return {"kind": "exponential", "start": 0.0, "end": end, "rate": rate}


def _shape(model: str) -> tuple[str, int, bool]:
    """Read kind, bars and hierarchy off a model's name."""
    kind, length, *flat = model.split("-")
    bars = int(length.removesuffix("bar"))
    return kind, bars, bars > 2 and not flat


def _paper(model: str) -> Configuration:
    kind, bars, hierarchical = _shape(model)
    short = bars == 2
    training = {"steps": 50_000 if short else 100_000, "batch_size": 512, "data": ("lakh",)}
    return Configuration(
        # A flat core gets the encoder's 2048 units, so that its losses are not for want of size.
        Sizes(_streams(kind), bars, hierarchical, decoder=1024 if hierarchical else 2048),
        {"free_bits": 48.0, "beta": _rise(0.2, 0.99999)}
        if short
        else {"free_bits": 256.0, "beta": 0.2},
        {**training, "precision": "bf16-mixed"},
    )


# Rounds of steps at book size: each a quarter of an hour to two hours on one core.
_ROUNDS = {
    ("mel", 2): (48_000,),
    ("drums", 2): (50_000,),
    ("mel", 16): (12_000, 10_000, 34_000, 40_000),
    ("drums", 16): (6_000, 10_000, 40_000, 34_000),
    ("trio", 16): (6_000, 4_500, 30_000),
}


def _book(model: str) -> Configuration:
    kind, bars, hierarchical = _shape(model)
    short = bars == 2
    sizes = Sizes(
        _streams(kind, heard="roll", fed="roll"),
        bars,
        hierarchical,
        latent=96 if short else 128,
        encoder=96,
        encoder_layers=1,
        encoder_by_bar=True,
        conductor=128,
        conductor_layers=1,
        embedding=96,
        decoder=128 if hierarchical and kind == "trio" else 192,
        decoder_layers=1,
    )
    # More free bits and a smaller beta than the paper's: a small decoder leans more on z.  And
    # rent from the first step, without which short runs let the means drift off together.
    free_bits = 48.0 * bars
    training = {
        "steps": sum(_ROUNDS[kind, bars]),
        "batch_size": 64 if short else 16,
        "precision": "bf16-mixed",
    }
    return Configuration(sizes, {"free_bits": free_bits, "beta": 0.1}, training)


def _tiny(model: str) -> Configuration:
    kind, bars, hierarchical = _shape(model)
    sizes = Sizes(
        _streams(kind, heard="roll", fed="roll"),
        bars,
        hierarchical,
        latent=6,
        encoder=8,
        encoder_layers=1,
        conductor=8,
        conductor_layers=1,
        embedding=6,
        decoder=8,
        decoder_layers=1,
    )
    training = {"steps": 4, "batch_size": 8, "validate_every": 2, "checkpoint_every": 2}
    return Configuration(sizes, {}, {**training, "log_every": 1})


def _magenta() -> dict[str, tuple[str, Configuration]]:
    """Magenta's configurations: (the model that each is a version of, the configuration)."""

    def sizes(kind: str, bars: int, hierarchical: bool = False, **changes: Any) -> Sizes:
        streams = _streams(kind, 90, "roll" if kind == "drums" else "onehot")
        base = Sizes(streams, bars, hierarchical, embedding=0, previous_bar=hierarchical)
        return replace(base, **changes)

    small: dict[str, Any] = {"latent": 256, "encoder": 512, "encoder_layers": 1, "decoder": 256}
    big: dict[str, Any] = {"encoder_layers": 1, "decoder": 2048, "decoder_layers": 3}
    flat: dict[str, Any] = {"decoder": 2048, "decoder_layers": 3}
    by_bar: dict[str, Any] = {"encoder": 1024, "encoder_layers": 1, "encoder_by_bar": True}
    draws = {"sampling": {"kind": "inversesigmoid", "rate": 1000.0}}
    melody = {"free_bits": 0.0, "transpose": 5, **draws}
    drums = {"free_bits": 48.0, "beta": 0.2, **draws}
    long = {"free_bits": 256.0, "beta": 0.2}
    batch, half = {"steps": 200_000, "batch_size": 512}, {"steps": 200_000, "batch_size": 256}
    table: dict[str, tuple[str, Sizes, Mapping[str, Any], Mapping[str, Any]]] = {
        "cat-mel_2bar_small": (
            "mel-2bar",
            sizes("mel", 2, **small),
            {**melody, "beta": _rise(0.2, 0.99999)},
            batch,
        ),
        "cat-mel_2bar_big": (
            "mel-2bar",
            sizes("mel", 2, **big),
            {**melody, "beta": _rise(0.5, 0.99999)},
            batch,
        ),
        "cat-drums_2bar_small": ("drums-2bar", sizes("drums", 2, **small), drums, batch),
        "cat-drums_2bar_big": ("drums-2bar", sizes("drums", 2, **big), drums, batch),
        "flat-mel_16bar": ("mel-16bar-flat", sizes("mel", 16, **flat), long, batch),
        "hierdec-mel_16bar": ("mel-16bar", sizes("mel", 16, True), long, batch),
        "hier-mel_16bar": ("mel-16bar", sizes("mel", 16, True, **by_bar), long, batch),
        "flat-trio_16bar": (
            "trio-16bar-flat",
            sizes("trio", 16, **flat),
            {"free_bits": 0.0, "beta": 1.0},
            half,
        ),
        "hierdec-trio_16bar": ("trio-16bar", sizes("trio", 16, True), long, half),
        "hier-trio_16bar": ("trio-16bar", sizes("trio", 16, True, **by_bar), long, half),
    }
    return {name: (row[0], Configuration(*row[1:])) for name, row in table.items()}


CONFIGURATIONS = _magenta()


def configuration(model: str, preset: str = "book", **size: Any) -> Configuration:
    """Find a model's configuration.

    Parameters
    ----------
    model
        One of `melonb.musicvae.MODELS`.
    preset
        One of `PRESETS`, or the name of a magenta configuration of that model.
    **size
        Fields of `Sizes` to change.

    Raises
    ------
    RecipeError
        The model, preset or field does not exist, or the two do not belong together.
    """
    if model not in MODELS:
        raise RecipeError(f"MusicVAE has no model {model!r}", remedy=f"choose from {MODELS}")
    makers = {"tiny": _tiny, "book": _book, "paper": _paper}
    own = [name for name, (base, _) in CONFIGURATIONS.items() if base == model]
    if preset in makers:
        found = makers[preset](model)
    elif preset in own:
        found = CONFIGURATIONS[preset][1]
    else:
        raise RecipeError(
            f"{model} has no preset {preset!r}", remedy=f"choose from {[*PRESETS, *own]}"
        )
    open_fields = {f.name for f in fields(Sizes)} - {"streams", "bars", "hierarchical"}
    if strange := sorted(set(size) - open_fields):
        raise RecipeError(
            f"{', '.join(strange)} is not a size of MusicVAE",
            remedy=f"choose from {sorted(open_fields)}",
        )
    return replace(found, sizes=replace(found.sizes, **size))


def recipe(model: str, preset: str = "book", **changes: Any) -> Recipe:
    """Say how a model is trained; ``changes`` are fields of `melonb.training.Recipe`.

    At book size the learning rate falls over all steps of a round, and openings are a part of the
    first; other ``steps`` are one round.
    """
    found = configuration(model, preset)
    training = dict(found.training)
    further: list[int] = []
    if preset == "book":
        kind, bars, _ = _shape(model)
        first, *further = [changes["steps"]] if "steps" in changes else _ROUNDS[kind, bars]
        training["steps"] = first
        training["learning_rate"] = Cosine(3e-3, 1e-4, first, warmup=min(200, first // 10))
        if bars > 2:
            training["openings"] = openings(first, *SHARES)
            if kind != "trio":  # how a bar is read and spelt out, the 2-bar model knows already
                training["needs"] = (f"musicvae/{kind}-2bar",)
    plain = Recipe(f"musicvae/{model}", preset=preset, objective=found.objective, **training)
    return reduce(Recipe.further, further, plain).replace(**changes)
