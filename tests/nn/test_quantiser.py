from __future__ import annotations

import numpy as np
import pytest
import torch

from melonb.nn.quantiser import EMAQuantiser


@pytest.fixture
def vectors() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(6, 5, 4)


def test_nearest_code_is_found_as_by_all_distances(vectors: torch.Tensor) -> None:
    book = EMAQuantiser(codes=16, size=4)
    by_hand = torch.cdist(vectors.reshape(-1, 4), book.codebook).argmin(-1)
    assert torch.equal(book.encode(vectors).reshape(-1), by_hand)
    assert torch.equal(book.decode(book.encode(vectors)), book.codebook[by_hand].view_as(vectors))


def test_gradient_passes_straight_through(vectors: torch.Tensor) -> None:
    book = EMAQuantiser(codes=16, size=4)
    vectors.requires_grad_()
    weight = torch.randn_like(vectors)
    (book(vectors).vectors * weight).sum().backward()
    assert vectors.grad is not None
    torch.testing.assert_close(vectors.grad, weight)


def test_commitment_pulls_towards_the_chosen_code(vectors: torch.Tensor) -> None:
    book = EMAQuantiser(codes=16, size=4).eval()
    vectors.requires_grad_()
    result = book(vectors)
    result.commitment.backward()
    chosen = book.decode(result.codes)
    assert vectors.grad is not None
    torch.testing.assert_close(vectors.grad, 2 * (vectors - chosen).detach() / vectors.numel())
    torch.testing.assert_close(result.commitment.item(), (vectors - chosen).pow(2).mean().item())


def test_one_step_is_the_running_average_with_smoothed_counts() -> None:
    book = EMAQuantiser(codes=3, size=1, decay=0.9, epsilon=0.1)
    book.codebook.copy_(torch.tensor([[0.0], [10.0], [99.0]]))
    book.sums.copy_(book.codebook)
    book(torch.tensor([[1.0], [3.0], [12.0]]))
    counts = np.array([0.9 + 0.1 * 2, 0.9 + 0.1, 0.9])
    sums = np.array([0.1 * 4, 9 + 0.1 * 12, 0.9 * 99])
    smoothed = (counts + 0.1) / (counts.sum() + 3 * 0.1) * counts.sum()
    np.testing.assert_allclose(book.counts, counts, rtol=1e-6)
    np.testing.assert_allclose(book.codebook[:2, 0], (sums / smoothed)[:2], rtol=1e-6)
    assert book.codebook[2].item() == 99.0  # no point of this batch chose it


def test_a_code_without_neighbours_stays_where_it_is() -> None:
    torch.manual_seed(0)
    book = EMAQuantiser(codes=2, size=2, decay=0.99)
    book.codebook.copy_(torch.tensor([[0.0, 0.0], [50.0, 50.0]]))
    book.sums.copy_(book.codebook)
    for _ in range(2000):
        book(0.1 * torch.randn(8, 2))
    assert book.codebook[1].tolist() == [50.0, 50.0]
    book(torch.full((8, 2), 49.0))  # and follows again when it is chosen again
    torch.testing.assert_close(book.codebook[1], torch.full((2,), 49.0), atol=0.1, rtol=0)


def test_restarts_move_the_codebook_as_they_did() -> None:
    torch.manual_seed(0)
    book = EMAQuantiser(codes=3, size=1, decay=0.9, epsilon=0.1, restart_below=0.5)
    book.codebook.copy_(torch.tensor([[0.0], [10.0], [99.0]]))
    book.sums.copy_(book.codebook)
    book(torch.tensor([[1.0], [3.0], [12.0]]))
    counts, sums = np.array([1.1, 1.0, 0.9]), np.array([0.4, 10.2, 89.1])
    smoothed = (counts + 0.1) / (counts.sum() + 3 * 0.1) * counts.sum()
    np.testing.assert_allclose(book.codebook[:, 0], sums / smoothed, rtol=1e-6)


def test_evaluation_leaves_the_codebook_alone(vectors: torch.Tensor) -> None:
    book = EMAQuantiser(codes=16, size=4, restart_below=5.0).eval()
    before = book.codebook.clone()
    book(vectors)
    assert torch.equal(book.codebook, before)


def test_codebook_finds_clusters_and_restarts_dead_codes() -> None:
    torch.manual_seed(0)
    centres = torch.tensor([[8.0, 8.0], [-8.0, 8.0], [8.0, -8.0], [-8.0, -8.0]])
    lazy = EMAQuantiser(codes=8, size=2, decay=0.8)
    lively = EMAQuantiser(codes=8, size=2, decay=0.8, restart_below=1.0)
    for book in (lazy, lively):
        book.codebook.copy_(torch.full((8, 2), 50.0))
        book.codebook[0] = 0.0
        book.sums.copy_(book.codebook)
        for _ in range(30):
            points = centres[torch.randint(4, (64,))] + 0.1 * torch.randn(64, 2)
            result = book(points)
    assert result.perplexity > 3.5
    assert torch.cdist(centres, lively.codebook).min(-1).values.max() < 0.5
    assert len(torch.unique(lazy.encode(centres))) == 1  # seven of its codes never won a point


def test_perplexity_counts_the_codes_in_use() -> None:
    book = EMAQuantiser(codes=4, size=1).eval()
    book.codebook.copy_(torch.arange(4.0)[:, None])
    assert book(torch.tensor([[0.0], [1.0]])).perplexity.item() == pytest.approx(2.0)
    assert book(torch.tensor([[3.0], [3.0]])).perplexity.item() == pytest.approx(1.0)


def test_processes_that_share_a_batch_keep_one_codebook(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    points = torch.randn(40, 3)
    alone = EMAQuantiser(codes=6, size=3)
    shared = EMAQuantiser(codes=6, size=3)
    shared.load_state_dict(alone.state_dict())
    theirs = shared.encode(points[20:])
    totals = [
        torch.bincount(theirs, minlength=6).float(),
        torch.zeros(6, 3).index_add_(0, theirs, points[20:]),
    ]
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "all_reduce", lambda own: own.add_(totals.pop(0)))
    result = shared(points[:20])
    monkeypatch.undo()
    whole = alone(points)
    torch.testing.assert_close(shared.codebook, alone.codebook)
    torch.testing.assert_close(result.perplexity, whole.perplexity)


def test_neighbours_are_found_in_full_precision_under_autocast(vectors: torch.Tensor) -> None:
    book = EMAQuantiser(codes=64, size=4)
    exact = book.encode(vectors)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(book.encode(vectors), exact)


def test_a_gpu_does_not_shorten_the_numbers_either(vectors: torch.Tensor, monkeypatch) -> None:
    asked: list[str] = []
    multiply = torch.addmm

    def watched(*numbers: torch.Tensor) -> torch.Tensor:
        asked.append(torch.get_float32_matmul_precision())
        return multiply(*numbers)

    monkeypatch.setattr(torch, "addmm", watched)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")  # what training asks of a GPU
    try:
        EMAQuantiser(codes=8, size=4).encode(vectors)
        assert (asked, torch.get_float32_matmul_precision()) == (["highest"], "high")
    finally:
        torch.set_float32_matmul_precision(before)
