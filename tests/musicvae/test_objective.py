"""The objective, against closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from melonb.musicvae.objective import Objective, loss
from melonb.nn.gaussian import Gaussian


def test_uniform_scores_cost_the_log_of_the_alphabet_a_step():
    tokens = torch.zeros(3, 32, 1, dtype=torch.long)
    posterior = Gaussian(torch.zeros(3, 4), torch.ones(3, 4))
    terms = loss([torch.zeros(3, 32, 130)], tokens, posterior, free_bits=0, beta=1)
    assert terms.total.item() == pytest.approx(32 * math.log(130), rel=1e-6)
    assert terms.kl.item() == 0


def test_free_bits_are_taken_from_each_example_before_the_mean():
    mean = torch.tensor([[0.0, 0.0], [8.0, 0.0]])  # KL 0 and 32 nats
    posterior = Gaussian(mean, torch.ones(2, 2))
    scores = torch.zeros(2, 4, 2)
    scores[..., 0] = 50
    tokens = torch.zeros(2, 4, 1, dtype=torch.long)
    terms = loss([scores], tokens, posterior, free_bits=10, beta=0.5)
    assert terms.total.item() == pytest.approx(0.5 * (32 - 10 * math.log(2)) / 2, rel=1e-5)
    assert terms.bits.item() == pytest.approx(16 / math.log(2), rel=1e-5)
    assert terms.accuracy.item() == 1


def test_the_streams_of_a_trio_are_added():
    tokens = torch.zeros(1, 16, 2, dtype=torch.long)
    posterior = Gaussian(torch.zeros(1, 1), torch.ones(1, 1))
    scores = [torch.zeros(1, 16, 4), torch.zeros(1, 16, 8)]
    terms = loss(scores, tokens, posterior, 0, 0)
    assert terms.reconstruction.item() == pytest.approx(16 * (math.log(4) + math.log(8)), rel=1e-6)


def test_schedules_come_from_json():
    objective = Objective(beta={"kind": "exponential", "start": 0, "end": 0.2, "rate": 0.5})
    assert [objective.beta(step) for step in (0, 1)] == [0, 0.1]
    assert Objective(sampling=0.25).sampling(7) == 0.25
