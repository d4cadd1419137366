"""A decoder that runs in the page: the weights of a small core, and a script that unrolls it.

An atlas knows some hundred points; this knows them all, with no kernel and no network.  A page
should stay light, so every weight is rounded to one of 91 values, which is one printable character.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from melonb.errors import UsageError
from melonb.lab.atlas import HEAVIEST
from melonb.lab.element import Element, element_html
from melonb.lab.roll import fallback, roll_json

if TYPE_CHECKING:
    from torch import Tensor

    from melonb.musicvae.instruments import MusicVAEInstrument
    from melonb.musicvae.layers import Core

__all__ = ["PageDecoder", "decoder"]

# Printable ASCII but for what JSON or HTML would have to escape.  Twin of static/music/weights.js.
SIGNS = "".join(chr(code) for code in range(33, 127) if chr(code) not in '"<\\')
MOST = len(SIGNS) // 2  # a matrix holds whole numbers from -45 to 45, times a scale for each row
FINE = len(SIGNS) ** 2 - 1  # a vector's numbers have two characters each


class PageDecoder(Element):
    """A decoder in the page. Made by `decoder`.

    Attributes
    ----------
    instrument
        The same instrument with the weights that the page has, to measure what rounding costs.
    """

    instrument: MusicVAEInstrument

    def __init__(
        self, rounded: MusicVAEInstrument, core: dict[str, Any], ends: Tensor, label: str
    ) -> None:
        self.instrument = rounded
        first = roll_json(rounded.decode(ends[:1], temperature=0.0)[0])
        data = {"label": label, "qpm": first["qpm"], "core": core, "ends": _short(ends)}
        self.bytes = len(json.dumps(data, separators=(",", ":")).encode())
        if self.bytes > HEAVIEST:
            raise UsageError(
                f"this decoder weighs {self.bytes // 1000} kB in a page",
                remedy=f"take a smaller model: a page carries at most {HEAVIEST // 1000} kB",
            )
        shown = element_html("decoder", data, fallback(first, label))
        super().__init__(shown, f"Decoder in the page: {label}")


def decoder(instrument: MusicVAEInstrument, first: Any, last: Any, *, label: str) -> PageDecoder:
    """Put a decoder into the page: a walk between two points, either of which can be drawn anew.

    Parameters
    ----------
    instrument
        A flat MusicVAE of one melody, such as ``musicvae/mel-2bar``.
    first, last
        The tunes at whose points the walk begins and ends.
    label
        What it is, in a few words.
    """
    import torch

    net = instrument.net
    one = [(stream.name, stream.size) for stream in net.sizes.streams] == [("melody", 130)]
    if not one or net.conductor is not None or net.sizes.decoder_layers > 1:
        raise UsageError(
            f"the decoder of {instrument.name} does not fit into a page",
            remedy="take a flat model of one melody with one layer, such as musicvae/mel-2bar",
        )
    twin = copy.deepcopy(net).cpu().eval()
    with torch.no_grad():
        packed = _round(twin.cores[0])
    rounded = type(instrument)(instrument.name, twin)
    ends = torch.cat([instrument.encode(tune).mean for tune in (first, last)]).detach().cpu()
    return PageDecoder(rounded, {**packed, "steps": net.sizes.steps}, ends, label)


def _round(core: Core) -> dict[str, Any]:
    """Round a core's weights where they are, and give them as text."""
    lstm = dict(core.layers.named_parameters())
    bias = lstm["bias_ih_l0"]
    bias.add_(lstm["bias_hh_l0"])  # the page adds one
    lstm["bias_hh_l0"].zero_()
    return {
        "symbols": core.fed,
        "start": _layer(core.start.linear.weight, core.start.linear.bias),
        "input": _layer(lstm["weight_ih_l0"], bias),
        "state": _layer(lstm["weight_hh_l0"]),
        "output": _layer(core.output.weight, core.output.bias),
    }


def _layer(weight: Tensor, bias: Tensor | None = None) -> dict[str, Any]:
    written = _matrix(weight)
    return written if bias is None else {**written, "bias": _vector(bias)}


def _matrix(weight: Tensor) -> dict[str, Any]:
    """Round a matrix (rows, columns) in place; one character a number, a scale for each row."""
    from melonb.training.packing import whole_rows  # brings torch along

    whole, scale = whole_rows(weight, MOST)
    scales = _vector(scale)  # which rounds them, too
    weight.copy_(whole * scale[:, None])
    signs = "".join(SIGNS[int(number) + MOST] for number in whole.flatten())
    return {"columns": weight.shape[1], "signs": signs, "scales": scales}


def _vector(numbers: Tensor) -> dict[str, Any]:
    """Round a vector in place; two characters a number, between its least and its greatest."""
    low, high = float(numbers.min()), float(numbers.max())
    step = (high - low) / FINE or 1.0
    whole = ((numbers - low) / step).round()
    numbers.copy_(low + whole * step)
    signs = "".join(
        SIGNS[int(number) // len(SIGNS)] + SIGNS[int(number) % len(SIGNS)] for number in whole
    )
    return {"low": low, "step": step, "signs": signs}


def _short(points: Tensor) -> list[list[float]]:
    return [[round(float(number), 3) for number in point] for point in points]
