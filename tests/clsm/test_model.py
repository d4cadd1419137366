from __future__ import annotations

import pytest
import torch

from melonb.clsm.arnn import ARNN
from melonb.clsm.judge import Judge
from melonb.clsm.model import CLSM
from melonb.clsm.presets import SIZES
from melonb.clsm.prior import ContextualPrior
from melonb.clsm.spans import BLANK, HOLD, Span, all_spans, blanked, decoder_mask
from melonb.clsm.vae import VAE
from melonb.nn.gaussian import Gaussian

TINY = SIZES["tiny"]


def shaken(net: torch.nn.Module) -> torch.nn.Module:
    """Move every parameter from its start, so that nothing is zero or the identity."""
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return net.eval()


@pytest.fixture
def net() -> CLSM:
    torch.manual_seed(0)
    return shaken(CLSM(TINY))


@pytest.fixture
def phrase() -> torch.Tensor:
    return torch.randint(0, 32, (3, 128), generator=torch.Generator().manual_seed(1))


def test_there_are_26_spans_of_which_4_have_no_right_context() -> None:
    assert len(all_spans()) == len(set(all_spans())) == 8 + 7 + 6 + 5
    assert len(all_spans(left_context_only=True)) == 4
    assert len(all_spans(left_context_only=False)) == 22
    with pytest.raises(ValueError, match="no target from step 64 to 64"):
        Span(64, 64)


def test_the_mask_has_the_papers_three_parts() -> None:
    mask = decoder_mask(Span(32, 64))
    s_and_left, target, right = slice(0, 33), slice(33, 65), slice(65, 129)
    for rows in (s_and_left, right):
        assert mask[rows, s_and_left].all()
        assert not mask[rows, target].any()
        assert mask[rows, right].all()
    assert mask[target, s_and_left].all()
    assert torch.equal(mask[target, target], torch.ones(32, 32, dtype=torch.bool).tril())
    assert mask[target, right].all()


@pytest.mark.parametrize("span", [Span(32, 64), Span(0, 16), Span(96, 128), Span(37, 50)])
def test_by_gradient_a_target_symbol_sees_its_past_and_both_contexts_alone(
    net: CLSM, phrase: torch.Tensor, span: Span
) -> None:
    inputs: list[torch.Tensor] = []

    def watch(module: torch.nn.Module, args: object, output: torch.Tensor) -> torch.Tensor:
        inputs.append(output.detach().requires_grad_())
        return inputs[-1]

    handle = net.decoder.embed.register_forward_hook(watch)
    logits = net.logits(phrase, torch.randn(3, TINY.latent), span)
    handle.remove()
    for i in range(span.steps):
        (gradient,) = torch.autograd.grad(logits[:, i].sum(), inputs[0], retain_graph=True)
        seen = gradient.abs().sum((0, 2)) > 0  # (129,): s, then every input symbol
        expected = torch.ones(129, dtype=torch.bool)
        expected[span.first + 1 + i : span.stop + 1] = False  # itself and its future
        assert torch.equal(seen, expected)


def test_by_gradient_a_context_position_never_sees_the_target(net: CLSM) -> None:
    span = Span(32, 64)
    mask = decoder_mask(span)
    x = torch.randn(1, 129, TINY.width, requires_grad=True)
    memory = torch.randn(1, TINY.vectors, TINY.latent)
    hidden = x
    for layer in net.decoder._stack():
        past, memories = layer.remember(hidden), layer.to_memory.remember(memory)
        hidden = layer(hidden, past, memories, mask)
    context = torch.cat((hidden[:, :33], hidden[:, 65:]), dim=1)
    (gradient,) = torch.autograd.grad(context.square().sum(), x)
    assert gradient[:, 33:65].abs().max() == 0
    assert (gradient[:, :33].abs().sum(-1) > 0).all()
    assert (gradient[:, 65:].abs().sum(-1) > 0).all()


def test_the_prior_does_not_look_at_the_target_and_the_encoder_does(
    net: CLSM, phrase: torch.Tensor
) -> None:
    span = Span(32, 64)
    other = phrase.clone()
    other[:, 40] = (other[:, 40] + 1) % 32
    assert torch.equal(net.prior(phrase, span).base.mean, net.prior(other, span).base.mean)
    assert not torch.equal(net.posterior(phrase, span).mean, net.posterior(other, span).mean)
    other = phrase.clone()
    other[:, 100] = (other[:, 100] + 1) % 32
    assert not torch.equal(net.prior(phrase, span).base.mean, net.prior(other, span).base.mean)
    assert (blanked(phrase, span)[:, 32:64] == BLANK).all()


def test_the_priors_density_is_exact(net: CLSM, phrase: torch.Tensor) -> None:
    """Change of variables, by autograd: log p(z) = log N(f(z)) + log |det df/dz|."""
    net = net.double()
    prior = net.prior(phrase, Span(0, 16))
    z = torch.randn(3, TINY.latent, dtype=torch.float64)
    for i in range(3):
        jacobian = torch.autograd.functional.jacobian(lambda p: net.flow(p[None]).point[0], z[i])
        normal = torch.distributions.Normal(prior.base.mean[i], prior.base.std[i])
        expected = (
            normal.log_prob(prior.to_base(z)[i]).sum() + torch.linalg.slogdet(jacobian).logabsdet
        )
        assert torch.allclose(prior.log_prob(z)[i], expected)


