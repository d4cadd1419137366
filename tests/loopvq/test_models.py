from __future__ import annotations

import pytest
import torch

from melonb.errors import RecipeError
from melonb.loopvq import MODELS, build
from melonb.loopvq.forms import PAPER, copy_codes, form_copies
from melonb.loopvq.model import CNNVAE, VQVAE
from melonb.loopvq.prior import CodePrior, LoopComposer
from melonb.loopvq.recurrent import ARLSTMVAE, LSTMVAE


@pytest.fixture
def roll() -> torch.Tensor:
    torch.manual_seed(0)
    return (torch.rand(3, 128, 93) < 0.02).float()


@pytest.mark.parametrize(("steps", "size"), [(16, 8), (32, 16), (64, 16)])
def test_vq_vae_has_the_shapes_of_table_d(roll: torch.Tensor, steps: int, size: int) -> None:
    model = VQVAE(steps=steps, size=size, codes=64)
    out = model(roll)
    assert out.logits.shape == (3, 128, 93)
    assert out.quantised.vectors.shape == (3, steps, size)
    model.eval()
    torch.testing.assert_close(model.decode(model.encode(roll)), model(roll).logits)


def test_gradient_reaches_the_encoder_through_the_codes(roll: torch.Tensor) -> None:
    model = VQVAE(codes=64)
    model(roll).logits.sum().backward()
    first = model.encoder[0][0].weight.grad
    assert first is not None
    assert first.abs().sum() > 0


@pytest.mark.parametrize("name", ["cnn", "lstm", "lstm-ar"])
def test_continuous_models_have_the_paper_s_latent_sizes(roll: torch.Tensor, name: str) -> None:
    model = build(name, "paper").eval()
    assert isinstance(model, CNNVAE | LSTMVAE | ARLSTMVAE)
    if name != "cnn":  # far from the norm's own epsilon
        torch.nn.init.normal_(model.encoder.head.head.mean.weight)
    posterior = model.encode(roll)
    assert posterior.mean.shape == (3, 512 if name == "cnn" else 128)
    # Layer normalisation on mu: mean 0, variance 1 over the latent dimensions.
    torch.testing.assert_close(posterior.mean.mean(-1), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        posterior.mean.var(-1, unbiased=False), torch.ones(3), atol=5e-3, rtol=0
    )
    assert model.decode(posterior.mean).shape == (3, 128, 93)


def test_an_opening_is_decoded_as_the_start_of_a_whole_loop() -> None:
    z, truth = torch.randn(3, 16), (torch.rand(3, 128, 93) < 0.1).float()
    at_once, fed = LSTMVAE(16, 16).eval(), ARLSTMVAE(16, 16).eval()
    torch.testing.assert_close(at_once.decode(z, 32), at_once.decode(z)[:, :32])
    for teach in (1.0, 0.0):
        whole, part = fed.decode(z, truth, teach), fed.decode(z, truth[:, :32], teach)
        torch.testing.assert_close(part, whole[:, :32])
    for model in (at_once, fed):
        assert model.encode(truth[:, :32]).mean.shape == (3, 16)


def test_two_ways_through_the_autoregressive_decoder_agree(roll: torch.Tensor) -> None:
    model = ARLSTMVAE(latent=16, hidden=16).eval()
    torch.nn.init.normal_(model.output.weight, std=2.0)
    torch.nn.init.zeros_(model.output.bias)
    z = torch.randn(3, 16)
    free = model.decode(z)
    own = (free >= 0).float()  # what it wrote is what it would have been taught
    torch.testing.assert_close(model.decode(z, own), free, atol=1e-5, rtol=1e-4)
    assert own.mean() > 0.1
    generator = torch.Generator().manual_seed(0)
    half = model.decode(z, roll, teach=0.5, generator=generator)
    assert not torch.allclose(half, free)
    torch.testing.assert_close(model.decode(z, roll, teach=0.0, generator=generator), free)


