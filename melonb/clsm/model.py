"""CLSM: encoder, contextual prior and decoder in one module.

The generative model draws ``z`` from what the context allows and writes the target from ``z``
and the context: ``z ~ p(z | x_C, T)``, ``x_T ~ p(x_T | z, x_C, T)`` (section 2.1).
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from melonb.clsm.decoder import SpanDecoder
from melonb.clsm.encoder import SpanEncoder
from melonb.clsm.presets import Size
from melonb.clsm.prior import ContextualPrior
from melonb.clsm.spans import Span, blanked
from melonb.nn.flow import Flow
from melonb.nn.gaussian import Gaussian

__all__ = ["CLSM"]


class CLSM(nn.Module):
    """The contextual latent space model.

    Parameters
    ----------
    size
        Sizes of the layers, see `melonb.clsm.presets`.

    Examples
    --------
    >>> import torch
    >>> from melonb.clsm.presets import SIZES
    >>> net = CLSM(SIZES["tiny"])
    >>> phrase = torch.randint(0, 32, (2, 128))
    >>> span = Span.of_bars(2, 4)
    >>> z = net.prior(phrase, span).sample()
    >>> net.write(phrase, z, span).shape
    torch.Size([2, 128])
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.encoder = SpanEncoder(size, std=0.1)
        self.context = SpanEncoder(size)
        self.flow = Flow(size.latent, size.flow, size.flow_layers)
        self.decoder = SpanDecoder(size)

    def posterior(self, symbols: Tensor, span: Span) -> Gaussian:
        """``q(z | x, T)`` of phrases (B, 128)."""
        return self.encoder(symbols, span)

    def prior(self, symbols: Tensor, span: Span) -> ContextualPrior:
        """``p(z | x_C, T)``; what stands in the target is not looked at."""
        return ContextualPrior(self.context(blanked(symbols, span), span), self.flow)

    def logits(self, symbols: Tensor, z: Tensor, span: Span) -> Tensor:
        """Teacher-forced logits of the target, (B, |x_T|, 32)."""
        return self.decoder(symbols, z, span)

    def write(self, symbols: Tensor, z: Tensor, span: Span, **how: Any) -> Tensor:
        """Write the target from ``z`` (B, Z) into phrases (B, 128), see `SpanDecoder.write`."""
        return self.decoder.write(symbols, z, span, **how)
