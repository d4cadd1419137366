from __future__ import annotations

import pytest

from melonb.training import Result
from melonb.weights.cards import card
from melonb.weights.goals import GOALS, missed
from melonb.weights.registry import names
from melonb.weights.tables import project, results


def test_a_goal_may_be_what_another_model_reaches() -> None:
    ours, theirs = (
        Result("r2", f"clsm/{name}", "R(2)", value) for name, value in (("clsm", 0.8), ("vae", 0.7))
    )
    assert missed([ours], [theirs]) == "Short of its goal: CLSM, R(2), below vae 0.8 (against 0.7)."
    assert missed([ours]) == missed([theirs], [ours]) == ""


def test_clearly_above_means_intervals_apart() -> None:
    figure = "accuracy-drums-sampled"
    flat = Result("s", "musicvae/drums-16bar-flat", figure, 0.83, interval=(0.82, 0.84))
    above = {
        low: Result("s", "musicvae/drums-16bar", figure, 0.85, interval=(low, 0.86))
        for low in (0.835, 0.845)
    }
    assert "clearly above flat 0.85 (against 0.83)" in missed([above[0.835]], [flat])
    assert missed([above[0.845]], [flat]) == ""


def test_a_rival_may_stand_in_the_same_table() -> None:
    rows = [
        {"who": "prior at 1", "copied": copied, "hd": hd, "fnd": 1.0, "fnb": 1.0, "db": 0.0}
        for copied, hd in ((False, 0.01), (True, 0.02))
    ]
    table = Result("m", "loopvq/prior", "eight metrics of drawn loops", None, rows=tuple(rows))
    assert missed([table]) == (
        "Short of its goal: HD at 1, codes copied, below drawn 0.02 (against 0.01)."
    )


def test_labels_tell_goals_apart() -> None:
    assert len({goal.label for goal in GOALS}) == len(GOALS)


@pytest.mark.parametrize("name", names())
def test_a_card_tells_what_its_model_misses(name: str) -> None:
    kept = [one for one in results(project(), name.split("/")[0]) if one.preset == "book"]
    assert card(name)["faults"] == missed([one for one in kept if one.model == name], kept)
