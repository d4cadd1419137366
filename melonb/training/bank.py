"""Windows that live on the training device, and the order in which they are seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from melonb.signs import HOLD, REST

__all__ = ["Shuffle", "TokenBank", "without_orphans"]

_HELD = ("melody", "bass")  # the streams in which notes are held


def without_orphans(tokens: Tensor) -> Tensor:
    """Read holds at the start of windows ``(B, T)`` as rests: their notes began before them.

    Examples
    --------
    >>> without_orphans(torch.tensor([[128, 128, 62, 128]]))
    tensor([[129, 129,  62, 128]])
    """
    orphan = (tokens == HOLD).cumprod(dim=1).bool()
    return tokens.masked_fill(orphan, REST)


class TokenBank:
    """Overlapping windows of token streams, cut on the device when a batch is asked for.

    A corpus has many more windows than music, since they overlap.  Only the music is stored,
    once, two bytes a step; a window is the place where it starts.

    Parameters
    ----------
    streams
        One flat array of tokens a stream, such as ``melody`` and ``chords``.
    starts
        For each stream, where in it each window starts, ``(N,)``.
    steps
        The length of a window.

    Examples
    --------
    >>> bank = TokenBank({"melody": np.array([60, 128, 62, 129])}, {"melody": np.array([1])}, 3)
    >>> bank.gather(torch.tensor([0]))["melody"]
    tensor([[129,  62, 129]])
    """

    def __init__(
        self, streams: Mapping[str, np.ndarray], starts: Mapping[str, np.ndarray], steps: int
    ) -> None:
        self.steps = steps
        self.streams = {
            name: torch.from_numpy(np.array(stream, dtype=np.int16))
            for name, stream in streams.items()
        }
        self.starts = {
            name: torch.from_numpy(np.array(start, dtype=np.int64))
            for name, start in starts.items()
        }

    def __len__(self) -> int:
        return len(next(iter(self.starts.values())))

    def to(self, device: torch.device | str) -> TokenBank:
        """Move all of it to the device."""
        self.streams = {name: stream.to(device) for name, stream in self.streams.items()}
        self.starts = {name: start.to(device) for name, start in self.starts.items()}
        return self

    def gather(self, index: Tensor) -> dict[str, Tensor]:
        """Cut the windows numbered ``index`` ``(B,)``: one ``(B, steps)`` int64 a stream."""
        offsets = torch.arange(self.steps, device=index.device)
        windows = {}
        for name, stream in self.streams.items():
            tokens = stream[self.starts[name][index][:, None] + offsets].long()
            windows[name] = without_orphans(tokens) if name in _HELD else tokens
        return windows


class Shuffle:
    """Every window once an epoch, in an order that the seed and the epoch decide.

    The windows of a step follow from how many were drawn before it, so a resumed run sees what
    the uninterrupted one would have seen.
    """

    def __init__(self, size: int, seed: int, device: torch.device | str = "cpu") -> None:
        self.size = size
        self.seed = seed
        self.device = device
        self._epochs: dict[int, Tensor] = {}

    def batch(self, position: int, count: int) -> Tensor:
        """Give ``count`` windows after the first ``position``, ``(count,)`` on the device."""
        last = position + count
        parts = []
        while position < last:
            epoch, offset = divmod(position, self.size)
            part = self._epoch(epoch)[offset : offset + last - position]
            parts.append(part)
            position += len(part)
        return torch.cat(parts)

    def _epoch(self, epoch: int) -> Tensor:
        if epoch not in self._epochs:
            # A permutation drawn on the CPU is the same whatever the device.
            seeded = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            order = torch.randperm(self.size, generator=seeded).to(self.device)
            kept = {number: kept for number, kept in self._epochs.items() if number == epoch - 1}
            self._epochs = {**kept, epoch: order}
        return self._epochs[epoch]
