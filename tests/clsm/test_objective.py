from __future__ import annotations

import pytest
import torch

from melonb.clsm.arnn import ARNN
from melonb.clsm.model import CLSM
from melonb.clsm.objective import (
    Objective,
    arnn_terms,
    clsm_terms,
    contextual_kl,
    forgetful,
    free_positions,
    vae_terms,
)
from melonb.clsm.presets import SIZES
from melonb.clsm.prior import ContextualPrior
from melonb.clsm.spans import BLANK, Span
from melonb.clsm.vae import VAE
from melonb.nn.flow import Flow
from melonb.nn.gaussian import Gaussian

TINY = SIZES["tiny"]


def test_the_weight_rises_in_a_straight_line_or_late() -> None:
    objective = Objective(weight=0.4, anneal=200, kl_steps=128)
    assert objective.weight_at(0) == 0
    assert objective.weight_at(100) == pytest.approx(0.2 / 128)
    assert objective.weight_at(500) == objective.weight_at(None) == pytest.approx(0.4 / 128)
    assert Objective(weight=0.1).weight_at(0) == 0.1
    assert Objective(weight=0.8, anneal=100, power=3).weight_at(50) == pytest.approx(0.1)


def test_the_kl_estimate_is_right_on_average() -> None:
    """With a flow that does nothing, against the closed form of two Gaussians."""
    torch.manual_seed(0)
    q = Gaussian(torch.tensor([[0.5, -1.0]]), torch.tensor([[0.3, 0.8]]))
    p = Gaussian(torch.tensor([[0.0, 0.4]]), torch.tensor([[0.9, 1.5]]))
    closed = torch.distributions.kl_divergence(
        torch.distributions.Normal(q.mean, q.std), torch.distributions.Normal(p.mean, p.std)
    ).sum()
    many = Gaussian(q.mean.expand(200_000, -1), q.std.expand(200_000, -1))
    prior = ContextualPrior(p, Flow(2, hidden=4))
    estimate = contextual_kl(many, prior, many.rsample())
    assert estimate.mean().item() == pytest.approx(closed.item(), abs=0.02)


def test_equation_4_by_its_parts() -> None:
    torch.manual_seed(0)
    net, phrase, span = CLSM(TINY), torch.randint(0, 32, (2, 128)), Span(16, 64)
    objective = Objective(weight=0.012, anneal=10)

    def terms(step: int | None):  # type: ignore[no-untyped-def]
        return clsm_terms(net, phrase, span, objective, step, torch.Generator().manual_seed(1))

    full, first = terms(None), terms(0)
    z = net.posterior(phrase, span).rsample(torch.Generator().manual_seed(1))
    log = net.logits(phrase, z, span).log_softmax(-1)
    nats = -log.gather(-1, phrase[:, 16:64, None]).sum(1).mean()  # a phrase
    assert torch.allclose(full.reconstruction, nats / 48, atol=1e-5)
    assert torch.allclose(full.total, full.reconstruction + 0.012 * full.kl, atol=1e-5)
    assert torch.allclose(first.total, full.reconstruction)
    full.total.backward()
    assert all(p.grad is not None for name, p in net.named_parameters() if "distances" not in name)


def test_equation_9_divides_the_kl_where_the_recipe_says_so() -> None:
    torch.manual_seed(0)
    net, phrase = VAE(TINY), torch.randint(0, 32, (2, 128))
    for steps in (1, 128):
        terms = vae_terms(net, phrase, Objective(weight=0.4, kl_steps=steps))
        assert torch.allclose(terms.total, terms.reconstruction + 0.4 / steps * terms.kl)
    assert torch.allclose(terms.kl, net.posterior(phrase).kl().mean())


def test_the_arnn_is_asked_only_for_what_is_free() -> None:
    torch.manual_seed(0)
    net, phrase = ARNN(TINY), torch.randint(0, 32, (2, 128))
    free = torch.zeros(128, dtype=torch.bool)
    free[32:48] = True
    terms = arnn_terms(net, phrase, free)
    log = net.logits(phrase, free).log_softmax(-1).gather(-1, phrase[..., None])[:, 32:48]
    assert torch.allclose(terms.total, -log.mean())
    drawn = free_positions(torch.zeros(2000, 128), torch.Generator().manual_seed(0)).float().mean(1)
    assert drawn.mean().item() == pytest.approx(0.5, abs=0.02)
    assert drawn.std().item() == pytest.approx((1 / 12) ** 0.5, abs=0.02)


def test_a_forgetful_decoder_loses_a_share_of_the_target_alone() -> None:
    phrase = torch.zeros(400, 128, dtype=torch.long)
    heard = forgetful(phrase, Span(32, 96), 0.3, torch.Generator().manual_seed(0)) == BLANK
    assert heard[:, 32:96].float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert not heard[:, :32].any()
    assert not heard[:, 96:].any()
    assert forgetful(phrase, Span(0, 128), 0.0) is phrase


def test_a_posterior_begins_narrow_and_a_prior_does_not() -> None:
    torch.manual_seed(0)
    net, phrase, span = CLSM(TINY), torch.randint(0, 32, (8, 128)), Span(0, 16)
    assert net.posterior(phrase, span).std.median().item() == pytest.approx(0.1, rel=0.3)
    assert net.prior(phrase, span).base.std.median().item() == pytest.approx(1.0, rel=0.3)
