from __future__ import annotations

import pytest
import torch

from melonb.nn.recurrent import BiRecurrent, GRUCell, InitialState, recurrent, remember


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_the_encoder_ends_where_its_two_readers_end(kind) -> None:
    encoder = BiRecurrent(kind, inputs=3, hidden=5, layers=2)
    steps = torch.randn(4, 7, 3)
    ends = encoder(steps)
    every, _ = encoder.layers(steps)
    assert ends.shape == (4, encoder.size) == (4, 10)
    torch.testing.assert_close(ends, torch.cat([every[:, -1, :5], every[:, 0, 5:]], -1))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_a_decoder_runs_from_its_initial_state(kind) -> None:
    start = InitialState(latent=6, layers=2, hidden=5, kind=kind)
    decoder = recurrent(kind, 3, 5, 2)
    state = start(torch.randn(4, 6) * 100)
    parts = state if isinstance(state, tuple) else (state,)
    assert len(parts) == (2 if kind == "lstm" else 1)
    for part in parts:
        assert part.shape == (2, 4, 5)
        assert part.abs().max() <= 1
    assert decoder(torch.randn(4, 7, 3), state)[0].shape == (4, 7, 5)


@pytest.mark.parametrize("kind", ["lstm", "gru", "cell"])
def test_mixed_precision_keeps_the_smallest_gradients(kind, monkeypatch) -> None:
    monkeypatch.setattr("melonb.nn.recurrent._HALVED", {"cpu"})
    layer = GRUCell(3, 5) if kind == "cell" else recurrent(kind, 3, 5)
    steps = torch.randn(4, 3) if kind == "cell" else torch.randn(4, 7, 3)

    begun = (torch.rand(1, 4, 5), torch.rand(1, 4, 5))
    state = {"lstm": begun, "gru": begun[0], "cell": begun[0][0]}[kind]

    def first(steps: torch.Tensor) -> torch.Tensor:
        output = layer(steps, state)
        return output[0] if isinstance(output, tuple) else output

    whole = first(steps)
    with torch.autocast("cpu", torch.float16):
        mixed = first(steps.half())
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed, whole, atol=1e-2, rtol=0)
    (mixed.sum() * 1e-12).backward()
    assert all(weight.grad.abs().max() > 0 for weight in layer.parameters())


def test_a_step_at_a_time_is_the_same_as_all_at_once() -> None:
    decoder, start = recurrent("lstm", 3, 5, 2), InitialState(6, 2, 5, "lstm")
    steps, state = torch.randn(2, 4, 3), start(torch.randn(2, 6))
    whole, _ = decoder(steps, state)
    for t in range(4):
        output, state = decoder(steps[:, t : t + 1], state)
        torch.testing.assert_close(output[:, 0], whole[:, t])


def test_forget_gates_start_open() -> None:
    layer = recurrent("lstm", 3, 5)
    assert (layer.bias_ih_l0[5:10] == 1).all()


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_a_layer_that_remembers_keeps_most_of_its_state(kind) -> None:
    def kept(layer: torch.nn.LSTM | torch.nn.GRU) -> torch.Tensor:
        first = torch.randn(1, 1, 64)
        both = (torch.zeros_like(first), first)  # an LSTM keeps its cell
        _, last = layer(torch.zeros(1, 8, 4), both if kind == "lstm" else first)
        last = last[1] if kind == "lstm" else last
        return torch.cosine_similarity(first.flatten(), last.flatten(), dim=0)

    layer, plain = recurrent(kind, 4, 64), recurrent(kind, 4, 64)
    remember(layer, 128)
    assert kept(layer) > 0.8 > kept(plain)
