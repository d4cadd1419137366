from __future__ import annotations

import pytest
import torch

from melonb.nn.flow import AffineCoupling, Flow


@pytest.fixture
def flow() -> Flow:
    torch.manual_seed(0)
    flow = Flow(7, hidden=16, layers=4)
    for parameter in flow.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return flow


def test_a_fresh_flow_leaves_all_where_it_is() -> None:
    z = torch.randn(3, 6)
    mapped = Flow(6, hidden=8)(z)
    assert torch.equal(mapped.point, z)
    assert torch.equal(mapped.log_det, torch.zeros(3))


def test_there_and_back(flow: Flow) -> None:
    z = torch.randn(50, 7)
    there = flow(z)
    back = flow.inverse(there.point)
    assert (there.point - z).abs().max() > 1
    assert torch.allclose(back.point, z, atol=1e-5)
    assert torch.allclose(there.log_det, -back.log_det, atol=1e-5)


def test_the_log_determinant_is_that_of_the_jacobian(flow: Flow) -> None:
    flow = flow.double()
    for z in torch.randn(5, 7, dtype=torch.float64):
        jacobian = torch.autograd.functional.jacobian(lambda p: flow(p[None]).point[0], z)
        assert torch.allclose(flow(z[None]).log_det[0], torch.linalg.slogdet(jacobian).logabsdet)
        jacobian = torch.autograd.functional.jacobian(lambda p: flow.inverse(p[None]).point[0], z)
        expected = torch.linalg.slogdet(jacobian).logabsdet
        assert torch.allclose(flow.inverse(z[None]).log_det[0], expected)


def test_every_dimension_is_moved_by_two_couplings() -> None:
    torch.manual_seed(0)
    z = torch.randn(1, 5)
    moved = torch.zeros(5, dtype=torch.bool)
    for first in (True, False):
        coupling = AffineCoupling(5, hidden=8, first=first)
        for parameter in coupling.parameters():
            torch.nn.init.normal_(parameter)
        moved |= (coupling(z).point != z)[0]
    assert moved.all()
