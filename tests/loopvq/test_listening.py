from __future__ import annotations

import numpy as np
import pytest
import torch

from melonb import loopvq
from melonb.errors import UsageError
from melonb.lab.listening import listening_test
from melonb.loopvq.instruments import LoopInstrument, PriorInstrument
from melonb.loopvq.listening import SOURCES, TEMPERATURE, listening_sources
from melonb.music import Loop, Melody


@pytest.fixture
def models() -> list[LoopInstrument]:
    torch.manual_seed(0)
    names = ("lstm-ar", "lstm", "cnn", "prior")
    return [loopvq.instrument(name, loopvq.build(name, "tiny")) for name in names]


def test_five_groups_of_as_many_loops(models: list, loops: list[Loop]) -> None:
    *continuous, codes = models
    assert isinstance(codes, PriorInstrument)
    with torch.no_grad():
        codes.prior.output.weight.mul_(50)  # a prior of opinions: its temperature is heard
    groups = listening_sources(*continuous, codes, loops, seed=2)
    assert tuple(groups) == SOURCES
    assert groups["real"] == loops
    for name, model in zip(SOURCES[1:4], continuous, strict=True):
        assert groups[name] == model.sample(4, seed=2)
    assert groups["VQ-VAE"] == codes.sample(4, temperature=TEMPERATURE, seed=2)
    rows = codes.draw_codes(4, temperature=TEMPERATURE, seed=2)
    assert not np.array_equal(rows, codes.draw_codes(4, temperature=1.0, seed=2))


def test_other_music_and_none_are_refused(models: list) -> None:
    for wrong in ([], [Melody([60] * 128)]):
        with pytest.raises(UsageError, match="compares loops"):
            listening_sources(*models, wrong)


def test_the_paper_s_test_can_be_held(models: list, loops: list[Loop], tmp_path) -> None:
    asked = {
        "name": "loops",
        "title": "Loops",
        "design": "singles",
        "question": "How much does it sound like music?",
        "sources": list(SOURCES),
        "trials": 3,
        "practice": 3,
    }
    groups = listening_sources(*models, loops)
    test = listening_test(asked, groups, listeners=6, database=tmp_path / "answers.sqlite")
    assert {len(plan) for plan in test.plans} == {15}
    test.simulate(dict(zip(SOURCES, (1.2, -0.9, -0.6, -0.4, 0.9), strict=True)))
    assert "6 simulated listeners" in repr(test.report())