def test_a_path_in_w_begins_and_ends_where_it_should(net: CLSM, phrase: torch.Tensor) -> None:
    prior = net.prior(phrase, Span(0, 16))
    a, b = prior.sample(), prior.sample()
    assert torch.allclose(prior.between(a, b, 0.0), a, atol=1e-4)
    assert torch.allclose(prior.between(a, b, 1.0), b, atol=1e-4)
    middle = (prior.to_base(a) + prior.to_base(b)) / 2
    assert torch.allclose(prior.to_base(prior.between(a, b, 0.5)), middle, atol=1e-4)
    assert torch.allclose(prior.near(a, 0.0), a, atol=1e-4)
    assert not torch.allclose(prior.near(a, 1.0), a, atol=1e-1)


def test_a_variation_is_delta_times_the_priors_own_spread(net: CLSM) -> None:
    prior = net.prior(torch.randint(0, 32, (1, 128)), Span(0, 16))
    wide = Gaussian(prior.base.mean.expand(4000, -1), prior.base.std.expand(4000, -1))
    many = ContextualPrior(wide, net.flow)
    z = prior.sample().expand(4000, -1)
    moved = many.to_base(many.near(z, 0.5, torch.Generator().manual_seed(0))) - many.to_base(z)
    torch.testing.assert_close(moved.std(0), 0.5 * prior.base.std[0], rtol=0.06, atol=1e-3)


def test_the_paper_size_is_the_papers() -> None:
    net = CLSM(SIZES["paper"])
    assert net.encoder.recurrent.size == 2 * 256
    assert [len(part.layers) for part in (net.encoder, net.context, net.decoder)] == [2, 2, 2]
    assert net.encoder.embed.symbol.weight.shape == (34, 128)
    assert net.encoder.layers[0].feed_forward[0].out_features == 256  # type: ignore[union-attr]
    assert net.encoder.layers[0].attention.heads == 8  # type: ignore[union-attr]
    assert len(net.flow.couplings) == 4
    assert net.decoder.latent.out_features == 4 * 128  # l_z vectors of d_z numbers
    dropped = {module.p for module in net.modules() if isinstance(module, torch.nn.Dropout)}
    assert dropped == {0.1}


@pytest.mark.parametrize("span", [Span(32, 64), Span(0, 16), Span(64, 128), Span(37, 50)])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_writing_with_and_without_the_cache_is_the_same(
    net: CLSM, phrase: torch.Tensor, span: Span, temperature: float
) -> None:
    z = torch.randn(3, TINY.latent)
    both = [
        net.write(
            phrase,
            z,
            span,
            temperature=temperature,
            generator=torch.Generator().manual_seed(3),
            cache=cache,
        )
        for cache in (True, False)
    ]
    assert torch.equal(*both)
    kept = torch.ones(128, dtype=torch.bool)
    kept[span.slice] = False
    assert torch.equal(both[0][:, kept], phrase[:, kept])
    other = phrase.clone()
    other[:, span.slice] = HOLD
    assert torch.equal(net.write(other, z, span, cache=True), net.write(phrase, z, span))


def test_the_vae_writes_what_its_logits_say_and_ignores_the_right(phrase: torch.Tensor) -> None:
    vae = shaken(VAE(TINY))
    assert isinstance(vae, VAE)
    span, z = Span(32, 64), torch.randn(3, TINY.latent)
    written = vae.write(phrase, z, span)
    assert torch.equal(vae.logits(written, z).argmax(-1)[:, span.slice], written[:, span.slice])
    other = phrase.clone()
    other[:, 64:] = HOLD
    assert torch.equal(vae.write(other, z, span)[:, :64], written[:, :64])


def test_the_arnn_writes_what_its_logits_say_and_hears_the_right(phrase: torch.Tensor) -> None:
    arnn = shaken(ARNN(TINY))
    assert isinstance(arnn, ARNN)
    span = Span(32, 64)
    free = torch.zeros(128, dtype=torch.bool)
    free[span.slice] = True
    written = arnn.write(phrase, span, temperature=0.0)
    likeliest = arnn.logits(written, free).argmax(-1)
    assert torch.equal(likeliest[:, span.slice], written[:, span.slice])
    other = phrase.clone()
    other[:, 64] = (other[:, 64] + 1) % 32
    assert not torch.equal(arnn.logits(other, free)[:, :64], arnn.logits(phrase, free)[:, :64])


def test_the_judge_sees_only_the_past(phrase: torch.Tensor) -> None:
    judge = shaken(Judge(TINY))
    assert isinstance(judge, Judge)
    other = phrase.clone()
    other[:, 60:] = HOLD
    assert torch.equal(judge.surprise(other)[:, :60], judge.surprise(phrase)[:, :60])
    drawn = judge.write(2, temperature=0.0)
    assert torch.equal(judge.logits(drawn).argmax(-1), drawn)
