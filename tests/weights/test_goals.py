from __future__ import annotations

from melonb.training import Result
from melonb.weights.goals import missed


def test_a_goal_may_be_what_another_model_reaches() -> None:
    ours, theirs = (
        Result("r2", f"clsm/{name}", "R(2)", value) for name, value in (("clsm", 0.8), ("vae", 0.7))
    )
    assert missed([ours], [theirs]) == "Short of its goal: CLSM, R(2), below vae 0.8 (goal 0.7)."
    assert missed([ours]) == missed([theirs], [ours]) == ""
