"""Recurrent layers on PyTorch's fused kernels, and the states that they start from.

A fused layer runs all steps in one call, which is what makes training on teacher-forced
sequences fast.  Only decoding, where a step's input is the step before's output, needs a
loop; it calls the same layer with one step at a time.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

__all__ = [
    "GRU",
    "LSTM",
    "BiRecurrent",
    "GRUCell",
    "InitialState",
    "Kind",
    "State",
    "both_ends",
    "recurrent",
    "remember",
]

Kind = Literal["lstm", "gru"]
State = Tensor | tuple[Tensor, Tensor]  # h of a GRU, (h, c) of an LSTM, each (layers, B, H)

# Where mixed precision gives fused recurrent layers float16 even if bfloat16 is asked for.  The
# gradients of a mean over many steps are too small for it: most of them would be zero.
_HALVED = {"cuda"}


class _Whole(nn.Module):
    """A fused layer, in full precision where a mixed one could lose its gradients."""

    def forward(self, steps: Tensor, state: Any = None) -> Any:
        """Run the layer as PyTorch's own."""
        kind = steps.device.type
        if kind not in _HALVED or not torch.is_autocast_enabled(kind):
            return super().forward(steps, state)
        with torch.autocast(kind, enabled=False):
            parts = tuple(part.float() for part in state) if isinstance(state, tuple) else state
            whole = parts.float() if isinstance(parts, Tensor) else parts
            return super().forward(steps.float(), whole)


class LSTM(_Whole, nn.LSTM):  # type: ignore[misc]
    """PyTorch's LSTM, whose gradients mixed precision does not lose."""


class GRU(_Whole, nn.GRU):  # type: ignore[misc]
    """PyTorch's GRU, likewise."""


class GRUCell(_Whole, nn.GRUCell):
    """One step of it."""


def recurrent(
    kind: Kind,
    inputs: int,
    hidden: int,
    layers: int = 1,
    *,
    dropout: float = 0.0,
    bidirectional: bool = False,
) -> nn.LSTM | nn.GRU:
    """Build a fused layer that takes ``(B, T, inputs)``.

    An LSTM's forget gates start open (bias 1), without which it forgets within a few steps
    at first and learns long phrases late.

    Parameters
    ----------
    kind
        ``lstm`` or ``gru``.
    dropout
        Between layers; one layer has none.
    bidirectional
        Run in both directions.
    """
    cell = LSTM if kind == "lstm" else GRU
    layer = cell(
        inputs,
        hidden,
        layers,
        batch_first=True,
        dropout=dropout if layers > 1 else 0.0,
        bidirectional=bidirectional,
    )
    if isinstance(layer, nn.LSTM):
        for name, bias in layer.named_parameters():
            if name.startswith("bias_ih"):
                with torch.no_grad():
                    bias[hidden : 2 * hidden].fill_(1.0)  # gates in order: in, forget, cell, out
    return layer


def remember(layer: nn.LSTM | nn.GRU, steps: int) -> None:
    """Start a layer so that it keeps what it has read for up to ``steps`` steps.

    The bias of the gate that keeps is drawn as ``log U(1, steps - 1)``, so that the units forget
    at different speeds, and the recurrent matrices start orthogonal.  With PyTorch's own start
    every unit forgets half of its state at each step, and eight bars are 128 steps.
    """
    hidden = layer.hidden_size
    for name, parameter in layer.named_parameters():
        if name.startswith("weight_hh"):
            for block in parameter.data.split(hidden):
                nn.init.orthogonal_(block)
        elif name.startswith("bias"):
            nn.init.zeros_(parameter)
            if name.startswith("bias_ih"):
                enter, keep, *_ = parameter.data.split(hidden)  # of a GRU: reset, update
                keep.copy_(torch.empty_like(keep).uniform_(1.0, max(2.0, steps - 1.0)).log_())
                if isinstance(layer, nn.LSTM):
                    enter.copy_(-keep)


def both_ends(layer: nn.LSTM | nn.GRU, steps: Tensor) -> Tensor:
    """Read ``(B, T, inputs)`` both ways; the top layer's last states, forward, back, (B, 2H)."""
    _, state = layer(steps)
    last = state[0] if isinstance(state, tuple) else state  # (2 * layers, B, H)
    return torch.cat([last[-2], last[-1]], dim=-1)


class BiRecurrent(nn.Module):
    """An encoder: read a sequence both ways and keep where the two readers end.

    Parameters
    ----------
    kind
        ``lstm`` or ``gru``.
    inputs
        Size of a step.
    hidden
        ``H``, the size of one direction's state.
    layers
        Each layer but the first reads both directions of the one below.
    """

    def __init__(
        self, kind: Kind, inputs: int, hidden: int, layers: int = 1, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.size = 2 * hidden
        self.layers = recurrent(kind, inputs, hidden, layers, dropout=dropout, bidirectional=True)

    def forward(self, steps: Tensor) -> Tensor:
        """Turn ``(B, T, inputs)`` into the top layer's last states, forward then back, (B, 2H)."""
        return both_ends(self.layers, steps)


class InitialState(nn.Module):
    """The state that a decoder starts from: a linear layer of the latent point, through tanh.

    Parameters
    ----------
    latent
        Size of ``z`` (or of a conductor's embedding).
    layers, hidden, kind
        Those of the decoder.
    """

    def __init__(self, latent: int, layers: int, hidden: int, kind: Kind = "lstm") -> None:
        super().__init__()
        self.kind = kind
        self.layers = layers
        self.linear = nn.Linear(latent, layers * hidden * (2 if kind == "lstm" else 1))

    def forward(self, z: Tensor) -> State:
        """Turn ``(B, latent)`` into ``(h, c)`` of an LSTM or ``h`` of a GRU, (layers, B, H)."""
        state = torch.tanh(self.linear(z)).unflatten(-1, (self.layers, -1))  # (B, L, H or 2H)
        state = state.transpose(0, 1)
        if self.kind == "gru":
            return state.contiguous()
        h, c = state.chunk(2, dim=-1)
        return h.contiguous(), c.contiguous()