@pytest.mark.parametrize("lags", [(), (2, 5)])
def test_prior_reads_only_the_past(lags: tuple[int, ...]) -> None:
    prior = CodePrior(codes=20, embedding=8, hidden=16, lags=lags).eval()
    codes = torch.randint(20, (1, 32))
    other = codes.clone()
    other[0, 10:] = (other[0, 10:] + 1) % 20
    before, after = prior(codes), prior(other)
    assert before.shape == (1, 31, 20)
    torch.testing.assert_close(before[:, :10], after[:, :10])
    assert not torch.allclose(before[:, 10:], after[:, 10:])


@pytest.mark.parametrize("lags", [(), (2, 5)])
def test_sampling_with_a_carried_state_is_sampling_on_the_growing_prefix(
    lags: tuple[int, ...],
) -> None:
    prior = CodePrior(codes=20, embedding=8, hidden=16, lags=lags).eval()
    drawn = prior.sample(4, 12, temperature=0, generator=torch.Generator().manual_seed(0))
    slow = drawn[:, :1]
    for _ in range(11):
        following = torch.cat([slow, slow[:, :1]], dim=1)  # the last column is not looked at
        slow = torch.cat([slow, prior(following)[:, -1:].argmax(-1)], dim=1)
    assert torch.equal(drawn, slow)


def test_first_codes_come_as_often_as_in_training_and_given_codes_stay() -> None:
    prior = CodePrior(codes=5, embedding=4, hidden=4).eval()
    prior.count_first(torch.tensor([[1, 0], [1, 2], [1, 3], [4, 4]]))
    assert prior.first.tolist() == [0, 0.75, 0, 0, 0.25]
    codes = prior.sample(400, 6, generator=torch.Generator().manual_seed(0))
    assert set(codes[:, 0].tolist()) == {1, 4}
    assert (codes[:, 0] == 1).float().mean() == pytest.approx(0.75, abs=0.07)
    given = torch.arange(6).remainder(5).expand(2, -1)
    keep = torch.tensor([True, False, True, True, False, True]).expand(2, -1)
    assert torch.equal(prior.sample(2, 6, given=given, keep=keep)[keep], given[keep])


def test_a_prior_with_lags_learns_to_repeat_codes_it_has_never_seen() -> None:
    torch.manual_seed(0)
    prior = CodePrior(codes=60, embedding=4, hidden=16, lags=(4, 8))
    optimizer = torch.optim.Adam(prior.parameters(), lr=0.03)
    for _ in range(60):
        prior.loss(torch.randint(30, (32, 8)).repeat(1, 2)).backward()
        optimizer.step()
        optimizer.zero_grad()
    unseen = torch.randint(30, 60, (32, 8)).repeat(1, 2)
    assert (prior(unseen).argmax(-1) == unseen[:, 1:])[:, 7:].float().mean() > 0.9
    assert prior.state_dict().keys() - CodePrior().state_dict().keys() == {
        "again.weight",
        "again.bias",
    }


def test_a_single_loop_can_be_drawn() -> None:
    prior = CodePrior(codes=9, embedding=4, hidden=4).eval()
    assert prior.sample(1, 32, top_k=3, top_p=0.9).shape == (1, 32)


def test_composer_never_trains_its_vq_vae() -> None:
    composer = build("prior", "tiny").train()
    assert isinstance(composer, LoopComposer)
    assert not composer.vq.training
    assert composer.prior.training
    assert not any(p.requires_grad for p in composer.vq.parameters())


def test_paper_sizes() -> None:
    sizes = {name: sum(p.numel() for p in build(name, "paper").parameters()) for name in MODELS}
    assert sizes["vq"] < 70_000  # the table's sizes, against 649,545 in the authors' later code
    assert sizes["cnn"] == 1_374_557


def test_forms() -> None:
    codes = torch.arange(32)[None]
    changed = copy_codes(codes, PAPER)[0].tolist()
    assert (changed[16], changed[17], changed[18]) == (0, 1, 18)
    assert copy_codes(codes, form_copies("AABA"))[0].reshape(4, 8)[:, 0].tolist() == [0, 0, 16, 0]
    assert form_copies("ABCDEFGH") == ()
    whole = copy_codes(codes, form_copies("A"))
    assert torch.equal(whole, codes)


def test_wrong_names_and_sizes_say_so() -> None:
    for call in (lambda: build("vqq"), lambda: build("vq", "huge"), lambda: build("vq", steps=30)):
        with pytest.raises(RecipeError):
            call()
