"""The network: shapes, folding, what may flow where."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from melonb import musicvae
from melonb.errors import RecipeError
from melonb.musicvae.model import MusicVAE
from melonb.musicvae.objective import Objective
from melonb.musicvae.presets import CONFIGURATIONS, PRESETS, configuration
from melonb.musicvae.streams import Stream, combinations, features, shift


def tokens_for(model, batch=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    columns = [
        torch.randint(0, stream.size, (batch, model.sizes.steps), generator=generator)
        for stream in model.sizes.streams
    ]
    return torch.stack(columns, dim=-1)


@pytest.mark.parametrize("name", musicvae.MODELS)
def test_shapes(name):
    model = musicvae.build(name, "tiny")
    tokens = tokens_for(model)
    posterior = model.encode(tokens)
    assert posterior.mean.shape == posterior.std.shape == (2, model.sizes.latent)
    assert (posterior.std > 0).all()
    scores = model.logits(posterior.mean, tokens)
    assert [s.shape for s in scores] == [(*tokens.shape[:2], s.size) for s in model.sizes.streams]
    assert model.generate(posterior.mean).shape == tokens.shape


def test_a_whole_batch_of_bars_is_the_same_as_bar_after_bar():
    model = musicvae.build("trio-16bar", "tiny")
    tokens = tokens_for(model)
    z = torch.randn(2, model.sizes.latent)
    embeddings = model.conductor(z)
    together = model.logits(z, tokens)
    for i, core in enumerate(model.cores):
        for bar in range(16):
            steps = slice(16 * bar, 16 * bar + 16)
            alone = core(embeddings[:, bar], tokens[:, steps, i : i + 1])[0]
            torch.testing.assert_close(together[i][:, steps], alone)


def test_no_state_crosses_a_bar():
    model = musicvae.build("mel-16bar", "tiny")
    z = torch.randn(1, model.sizes.latent)
    first, other = tokens_for(model, 1), tokens_for(model, 1, seed=1)
    other[:, 16:] = first[:, 16:]
    ours, theirs = model.logits(z, first)[0], model.logits(z, other)[0]
    torch.testing.assert_close(ours[:, 16:], theirs[:, 16:])
    assert not torch.allclose(ours[:, 1:16], theirs[:, 1:16])


@pytest.mark.parametrize("name", ["mel-16bar", "mel-16bar-flat", "trio-16bar"])
def test_first_bars_are_scored_as_the_start_of_a_whole_piece(name):
    model = musicvae.build(name, "tiny", previous_bar=name == "mel-16bar")
    tokens, z = tokens_for(model), torch.randn(2, model.sizes.latent)
    for whole, part in zip(model.logits(z, tokens), model.logits(z, tokens[:, :64]), strict=True):
        torch.testing.assert_close(part, whole[:, :64])


def test_the_flat_decoder_does_carry_its_state():
    model = musicvae.build("mel-16bar-flat", "tiny")
    z = torch.randn(1, model.sizes.latent)
    first, other = tokens_for(model, 1), tokens_for(model, 1, seed=1)
    other[:, 16:] = first[:, 16:]
    assert not torch.allclose(model.logits(z, first)[0][:, 17], model.logits(z, other)[0][:, 17])


def test_magentas_option_passes_on_one_token_a_bar():
    model = musicvae.build("mel-16bar", "tiny", previous_bar=True)
    z = torch.randn(1, model.sizes.latent)
    first = tokens_for(model, 1)
    other = first.clone()
    other[:, 15] = (other[:, 15] + 1) % 130
    ours, theirs = model.logits(z, first)[0], model.logits(z, other)[0]
    assert not torch.allclose(ours[:, 16], theirs[:, 16])
    torch.testing.assert_close(ours[:, 32:], theirs[:, 32:])


@pytest.mark.parametrize("previous_bar", [False, True])
def test_greedy_decoding_is_what_teacher_forcing_on_it_finds_likeliest(previous_bar):
    model = musicvae.build("mel-16bar", "tiny", previous_bar=previous_bar).eval()
    z = torch.randn(2, model.sizes.latent)
    drawn = model.generate(z, temperature=0)
    assert torch.equal(model.logits(z, drawn)[0].argmax(-1), drawn[..., 0])


def test_scheduled_sampling_with_no_share_is_teacher_forcing():
    model = musicvae.build("mel-2bar", "tiny")
    tokens = tokens_for(model)
    z = torch.randn(2, model.sizes.latent)
    torch.testing.assert_close(model.logits(z, tokens, share=1e-12)[0], model.logits(z, tokens)[0])


def test_scheduled_sampling_never_sees_the_truth_at_full_share():
    model = musicvae.build("mel-2bar", "tiny")
    z = torch.randn(2, model.sizes.latent)
    scores = [
        model.logits(z, tokens_for(model, seed=s), 1.0, torch.Generator().manual_seed(5))[0]
        for s in (0, 1)
    ]
    torch.testing.assert_close(*scores)


def test_scheduled_sampling_trains_the_decoder():
    model = musicvae.build("mel-2bar", "tiny")
    z = torch.randn(2, model.sizes.latent)
    model.logits(z, tokens_for(model), share=0.5)[0].sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.cores[0].parameters())


def test_drum_roll_has_nine_bits_and_silence():
    drums = Stream("drums", 512, "roll")
    roll = features(torch.tensor([0, 1 | 256]), drums, "roll")
    assert roll.tolist() == [[0] * 9 + [1], [1, 0, 0, 0, 0, 0, 0, 0, 1, 0]]


def test_nine_bits_cost_what_nine_coins_cost():
    bits = torch.randn(50, 9)
    tokens = torch.arange(50) * 10
    drums = features(tokens, Stream("drums", 512), "roll")[:, :9]
    coins = F.binary_cross_entropy_with_logits(bits, drums, reduction="none").sum(-1)
    torch.testing.assert_close(F.cross_entropy(combinations(bits), tokens, reduction="none"), coins)


@pytest.mark.parametrize("name", ["drums-2bar", "trio-16bar", "trio-16bar-flat"])
def test_drums_said_as_bits_train_and_decode(name):
    model = musicvae.build(name, "tiny", drum_bits=True)
    assert model.cores[-1].output.out_features == (9 if "flat" not in name else 130 + 130 + 9)
    tokens = tokens_for(model)
    z = torch.randn(2, model.sizes.latent)
    scores = model.logits(z, tokens)
    assert [s.shape[-1] for s in scores] == [s.size for s in model.sizes.streams]
    scores[-1].logsumexp(-1).sum().backward()
    assert model.cores[-1].output.weight.grad[-9:].abs().sum() > 0
    drawn = model.generate(z, temperature=0)
    assert torch.equal(model.logits(z, drawn)[-1].argmax(-1), drawn[..., -1])


def test_shift_feeds_each_step_with_the_one_before():
    steps = torch.arange(3.0).reshape(1, 3, 1) + 1
    assert shift(steps).flatten().tolist() == [0, 1, 2]
    assert shift(steps, torch.tensor([[9.0]])).flatten().tolist() == [9, 1, 2]


def test_all_presets_describe_networks():
    with torch.device("meta"):
        for name in musicvae.MODELS:
            for preset in PRESETS:
                MusicVAE(configuration(name, preset).sizes)
        for preset, (name, _) in CONFIGURATIONS.items():
            MusicVAE(configuration(name, preset).sizes)


def test_published_sizes_have_the_published_number_of_parameters():
    counts = {
        "cat-mel_2bar_small": 4_423_770,
        "cat-mel_2bar_big": 134_571_098,
        "flat-mel_16bar": 235_250_778,
        "hierdec-mel_16bar": 176_061_530,
        "hierdec-trio_16bar": 230_975_156,
    }
    for preset, count in counts.items():
        with torch.device("meta"):
            model = MusicVAE(configuration(CONFIGURATIONS[preset][0], preset).sizes)
        # PyTorch has two biases where TensorFlow has one.
        twice = sum(p.numel() for n, p in model.named_parameters() if "bias_hh" in n)
        assert sum(p.numel() for p in model.parameters()) - twice == count


@pytest.mark.parametrize("name", musicvae.MODELS)
def test_the_papers_numbers(name):
    sizes, short = configuration(name, "paper").sizes, "2bar" in name
    assert (sizes.encoder, sizes.encoder_layers, sizes.latent) == (2048, 2, 512)
    assert (sizes.encoder_by_bar, sizes.previous_bar) == (False, False)
    assert [s.size for s in sizes.streams] == {
        "mel": [130],
        "drums": [512],
        "trio": [130, 130, 512],
    }[name.split("-")[0]]
    assert sizes.hierarchical == (not short and "flat" not in name)
    if sizes.hierarchical:
        assert (sizes.conductor, sizes.conductor_layers, sizes.embedding) == (1024, 2, 512)
        assert (sizes.decoder, sizes.decoder_layers, sizes.segments) == (1024, 2, 16)
    recipe = musicvae.recipe(name, "paper")
    objective = Objective(**recipe.objective)
    assert objective.free_bits == (48 if short else 256)
    assert objective.sampling(10**6) == 0
    assert objective.beta(0) == (0 if short else 0.2)
    assert objective.beta(10**7) == pytest.approx(0.2)
    assert objective.beta(1000) == pytest.approx(0.2 * (1 - 0.99999**1000 if short else 1))
    assert (recipe.batch_size, recipe.steps) == (512, 50_000 if short else 100_000)
    assert recipe.data == ("lakh",)
    assert recipe.optimizer == "adam"
    assert recipe.learning_rate(0) == 1e-3
    assert recipe.learning_rate(10**7) == pytest.approx(1e-5)
    assert recipe.learning_rate(1000) == pytest.approx((1e-3 - 1e-5) * 0.9999**1000 + 1e-5)


@pytest.mark.parametrize(
    ("model", "preset", "size"),
    [
        ("mel-3bar", "book", {}),
        ("mel-2bar", "hierdec-mel_16bar", {}),
        ("mel-2bar", "book", {"a": 1}),
    ],
)
def test_what_does_not_exist_is_refused(model, preset, size):
    with pytest.raises(RecipeError):
        musicvae.build(model, preset, **size)


@pytest.mark.parametrize("name", ["mel-2bar", "drums-2bar", "mel-16bar", "trio-16bar"])
@pytest.mark.parametrize("preset", ["tiny", "book"])
def test_an_encoder_starts_out_telling_pieces_apart(name, preset):
    torch.manual_seed(0)
    model = musicvae.build(name, preset)
    posterior = model.encode(tokens_for(model, 32))
    assert posterior.mean.std(0).mean() > 0.3 * posterior.std.mean()


def test_a_conductor_starts_out_carrying_z_to_the_last_bar():
    torch.manual_seed(0)
    conductor = musicvae.build("mel-16bar").conductor
    embeddings = conductor(torch.randn(64, 128))
    spread = embeddings.std(0).mean(-1)
    assert 0.5 < spread.min() < spread.max() < 2
    assert (embeddings[:, 0] - embeddings[:, -1]).std() > 0.5
