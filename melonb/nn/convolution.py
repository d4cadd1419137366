"""One-dimensional convolution blocks over time, as the loop autoencoders use them.

Both blocks take and give ``(B, C, T)``: channels before time, as PyTorch's convolutions do.
"""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["ConvBlock", "ResidualBlock", "he_init"]

SLOPE = 0.2  # of LeakyReLU below 0


class ConvBlock(nn.Sequential):
    """Convolution, batch normalisation, LeakyReLU(0.2).

    Parameters
    ----------
    inputs, channels
        Channels in and out.
    kernel
        Steps that one output sees; the ends are padded so that stride 1 keeps the length.
    stride
        2 halves the length.
    """

    def __init__(self, inputs: int, channels: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            # The normalisation has its own offset, so the convolution needs none.
            nn.Conv1d(inputs, channels, kernel, stride, padding=kernel // 2, bias=False),
            nn.BatchNorm1d(channels),
            nn.LeakyReLU(SLOPE),
        )


class ResidualBlock(nn.Module):
    """``x + f(x)``, where ``f`` is convolution, norm, LeakyReLU, convolution, norm."""

    def __init__(self, channels: int, kernel: int = 3) -> None:
        super().__init__()
        self.change = nn.Sequential(
            ConvBlock(channels, channels, kernel),
            nn.Conv1d(channels, channels, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm1d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Add to ``(B, C, T)`` what the block has to say about it."""
        return x + self.change(x)


def he_init(module: nn.Module) -> None:
    """Set convolution and linear weights as He et al. (2015) do for rectifiers; use with apply."""
    if isinstance(module, (nn.Conv1d, nn.Linear)):
        nn.init.kaiming_normal_(module.weight, a=SLOPE)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
