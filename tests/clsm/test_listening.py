"""The listening test of section 4.3: five sources that differ in one gap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from melonb import clsm, lab
from melonb.clsm.fitting import ODE
from melonb.clsm.infiller import Infiller
from melonb.clsm.listening import SOURCES, listening_sources
from melonb.errors import UsageError
from melonb.music import Melody


@pytest.fixture(scope="module")
def models() -> list[Infiller]:
    torch.manual_seed(0)
    made = [clsm.instrument(m, clsm.build(m, "tiny")) for m in ("clsm", "vae", "arnn", "arnn-t")]
    assert all(isinstance(one, Infiller) for one in made)
    return made  # type: ignore[return-value]


def test_every_source_fills_the_same_gaps_of_the_same_phrases(models: list[Infiller]) -> None:
    music = [ODE, ODE.transpose(2), ODE.transpose(-3)]
    sources = listening_sources(*models, music, seed=4)
    assert tuple(sources) == SOURCES
    assert sources["music"] == music
    assert sources == listening_sources(*models, music, seed=4)
    assert sources != listening_sources(*models, music, seed=5)
    for place, phrase in enumerate(music):
        changed = np.zeros(8, bool)
        for name in SOURCES[1:]:
            apart = sources[name][place].tokens != phrase.tokens
            changed |= apart.reshape(8, 16).any(axis=1)
        bars = np.flatnonzero(changed)
        assert 1 <= len(bars) <= bars.max() - bars.min() + 1 <= 4


def test_what_is_no_phrase_is_refused(models: list[Infiller]) -> None:
    for wrong in ([], [ODE.slice_bars(0, 4)], [Melody([*ODE.tokens] * 2)], [ODE.rhythm()]):
        with pytest.raises(UsageError, match="8 bars of melody"):
            listening_sources(*models, wrong)  # type: ignore[arg-type]


def test_listeners_hear_two_fillings_of_one_gap(models: list[Infiller], tmp_path: Path) -> None:
    definition = {
        "name": "clsm-fillings",
        "title": "Fillings of a gap",
        "design": "pairs",
        "question": "Which is better?",
        "sources": list(SOURCES),
        "trials": 10,
        "matched": True,
    }
    music = [ODE.transpose(move) for move in range(4)]
    sources = listening_sources(*models, music)
    test = lab.listening_test(
        definition, sources, listeners=2, database=tmp_path / "answers.sqlite"
    )
    pairs = [[test.key[name] for name in trial] for plan in test.plans for trial in plan]
    assert all(one.place == other.place for one, other in pairs)
    assert {frozenset((one.source, other.source)) for one, other in pairs} == {
        frozenset((a, b)) for a in SOURCES for b in SOURCES if a != b
    }
    test.simulate(dict.fromkeys(SOURCES, 0.0))
    assert "2 simulated listeners" in repr(test.report())
