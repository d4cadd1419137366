"""InfoNCE against a double loop over the equations, and against the published code's sums."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from melonb.ec2vae.contrast import Contrast
from melonb.ec2vae.decoder import Reconstruction
from melonb.ec2vae.model import Factors
from melonb.ec2vae.objective import (
    Objective,
    draw_negatives,
    info_nce,
    kl_per_dimension,
    published_info_nce,
    reconstruction_loss,
    similarity,
)

B, W, Z = 5, 3, 6


def points(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def unit(vector: Tensor) -> Tensor:
    return vector / vector.norm()


def by_hand(anchors: Tensor, pool: Tensor, weight: Tensor, tau: float, own: str) -> float:
    """Equations (2) and (4) as written, one anchor and one candidate at a time."""
    total = 0.0
    for factor in range(2):
        for window in range(W):
            mean = 0.0
            for i in range(B):
                left = unit(anchors[factor, window, i]) @ weight[factor]

                def score(f: int, w: int, j: int, left: Tensor = left) -> float:
                    return math.exp(float(left @ unit(pool[f, w, j])) / tau)

                positive = score(factor, window, i)
                below = positive
                for f in range(2):
                    for w in range(W):
                        for j in range(B):
                            mine = f == factor and j == i and (own == "part" or w == window)
                            if not mine:
                                below += score(f, w, j)
                mean -= math.log(positive / below) / B
            total += mean
    return total


@pytest.mark.parametrize("own", ["part", "segment"])
@pytest.mark.parametrize("tau", [1.0, 0.3])
def test_contrast_is_the_equation(own: str, tau: float) -> None:
    anchors, pool = points(0, 2, W, B, Z), points(1, 2, W, B, Z)
    term = Contrast(Z, W, B, Objective(tau=tau, k=10_000), own)
    term.weight.data = points(2, 2, 1, Z, Z)
    swap = lambda t: Factors(t[0].transpose(0, 1), t[1].transpose(0, 1))  # noqa: E731
    ours = term(swap(anchors), swap(pool))
    expected = by_hand(anchors, pool, term.weight.data[:, 0], tau, own)
    assert ours.item() == pytest.approx(expected, abs=1e-5)


def test_published_variant_is_the_published_sum() -> None:
    anchors, pool = points(0, 2, W, B, Z), points(1, 2, W, B, Z)
    before = points(3, 2, W, B, Z)
    term = Contrast(Z, W, B, Objective(negatives="published"), "part").train()
    term.weight.data = points(2, 2, W, Z, Z)
    swap = lambda t: Factors(t[0].transpose(0, 1), t[1].transpose(0, 1))  # noqa: E731
    term(swap(anchors), swap(before))
    ours = term(swap(anchors), swap(pool))

    expected = 0.0
    for f in range(2):
        for w in range(W):

            def score(i: int, other: Tensor, f: int = f, w: int = w) -> float:
                left = unit(anchors[f, w, i]) @ term.weight.data[f, w]
                return math.exp(float(left @ unit(other)))

            for i in range(B):
                wanted = score(i, pool[f, w, i])
                below = wanted + sum(score(j, before[f, w, i]) for j in range(B))
                below += sum(score(j, pool[1 - f, v, i]) for v in range(W) for j in range(B))
                expected -= math.log(wanted / below) / B
    assert ours.item() == pytest.approx(expected, abs=1e-4)


def test_the_queue_is_part_of_the_state_and_the_first_batch_has_none() -> None:
    term = Contrast(Z, W, B, Objective(negatives="published"), "part").train()
    pair = Factors(points(0, B, W, Z), points(1, B, W, Z))
    assert torch.isfinite(term(pair, pair))
    assert term.last.shape == (2, W, B, Z)
    assert "last" in term.state_dict()


def test_guessing_costs_the_logarithm_of_the_choice() -> None:
    scores = torch.zeros(4, 9)
    negative = torch.ones(4, 9, dtype=torch.bool)
    negative[:, 0] = False
    loss = info_nce(scores, torch.zeros(4, dtype=torch.long), negative)
    assert torch.allclose(loss, torch.full((4,), math.log(9)))


def test_certainty_costs_nothing_and_large_scores_stay_finite() -> None:
    scores = torch.tensor([[900.0, -900.0, 0.0]])
    negative = torch.tensor([[False, True, True]])
    assert float(info_nce(scores, torch.tensor([0]), negative)) == 0.0


def test_scores_do_not_depend_on_length() -> None:
    a, c, w = points(0, B, Z), points(1, 7, Z), points(2, Z, Z)
    assert torch.allclose(similarity(a, c, w, 1.0), similarity(3 * a, 0.1 * c, w, 1.0), atol=1e-6)
    assert torch.allclose(similarity(a, c, w, 0.5), 2 * similarity(a, c, w, 1.0))


def test_k_negatives_are_drawn_from_the_eligible() -> None:
    eligible = torch.ones(6, 40, dtype=torch.bool)
    eligible[:, :10] = False
    drawn = draw_negatives(eligible, 12, torch.Generator().manual_seed(0))
    assert drawn.sum(1).tolist() == [12] * 6
    assert not drawn[:, :10].any()
    assert torch.equal(draw_negatives(eligible, 35), eligible)  # fewer than K: all of them


def test_published_sum_without_others_is_plain_softmax_over_the_queue() -> None:
    scores, queue = points(0, B, B), points(1, B, B)
    loss = published_info_nce(scores, queue, [])
    by_hand = [
        -math.log(
            math.exp(scores[i, i]) / (math.exp(scores[i, i]) + float(queue[:, i].exp().sum()))
        )
        for i in range(B)
    ]
    assert torch.allclose(loss, torch.tensor(by_hand), atol=1e-5)


def test_reconstruction_loss_is_a_mean_and_kl_a_mean_over_dimensions() -> None:
    written = Reconstruction(
        torch.zeros(2, 16, 130).log_softmax(-1), torch.zeros(2, 16, 3).log_softmax(-1)
    )
    melody, rhythm = reconstruction_loss(written, torch.full((2, 16), 60))
    assert float(melody) == pytest.approx(math.log(130), abs=1e-5)
    assert float(rhythm) == pytest.approx(math.log(3), abs=1e-5)
    assert float(kl_per_dimension(torch.tensor([4.0, 12.0]), 8)) == 1.0
