from __future__ import annotations

import pytest
import torch

from melonb.nn.attention import Attention, DecoderLayer, EncoderLayer, RelativeAttention, skew


def by_hand(attention: RelativeAttention, x: torch.Tensor, first: int, stop: int) -> torch.Tensor:
    """Relative attention one query, one key, one head at a time."""
    query = attention._split(attention.query(x))
    past = attention.remember(x)
    batch, heads, length, size = query.shape
    out = torch.zeros(batch, heads, stop - first, size)
    for b in range(batch):
        for h in range(heads):
            for q in range(first, stop):
                scores = torch.stack(
                    [
                        query[b, h, q] @ past.key[b, h, k]
                        + query[b, h, q] @ attention.distances[h, k - q + attention.reach - 1]
                        for k in range(length)
                    ]
                )
                weights = (scores / size**0.5).softmax(0)
                out[b, h, q - first] = weights @ past.value[b, h]
    return attention.out(out.transpose(1, 2).flatten(2))


@pytest.mark.parametrize(("first", "stop"), [(0, 7), (2, 5), (6, 7)])
def test_relative_attention_is_what_it_is_distance_by_distance(first: int, stop: int) -> None:
    torch.manual_seed(0)
    attention = RelativeAttention(8, heads=2, reach=9)
    torch.nn.init.normal_(attention.distances)
    x = torch.randn(2, 7, 8)
    fast = attention(x[:, first:stop], attention.remember(x), first=first)
    assert torch.allclose(fast, by_hand(attention, x, first, stop), atol=1e-6)


def test_the_gradient_of_skew_is_that_of_indexing() -> None:
    scores = torch.randn(2, 3, 3 + 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda s: skew(s, 5), scores)
    row, column = torch.arange(3)[:, None], torch.arange(5)[None]
    assert torch.equal(skew(scores, 5), scores[:, row, column - row + 2])


def test_a_sequence_beyond_the_reach_is_refused() -> None:
    attention = RelativeAttention(8, heads=2, reach=4)
    x = torch.randn(1, 5, 8)
    with pytest.raises(ValueError, match="beyond the reach of 4"):
        attention(x, attention.remember(x))
    with pytest.raises(ValueError, match="3 heads"):
        Attention(8, heads=3)


def test_masked_keys_have_no_say() -> None:
    torch.manual_seed(0)
    layer = EncoderLayer(8, heads=2, hidden=16, reach=6)
    x = torch.randn(1, 6, 8)
    mask = torch.ones(6, 6, dtype=torch.bool).tril()
    before = layer(x, mask)
    x[:, 4:] += 1
    assert torch.equal(layer(x, mask)[:, :4], before[:, :4])
    assert not torch.allclose(layer(x)[:, :4], before[:, :4])


def test_some_positions_alone_come_out_as_among_all() -> None:
    torch.manual_seed(0)
    layer = EncoderLayer(8, heads=2, hidden=16, reach=6)
    torch.nn.init.normal_(layer.attention.distances)
    x = torch.randn(2, 6, 8)
    assert torch.allclose(layer(x, first=2, stop=5), layer(x)[:, 2:5], atol=1e-6)


@torch.no_grad()
def test_a_decoder_layer_steps_with_its_cache_as_it_runs_at_once() -> None:
    torch.manual_seed(0)
    layer = DecoderLayer(8, heads=2, hidden=16, reach=6, memory=4)
    torch.nn.init.normal_(layer.attention.distances)
    x, memory = torch.randn(2, 6, 8), layer.to_memory.remember(torch.randn(2, 3, 4))
    mask = torch.ones(6, 6, dtype=torch.bool).tril()
    together = layer(x, layer.remember(x), memory, mask)

    past = layer.remember(torch.zeros_like(x))
    for place in range(6):
        one = x[:, place : place + 1]
        past.write(place, layer.remember(one))
        alone = layer(one, past, memory, mask[place : place + 1], place)
        assert torch.allclose(alone[:, 0], together[:, place], atol=1e-6)
