"""Which corpora a model's bundled weights are made from, where they are prepared."""

from __future__ import annotations

import pytest

from melonb.weights import mixes
from melonb.weights.registry import names


def test_every_model_has_its_corpora() -> None:
    for name in names():
        assert sum(name.startswith(start) for start in mixes.MIXES) == 1, name


@pytest.mark.parametrize(
    ("prepared", "expected"),
    [
        ({"folk", "houseband"}, ()),
        ({"folk", "lakh"}, ("lakh", "folk")),
        ({"groove"}, ()),
    ],
)
def test_a_mix_is_what_is_prepared_of_it(monkeypatch, prepared: set, expected: tuple) -> None:
    monkeypatch.setattr(mixes, "is_here", prepared.__contains__)
    assert mixes.mix("musicvae/mel-2bar") == expected
