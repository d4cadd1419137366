"""EC2-VAE: two ways through the decoder, the right shapes, and who hears what."""

from __future__ import annotations

import pytest
import torch

from melonb.ec2vae.data import build
from melonb.ec2vae.decoder import HOLD, REST, rhythm_of, shift
from melonb.ec2vae.hierarchy import HierarchicalEC2VAE
from melonb.ec2vae.model import EC2VAE, Factors, fold
from melonb.ec2vae.pieces import PieceByPiece
from melonb.ec2vae.presets import size_of as ec2_size

FLAT = ("2bar", "4bar", "8bar-plain")


def music(bars: int, batch: int = 3, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    steps = bars * 16
    melody = torch.randint(55, 84, (batch, steps), generator=generator)
    kind = torch.rand(batch, steps, generator=generator)
    melody = torch.where(kind < 0.5, torch.full_like(melody, HOLD), melody)
    melody = torch.where(kind > 0.9, torch.full_like(melody, REST), melody)
    chords = (torch.rand(batch, steps, 12, generator=generator) < 0.3).float()
    return melody, chords


@pytest.fixture(params=[*FLAT, "8bar-hierarchical"])
def net(request: pytest.FixtureRequest) -> EC2VAE | HierarchicalEC2VAE:
    torch.manual_seed(0)
    return build(request.param, "tiny").eval()


def test_shapes(net: EC2VAE | HierarchicalEC2VAE) -> None:
    melody, chords = music(net.bars)
    done = net(melody, chords)
    assert done.factors.pitch.shape == done.factors.rhythm.shape == (3, net.latent)
    assert done.reconstruction.melody.shape == (3, net.steps, 130)
    assert done.reconstruction.rhythm.shape == (3, net.steps, 3)
    assert torch.allclose(
        done.reconstruction.melody.exp().sum(-1), torch.ones(3, net.steps), atol=1e-5
    )
    played = net.decode(done.factors, chords)
    assert played.shape == melody.shape
    assert 0 <= int(played.min()) <= int(played.max()) <= 129


def test_a_reader_of_pairs_reads_each_pair_alone() -> None:
    melody, chords = music(8)
    by_pair = build("8bar-plain", "tiny").encoder
    assert by_pair.by_pair
    steps = torch.cat([by_pair.token(melody), chords], dim=-1)
    pairs = []
    for start in range(0, 128, 32):
        _, last = by_pair.gru(steps[:, start : start + 32])
        pairs.append(torch.cat([last[0], last[1]], dim=-1))
    _, last = by_pair.over(torch.stack(pairs, dim=1))
    expected = by_pair.head(torch.cat([last[0], last[1]], dim=-1)).mean
    read = by_pair(melody, chords)
    both = torch.cat([read.pitch.mean, read.rhythm.mean], dim=-1)
    torch.testing.assert_close(both, expected)


def test_the_rhythm_of_longer_pieces_begins_faint() -> None:
    melody, chords = music(8, batch=32)
    torch.manual_seed(0)
    for pair_hidden, fainter in ((16, True), (0, False)):
        read = build("8bar-plain", "tiny", pair_hidden=pair_hidden).encode(melody, chords).mean
        spread = [points.std(0).mean() for points in (read.rhythm, read.pitch)]
        assert (spread[0] < 0.3 * spread[1]) == fainter


def test_only_longer_models_have_a_reader_of_pairs() -> None:
    assert not build("2bar", "tiny").encoder.by_pair
    assert not build("8bar-hierarchical", "tiny", pair_hidden=0).encoder.by_pair
    assert build("8bar-hierarchical", "book").encoder.by_pair
    assert not ec2_size("paper").pair_hidden


@pytest.mark.parametrize("rhythm_to_pitch", [False, True])
def test_fused_and_stepwise_decoders_agree(rhythm_to_pitch: bool) -> None:
    net = build("2bar", "tiny", rhythm_to_pitch=rhythm_to_pitch)
    melody, chords = music(2)
    z = net.encode(melody, chords).mean
    fused = net.reconstruct(z, melody, chords)
    forced = torch.ones_like(melody, dtype=torch.bool)
    steps = net.decoder.unroll(z.pitch, z.rhythm, chords, melody=melody, forced=forced)
    assert torch.allclose(fused.melody, steps.reconstruction.melody, atol=1e-5)
    assert torch.allclose(fused.rhythm, steps.reconstruction.rhythm, atol=1e-5)


def test_scheduled_sampling_is_a_fused_pass_over_what_was_played() -> None:
    net = build("2bar", "tiny")
    melody, chords = music(2)
    z = net.encode(melody, chords).mean
    forced = torch.rand(melody.shape, generator=torch.Generator().manual_seed(1)) < 0.5
    fused = net.reconstruct(z, melody, chords, forced)
    steps = net.decoder.unroll(z.pitch, z.rhythm, chords, melody=melody, forced=forced)
    assert torch.allclose(fused.melody, steps.reconstruction.melody, atol=1e-5)
    assert not torch.allclose(fused.melody, net.reconstruct(z, melody, chords).melody, atol=1e-3)


def test_scheduled_sampling_has_the_gradient_of_the_loop() -> None:
    net = build("2bar", "tiny")
    melody, chords = music(2)
    forced = torch.rand(melody.shape, generator=torch.Generator().manual_seed(1)) < 0.5
    z = net.encode(melody, chords).mean
    points = [torch.randn_like(z.pitch).requires_grad_() for _ in range(2)]
    net.reconstruct(Factors(*points), melody, chords, forced).melody.square().mean().backward()
    fused = [point.grad.clone() for point in points]
    for point in points:
        point.grad = None
    steps = net.decoder.unroll(*points, chords, melody=melody, forced=forced)
    steps.reconstruction.melody.square().mean().backward()
    for point, expected in zip(points, fused, strict=True):
        assert torch.allclose(point.grad, expected, atol=1e-6)


def test_a_step_never_sees_its_own_token_or_the_future() -> None:
    net = build("2bar", "tiny")
    melody, chords = music(2)
    z = net.encode(melody, chords).mean
    changed = melody.clone()
    changed[:, 20:] = 60
    a, b = net.reconstruct(z, melody, chords), net.reconstruct(z, changed, chords)
    assert torch.equal(a.melody[:, :21], b.melody[:, :21])
    assert not torch.equal(a.melody[:, 21:], b.melody[:, 21:])


def test_rhythm_comes_from_z_r_alone() -> None:
    net = build("4bar", "tiny")
    melody, chords = music(4)
    z = net.encode(melody, chords).mean
    other = Factors(torch.randn_like(z.pitch), z.rhythm)
    a, b = net.reconstruct(z, melody, chords), net.reconstruct(other, melody, chords)
    assert torch.equal(a.rhythm, b.rhythm)
    assert not torch.allclose(a.melody, b.melody)


def test_chords_reach_encoder_and_global_decoder_but_not_the_rhythm() -> None:
    net = build("2bar", "tiny")
    melody, chords = music(2)
    z = net.encode(melody, chords).mean
    assert not torch.allclose(z.pitch, net.encode(melody, 1 - chords).mean.pitch)
    a, b = net.reconstruct(z, melody, chords), net.reconstruct(z, melody, 1 - chords)
    assert torch.equal(a.rhythm, b.rhythm)
    assert not torch.allclose(a.melody, b.melody)


def test_one_hot_tokens_at_paper_size() -> None:
    net = build("2bar", "paper", hidden=8, latent=4)
    melody, chords = music(2)
    assert net.encoder.token.width == 130
    assert net(melody, chords).reconstruction.melody.shape == (3, 32, 130)


def test_paper_sizes_are_the_papers() -> None:
    with torch.device("meta"):
        net = build("8bar-hierarchical", "paper")
    assert net.encoder.gru.hidden_size == 2048
    assert net.latent == 128
    assert net.pitch_to_halves.cell.hidden_size == 1024


def test_as_many_parameters_as_the_published_model() -> None:
    with torch.device("meta"):
        net = build("2bar", "paper")
    assert sum(p.numel() for p in net.parameters()) == 82_684_549


def test_bar_pairs_fold_in_order_and_are_decoded_apart() -> None:
    net = build("8bar-hierarchical", "tiny")
    melody, chords = music(8)
    assert torch.equal(fold(melody).view(3, 4, 32)[1, 2], melody[1, 64:96])
    levels = net.descend(net.encode(melody, chords).mean)
    assert levels.intermediate.pitch.shape == (3, 2, net.latent)
    assert levels.bar.rhythm.shape == (3, 4, net.latent)
    changed = melody.clone()
    changed[:, :32] = 60
    a, b = net.write(levels, melody, chords), net.write(levels, changed, chords)
    assert torch.equal(a.melody[:, 32:], b.melody[:, 32:])  # no state crosses a bar pair


def test_a_frozen_encoder_gets_no_gradient() -> None:
    net = build("8bar-hierarchical", "tiny")
    done = net(*music(8), frozen=True)
    done.reconstruction.melody.mean().backward()
    assert all(p.grad is None for p in net.encoder.parameters())
    assert net.pitch_to_halves.cell.weight_hh.grad is not None


def test_rhythm_and_history() -> None:
    melody = torch.tensor([[60, HOLD, REST, 0, 127]])
    assert rhythm_of(melody).tolist() == [[0, 1, 2, 0, 0]]
    assert shift(melody, REST).tolist() == [[REST, 60, HOLD, REST, 0]]


def test_decoding_is_reproducible_and_takes_one_phrase() -> None:
    net = build("8bar-hierarchical", "tiny")
    melody, chords = music(8, batch=1)
    z = net.encode(melody, chords).mean
    draws = [
        net.decode(z, chords, temperature=1.0, generator=torch.Generator().manual_seed(5))
        for _ in range(2)
    ]
    assert torch.equal(*draws)


def test_piece_by_piece_is_the_short_model_on_each_piece() -> None:
    net = build("2bar", "tiny").eval()
    assert isinstance(net, EC2VAE)
    whole = PieceByPiece(net)
    melody, chords = music(8)
    melody[:, ::32] = 60
    assert (whole.bars, whole.steps, whole.latent) == (8, 128, 4 * net.latent)
    z = whole.encode(melody, chords).mean
    third = net.encode(melody[:, 64:96], chords[:, 64:96]).mean
    span = slice(2 * net.latent, 3 * net.latent)
    assert torch.allclose(z.rhythm[:, span], third.rhythm, atol=1e-6)
    played = whole.decode(z, chords)
    assert torch.equal(played[:, 64:96], net.decode(third, chords[:, 64:96]))
    told = whole.reconstruct(z, melody, chords)
    alone = net.reconstruct(third, melody[:, 64:96], chords[:, 64:96])
    assert torch.allclose(told.melody[:, 64:96], alone.melody, atol=1e-5)


def test_a_note_held_over_a_cut_is_a_rest_to_the_next_piece() -> None:
    net = build("2bar", "tiny").eval()
    assert isinstance(net, EC2VAE)
    melody, chords = music(4)
    melody[:, 28:36], melody[:, 36] = HOLD, 60
    alone = melody[:, 32:].clone()
    alone[:, :4] = REST  # what a window that is cut there has
    whole = PieceByPiece(net, 4)
    z = whole.encode(melody, chords).mean
    second = net.encode(alone, chords[:, 32:]).mean
    assert torch.allclose(z.rhythm[:, net.latent :], second.rhythm, atol=1e-6)
    assert torch.allclose(z.pitch[:, net.latent :], second.pitch, atol=1e-6)
    told = whole.reconstruct(z, melody, chords).melody[:, 32:]
    assert torch.allclose(told, net.reconstruct(second, alone, chords[:, 32:]).melody, atol=1e-5)
