"""A curve that moves while a model trains, for whoever sits in front of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from melonb.lab.element import Element

__all__ = ["Curve"]

_PAUSE = 0.2  # seconds: eyes want no more
_WIDTH, _HEIGHT, _MARGIN = 600, 150, 18


class Curve:
    """What `melonb.training.fit` may be given as ``progress``: it draws the loss as it falls.

    Examples
    --------
    >>> curve = Curve()
    >>> curve({"step": 10, "loss": 2.0})                                 # doctest: +SKIP
    """

    def __init__(self) -> None:
        self._points: list[tuple[int, float]] = []
        self._handle: Any = None
        self._drawn = 0.0

    def __call__(self, row: Mapping[str, Any]) -> None:
        """Take one row of a run's history; a validation always draws, since one ends every run."""
        if "loss" in row:
            self._points.append((int(row["step"]), float(row["loss"])))
        due = time.monotonic() - self._drawn >= _PAUSE or "valid/score" in row
        if due and self._points:
            self._show(self.drawing())
            self._drawn = time.monotonic()

    def drawing(self) -> Element:
        """Draw the curve as far as it has come."""
        steps, losses = zip(*self._points, strict=True)
        low, high = min(losses), max(losses)
        across = (_WIDTH - 2 * _MARGIN) / max(steps[-1] - steps[0], 1)
        down = (_HEIGHT - 2 * _MARGIN) / ((high - low) or 1.0)
        path = " ".join(
            f"{_MARGIN + (step - steps[0]) * across:.1f},{_MARGIN + (high - loss) * down:.1f}"
            for step, loss in self._points
        )
        said = f"Loss {losses[-1]:.4g} after step {steps[-1]:,}; it began at {losses[0]:.4g}."
        ends = ((_MARGIN - 5, high), (_HEIGHT - 5, low))
        labels = "".join(f'<text x="{_MARGIN}" y="{y}">{loss:.4g}</text>' for y, loss in ends)
        return Element(
            f'<div class="melonb"><div class="stage" style="cursor:auto">'
            f'<svg role="img" aria-label="{said}" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="100%" '
            f'style="max-width:{_WIDTH}px">{labels}'
            f'<polyline class="thumb" stroke-width="2" points="{path}"/></svg></div>'
            f'<p class="status">{said}</p></div>',
            said,
        )

    def _show(self, drawing: Element) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(drawing, display_id=True)
        else:
            self._handle.update(drawing)
