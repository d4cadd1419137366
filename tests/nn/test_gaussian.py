from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from melonb.nn.gaussian import Gaussian, GaussianHead, free_bits_excess, lerp, slerp


def posterior() -> Gaussian:
    torch.manual_seed(0)
    return Gaussian(torch.randn(5, 7), torch.rand(5, 7) + 0.1)


def test_kl_and_density_are_those_of_torch() -> None:
    q = posterior()
    twin = Normal(q.mean, q.std)
    prior = Normal(torch.zeros(5, 7), torch.ones(5, 7))
    torch.testing.assert_close(q.kl(), kl_divergence(twin, prior).sum(-1))
    z = torch.randn(5, 7)
    torch.testing.assert_close(q.log_prob(z), twin.log_prob(z).sum(-1))


def test_samples_have_the_mean_and_the_spread_and_pass_gradients() -> None:
    mean, std = torch.full((20_000, 2), 3.0), torch.full((20_000, 2), 0.5, requires_grad=True)
    z = Gaussian(mean, std).rsample(torch.Generator().manual_seed(1))
    assert z.mean().item() == pytest.approx(3.0, abs=0.02)
    assert z.std().item() == pytest.approx(0.5, abs=0.02)
    z.sum().backward()
    assert std.grad is not None


def test_a_seed_decides_the_sample() -> None:
    q = posterior()
    first, second = (q.rsample(torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize(
    ("scale", "of"),
    [
        ("softplus", torch.nn.functional.softplus),
        ("exp", torch.exp),
        ("half-log", lambda raw: torch.exp(raw / 2)),
    ],
)
def test_each_head_reads_its_standard_deviation(scale, of) -> None:
    head = GaussianHead(4, 3, scale)
    hidden = torch.randn(2, 4)
    torch.testing.assert_close(head(hidden).std, of(head.scale(hidden)))
    torch.testing.assert_close(head(hidden).mean, head.mean(hidden))


def test_a_collapsed_standard_deviation_keeps_the_kl_finite() -> None:
    head = GaussianHead(1, 1, "exp")
    torch.nn.init.constant_(head.scale.bias, -1000.0)
    assert head(torch.zeros(1, 1)).kl().isfinite().all()


def test_the_posterior_is_in_full_precision_after_half_precision_layers() -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        q = GaussianHead(4, 3)(torch.randn(2, 4))
    assert q.mean.dtype == q.std.dtype == torch.float32


def test_free_bits_are_taken_from_the_whole_example() -> None:
    kl = torch.tensor([10.0, 40.0])
    expected = torch.tensor([0.0, 40.0 - 48 * math.log(2)])
    torch.testing.assert_close(free_bits_excess(kl, 48), expected)


def test_slerp_is_the_textbook_formula() -> None:
    torch.manual_seed(0)
    a, b = torch.randn(6, 16), torch.randn(6, 16)
    cosine = torch.nn.functional.cosine_similarity(a, b, dim=-1)[:, None]
    angle = torch.acos(cosine)
    expected = (torch.sin(0.7 * angle) * a + torch.sin(0.3 * angle) * b) / torch.sin(angle)
    torch.testing.assert_close(slerp(a, b, 0.3), expected)


def test_both_paths_start_and_end_at_the_points_and_take_many_amounts() -> None:
    a, b = torch.randn(3, 8), torch.randn(3, 8)
    for path in (lerp, slerp):
        walk = path(a, b, torch.linspace(0, 1, 5))
        assert walk.shape == (5, 3, 8)
        torch.testing.assert_close(walk[0], a)
        torch.testing.assert_close(walk[-1], b)
        torch.testing.assert_close(walk[2], path(a, b, 0.5))


@pytest.mark.parametrize("length", [1.0, 3.0])
def test_slerp_is_safe_at_equal_opposite_and_zero_points(length: float) -> None:
    a = torch.randn(2, 8)
    torch.testing.assert_close(slerp(a, a.clone(), 0.4), a)
    torch.testing.assert_close(slerp(a, torch.zeros(2, 8), 0.25), 0.75 * a)
    opposite = slerp(a, -length * a, torch.linspace(0, 1, 9))
    assert opposite.isfinite().all()
    torch.testing.assert_close(opposite[-1], -length * a, atol=1e-5, rtol=1e-5)
    expected = torch.lerp(a.norm(dim=-1), length * a.norm(dim=-1), 0.5)
    torch.testing.assert_close(opposite[4].norm(dim=-1), expected)
