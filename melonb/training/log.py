"""What a run tells while it goes on: a bar, a file of metrics, TensorBoard."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm.auto import tqdm

from melonb.files import append_line, read_lines, write_lines

__all__ = ["Log", "Meter", "Progress"]

# Whether to draw a bar; or a function that is also handed each row of the history as it is written.
Progress = bool | Callable[[Mapping[str, Any]], None]


class Meter:
    """Means of the loss terms since the last report, kept on the device.

    Reading a number off a GPU waits for it, so nothing is read until `read`; the first step
    whose loss or gradient is not finite is remembered on the device too.
    """

    def __init__(self, device: torch.device) -> None:
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}
        self._spoilt = torch.full((), -1, dtype=torch.long, device=device)

    def add(self, step: int, terms: Mapping[str, Tensor]) -> None:
        """Add the scalars of one step."""
        finite = torch.ones((), dtype=torch.bool, device=self._spoilt.device)
        for name, value in terms.items():
            value = value.detach().float()
            finite = finite & value.isfinite()
            self._sums[name] = self._sums[name] + value if name in self._sums else value.clone()
            self._counts[name] = self._counts.get(name, 0) + 1
        first = (self._spoilt < 0) & ~finite
        self._spoilt = torch.where(first, torch.full_like(self._spoilt, step), self._spoilt)

    def spoilt(self) -> int | None:
        """Give the first step that was not finite; this waits for the device."""
        step = int(self._spoilt)
        return None if step < 0 else step

    def read(self) -> dict[str, float]:
        """Give the means and start again; this waits for the device."""
        means = {name: float(total) / self._counts[name] for name, total in self._sums.items()}
        self._sums, self._counts = {}, {}
        return means


class Log:
    """The rows of a run, on the screen and, where it has a folder, on the disk.

    Parameters
    ----------
    folder
        The run's folder; None keeps the rows in memory alone.
    first, last
        The steps that the bar goes from and to.
    progress
        See `Progress`.
    """

    def __init__(self, folder: Path | None, first: int, last: int, progress: Progress) -> None:
        self._file = folder / "metrics.jsonl" if folder is not None else None
        self.rows: list[dict[str, Any]] = []
        if self._file is not None:
            self._keep_until(first)
        self._board = _board(folder) if folder is not None else None
        self._watch = progress if callable(progress) else None
        self._bar = tqdm(
            total=last, initial=first, disable=not progress, unit="step", leave=False, mininterval=1
        )

    def step(self) -> None:
        """Move the bar on."""
        self._bar.update()

    def add(self, row: dict[str, Any]) -> None:
        """Add a row, which holds its ``step``."""
        self.rows.append(row)
        shown = {name: value for name, value in row.items() if name not in ("step", "seconds")}
        if self._watch is None:  # else the figures are seen elsewhere, and the bar needs its room
            self._bar.set_postfix({name: f"{value:.4g}" for name, value in shown.items()})
        if self._file is not None:
            append_line(self._file, row)
        if self._watch is not None:
            self._watch(row)
        if self._board is not None:
            for name, value in shown.items():
                self._board.add_scalar(name, value, row["step"])

    def close(self) -> None:
        """Take the bar away and close the files."""
        self._bar.close()
        if self._board is not None:
            self._board.close()

    def _keep_until(self, step: int) -> None:
        """Forget rows of steps that are about to be taken again, and a line cut off by a crash."""
        assert self._file is not None
        known = [row for row in read_lines(self._file) if isinstance(row.get("step"), int)]
        self.rows = [row for row in known if row["step"] <= step]
        write_lines(self._file, self.rows)


def _board(folder: Path) -> Any:
    """Open a TensorBoard log where TensorBoard is installed."""
    if importlib.util.find_spec("tensorboard") is None:
        return None
    from tensorboard.summary import Writer

    return Writer(str(folder / "tensorboard"))
