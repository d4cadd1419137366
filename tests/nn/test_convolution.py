from __future__ import annotations

import torch
from torch import nn

from melonb.nn.convolution import ConvBlock, ResidualBlock, he_init


def test_a_stride_of_two_halves_the_length() -> None:
    x = torch.randn(2, 5, 16)
    assert ConvBlock(5, 7)(x).shape == (2, 7, 16)
    assert ConvBlock(5, 7, kernel=1)(x).shape == (2, 7, 16)
    assert ConvBlock(5, 7, stride=2)(x).shape == (2, 7, 8)


def test_residual_block_adds_to_its_input() -> None:
    block = ResidualBlock(5).eval()
    x = torch.randn(2, 5, 16)
    torch.testing.assert_close(block(x) - x, block.change(x))
    norm = block.change[-1]
    assert isinstance(norm, nn.BatchNorm1d)
    nn.init.zeros_(norm.weight)
    torch.testing.assert_close(block(x), x)


def test_he_init_keeps_the_size_of_a_rectified_signal() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(400, 400)
    he_init(layer)
    x = torch.nn.functional.leaky_relu(torch.randn(200, 400), 0.2)
    assert 0.8 < (layer(x).square().mean() / (2 * x.square().mean() / 1.04)).item() < 1.2
    assert layer.bias.abs().max() == 0
