"""Panels: knobs over a decoder, live in a notebook and from an atlas in the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from melonb.errors import UsageError
from melonb.lab.atlas import Atlas
from melonb.lab.element import Element, element_html
from melonb.lab.knobs import Knob, slider
from melonb.lab.live import LiveElement
from melonb.lab.roll import fallback, roll_json
from melonb.lab.session import is_live

if TYPE_CHECKING:
    import torch

__all__ = ["Panel", "morph", "panel", "steer"]


class Panel(LiveElement):
    """Knobs over a decoder. Made by `panel`, `steer` and `morph`.

    Attributes
    ----------
    atlas
        What the page carries; ``None`` while a reader sits in front of the live model.
    """

    atlas: Atlas | None

    def __init__(
        self, decode: Callable[..., Any], knobs: Mapping[str, Knob], label: str, many: bool
    ) -> None:
        self.decode = decode
        self.knobs = dict(knobs)
        self.many = many
        described = [knob.describe(name) for name, knob in self.knobs.items()]
        first = roll_json(self.at(**self._start()))
        self.atlas = None if is_live() else Atlas.build(decode, self.knobs, many=many)
        page = self.atlas.data() if self.atlas else {"first": first, "knobs": described}
        shown = element_html("panel", {**page, "label": label}, fallback(first, label))
        live = {"label": label, "knobs": described, "first": first}
        super().__init__(shown, f"Panel: {label}", "panel", live, self.turn)

    def _start(self) -> dict[str, Any]:
        return {name: knob.values[knob.start] for name, knob in self.knobs.items()}

    def at(self, **values: Any) -> Any:
        """Decode the music at some values of the knobs."""
        return self.decode([values])[0] if self.many else self.decode(**values)

    def turn(self, said: Sequence[float]) -> dict[str, Any]:
        """Answer a turned knob: the new music, and how long the model took."""
        values = {
            name: knob.value_of(one)
            for (name, knob), one in zip(self.knobs.items(), said, strict=True)
        }
        start = time.perf_counter()
        music = self.at(**values)
        took = (time.perf_counter() - start) * 1000
        return {"roll": roll_json(music), "milliseconds": took}


def panel(
    decode: Callable[..., Any],
    knobs: Mapping[str, Knob],
    *,
    label: str,
    many: bool = False,
) -> Panel:
    """Put knobs over a decoder.

    Parameters
    ----------
    decode
        ``decode(**values) -> music``, the same music for the same values. With ``many``, it gets a
        list of dicts and gives a list of music: one batch for the whole atlas.
    knobs
        From `slider` and `choice`, under the names of the decoder's arguments.
    label
        What the panel does, in a few words.

    Examples
    --------
    >>> tune = {"steps": 16, "tracks": [{"name": "a", "kind": "pitch", "notes": [[0, 4, 60]]}]}
    >>> panel(lambda n: tune, {"n": slider(0, 1, 3)}, label="Nothing changes").atlas
    <Atlas 3 places, 1 different points>
    """
    if not knobs:
        raise UsageError("a panel without knobs", remedy="give at least one slider or choice")
    return Panel(decode, knobs, label, many)


def steer(
    instrument: Any,
    music: Any,
    directions: Mapping[str, torch.Tensor],
    *,
    label: str,
    reach: float = 1.5,
    steps: int = 9,
    temperature: float = 0.0,
    seed: int = 0,
) -> Panel:
    """Move a piece of music along directions of a latent space.

    Parameters
    ----------
    instrument
        Encodes music to a Gaussian and decodes latent points.
    music
        Where to start from.
    directions
        Latent vectors by name: attribute vectors, principal components. One slider each.
    reach
        The sliders go from ``-reach`` to ``reach`` times the vector.
    """
    import torch

    mean = instrument.encode(music).mean
    shape = mean.shape[1:]  # one axis for most models, (codes, size) for a VQ-VAE
    vectors = torch.stack([torch.as_tensor(one).reshape(shape) for one in directions.values()])
    vectors = vectors.to(mean)

    def decode(grid: Sequence[Mapping[str, float]]) -> list[Any]:
        amounts = torch.tensor([list(values.values()) for values in grid]).to(mean)  # (N, D)
        generator = torch.Generator(mean.device).manual_seed(seed)
        points = mean + torch.tensordot(amounts, vectors, dims=1)  # (N, *shape)
        return list(instrument.decode(points, temperature=temperature, generator=generator))

    knobs = {name: slider(-reach, reach, steps, start=0.0) for name in directions}
    return Panel(decode, knobs, label, many=True)


def morph(
    instrument: Any, first: Any, last: Any, *, steps: int = 13, label: str = "From one to the other"
) -> Element:
    """Walk from one piece to another: the instrument's interpolation under one slider."""
    path = list(instrument.interpolate(first, last, steps))
    places = slider(0.0, 1.0, steps, start=0.0, label="from first to last")

    def decode(grid: Sequence[Mapping[str, float]]) -> list[Any]:
        return [path[round(values["place"] * (steps - 1))] for values in grid]

    return Panel(decode, {"place": places}, label, many=True)
