from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from melonb import lab
from melonb.errors import UsageError


@pytest.mark.parametrize(
    ("given", "wanted", "said"),
    [
        ("much", 1.0, "where numbers were expected"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "looks transposed"),
        (np.zeros(3), np.zeros(4), "expected (4,)"),
        (float("nan"), 1.0, "not finite"),
        (-2.0, 2.0, "but for its sign"),
        (np.array([2.0, 4.0]), np.array([1.0, 2.0]), "constant factor of 2"),
        (6.0, 2.0, "constant factor of 3"),
        (0.5, 2.0, "constant factor of 0.25"),
        (5.1, 2.0, "5.1 is not it yet"),
        (0.0, 2.0, "0 is not it yet"),
        (np.array([1.0, 2.5]), np.array([1.0, 2.0]), "differ by up to 0.5"),
        ("beta", "gamma", "'beta' is not it"),
    ],
)
def test_a_wrong_answer_is_told_how(given: Any, wanted: Any, said: str) -> None:
    verdict = lab.exercise("Try", answer=wanted).check(given)
    assert not verdict
    assert said in repr(verdict)


def test_a_right_answer_may_come_as_a_tensor() -> None:
    assert lab.exercise("Try", answer=np.array([1.0, 2.0])).check(torch.tensor([1.0, 2.0]))
    assert "✓ Try" in lab.exercise("Try", answer=1).check(1)._repr_mimebundle_()["text/html"]


def test_an_exercise_without_an_answer_says_so_in_words() -> None:
    shown = lab.exercise("A < B", answer=1)._repr_mimebundle_()
    assert shown["text/plain"] == "○ A < B: no answer yet"
    assert "○ A &lt; B: no answer yet" in shown["text/html"]


@pytest.mark.parametrize("blank", [None, (None, None), {"loss": None}])
def test_a_place_for_an_answer_is_open_and_not_wrong(blank: Any) -> None:
    verdict = lab.exercise("Try", test=lambda _: "wrong").check(blank)
    assert not verdict
    assert verdict.html == lab.exercise("Try", answer=1)._repr_mimebundle_()["text/html"]


def test_a_function_to_be_written_is_open_until_it_gives_something() -> None:
    task = lab.exercise("Half", cases=[((2,), 1), ((3,), 1.5)])
    assert repr(task.check(lambda x: None)) == "○ Half: no answer yet: the function gives None"
    forgets = task.check(lambda x: 1 if x == 2 else None)
    assert repr(forgets).startswith("✗ Half: case 2 of 2: None came back")


def test_an_empty_list_is_an_answer() -> None:
    assert "nothing in it" in repr(lab.exercise("Try", test=lambda _: "nothing in it").check([]))


def test_foreseen_mistakes_have_their_hint() -> None:
    task = lab.exercise("KL", answer=0.5, hints={64.0: "your KL is summed over the batch"})
    assert "summed over the batch" in repr(task.check(64.0))


def test_a_function_is_tried_on_cases() -> None:
    task = lab.exercise("Square", cases=[((2,), 4), ((3,), 9)])
    assert task.check(lambda x: x * x)
    assert "case 2 of 2" in repr(task.check(lambda x: 2 * x))
    assert "asks for a function" in repr(task.check(4))
    assert "stopped with ZeroDivisionError" in repr(task.check(lambda x: 1 / 0))


def test_a_test_of_ones_own() -> None:
    task = lab.exercise("Even", test=lambda n: n % 2 == 0 or f"{n} is odd")
    assert task.check(2)
    assert "3 is odd" in repr(task.check(3))
    assert "does not hold" in repr(lab.exercise("No", test=lambda _: False).check(1))
    assert lab.exercise("Numpy's yes", test=lambda n: np.bool_(n > 0)).check(1)


def test_an_exercise_needs_one_goal() -> None:
    with pytest.raises(UsageError, match="one of"):
        lab.exercise("Nothing")
    with pytest.raises(UsageError, match="no option 2"):
        lab.quiz("?", ["a", "b"], answer=2, why="")


def test_a_test_of_one_s_own_knows_a_function_that_is_not_written_yet() -> None:
    task = lab.exercise("Twice", test=lambda double: double(2) == 4 or "two and two?")
    assert repr(task.check(lambda x: None)) == "○ Twice: no answer yet: the function gives None"
    assert task.check(lambda x: 2 * x)
    assert repr(task.check(2.0)).startswith("✗ Twice: a float came; checking it stopped with Type")


def test_words_are_compared_without_their_case_and_blanks() -> None:
    task = lab.exercise("Which end", answer="lower", hints={"upper": "the other one"})
    assert task.check(" Lower ")
    assert repr(task.check("UPPER")) == "✗ Which end: the other one"
    assert repr(task.check("  ")) == "○ Which end: no answer yet"
    assert not task.check(3)
