"""Exercises that check themselves with a message that helps, and quizzes that live in the page."""

from __future__ import annotations

import functools
import html
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from melonb.errors import UsageError
from melonb.lab.element import Element, element_html

__all__ = ["Exercise", "Verdict", "exercise", "quiz"]

Test = Callable[[Any], "str | bool | None"]


_SIGNS = {"right": "✓", "wrong": "✗", "open": "○"}


class _UnansweredError(Exception):
    """A function that stands there to be written gives nothing yet."""


def _answering(answer: Any) -> Any:
    """Make a function say that it is not written yet, where the first that it gives is None."""
    if not inspect.isfunction(answer):
        return answer
    written = False

    @functools.wraps(answer)
    def asked(*arguments: Any, **named: Any) -> Any:
        nonlocal written
        said = answer(*arguments, **named)
        if said is None and not written:
            raise _UnansweredError
        written = True
        return said

    return asked


class Verdict(Element):
    """What a check says, ``right``, ``wrong`` or still ``open``; true where the answer holds."""

    def __init__(self, title: str, state: str, words: str) -> None:
        self.right = state == "right"
        text = f"{_SIGNS[state]} {title}: {words}"
        super().__init__(f'<p class="melonb-verdict {state}">{html.escape(text)}</p>', text)

    def __bool__(self) -> bool:
        return self.right


def _array(value: Any) -> np.ndarray | None:
    """Read numbers out of anything that holds them; ``None`` where there are none."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None
    return array


def _blank(answer: Any) -> bool:
    """Say whether this is a place for an answer and not one: None, or nothing but None."""
    if isinstance(answer, Mapping):
        answer = list(answer.values())
    if isinstance(answer, str):
        return not answer.strip()
    return answer is None or (
        isinstance(answer, list | tuple) and bool(answer) and all(one is None for one in answer)
    )


def _compare(given: Any, wanted: Any, tolerance: float) -> str | None:
    """Say how an answer differs from what is wanted, in the words that help most."""
    if given is None:
        return "None came back: does your function return its result?"
    if isinstance(wanted, str):
        same = isinstance(given, str) and given.strip().casefold() == wanted.casefold()
        return None if same else f"{given!r} is not it"
    if isinstance(wanted, bool):
        return None if given == wanted else f"{given!r} is not it"
    ours, theirs = _array(given), _array(wanted)
    if ours is None or theirs is None:
        return f"a {type(given).__name__} came where numbers were expected"
    if ours.shape != theirs.shape:
        turned = ours.ndim > 1 and ours.shape[::-1] == theirs.shape
        advice = "; it looks transposed" if turned else ""
        return f"the shape is {ours.shape}, expected {theirs.shape}{advice}"
    if not np.isfinite(ours).all():
        return "there are values that are not finite: a logarithm of 0, or a division by it?"
    if np.allclose(ours, theirs, rtol=0, atol=tolerance):
        return None
    if np.allclose(-ours, theirs, rtol=0, atol=tolerance):
        return "right but for its sign"
    return _distance(ours, theirs)


def _distance(ours: np.ndarray, theirs: np.ndarray) -> str:
    worst = float(np.abs(ours - theirs).max())
    nonzero = np.abs(theirs) > 1e-12
    ratios = ours[nonzero] / theirs[nonzero]
    constant = ratios.size > 0 and np.ptp(ratios) < 1e-3 * abs(ratios.flat[0])
    if constant and (ours.size > 1 or _counts(ratios.item())):
        return f"off by a constant factor of {ratios.flat[0]:.4g}: a sum where a mean is meant?"
    if ours.size == 1:
        return f"{ours.item():.4g} is not it yet"
    return f"values differ by up to {worst:.3g}"


def _counts(ratio: float) -> bool:
    """Say whether one number is so many times another, or so many times less."""
    times = max(abs(ratio), 1 / abs(ratio))
    return round(times) > 1 and abs(times - round(times)) < 1e-3 * times


class Exercise(Element):
    """A task with a check; shown itself, it is open. Made by `exercise`."""

    def __init__(self, title: str, test: Test) -> None:
        self.title = title
        self.test = test
        self.unanswered = Verdict(title, "open", "no answer yet")
        super().__init__(self.unanswered.html, self.unanswered.text)

    def check(self, answer: Any) -> Verdict:
        """Check an answer, a value or a function, and say what to look at if it does not hold."""
        if _blank(answer):
            return self.unanswered
        try:
            said = self.test(_answering(answer))
        except _UnansweredError:
            return Verdict(self.title, "open", "no answer yet: the function gives None")
        except Exception as error:
            came = "" if inspect.isfunction(answer) else f"a {type(answer).__name__} came; "
            said = f"{came}checking it stopped with {type(error).__name__}: {error}"
        if not (said is None or said == "" or said):  # False, Python's or NumPy's
            said = "this does not hold yet"
        if isinstance(said, str) and said:
            return Verdict(self.title, "wrong", said)
        return Verdict(self.title, "right", "That is right.")


def exercise(
    title: str,
    *,
    answer: Any = None,
    cases: Sequence[tuple[tuple[Any, ...], Any]] = (),
    test: Test | None = None,
    tolerance: float = 1e-4,
    hints: Mapping[float | str, str] | None = None,
) -> Exercise:
    """Set an exercise; give one of ``answer``, ``cases`` and ``test``.

    Parameters
    ----------
    answer
        The value wanted: a number, an array, a string.
    cases
        ``((arguments), wanted)`` pairs, for an exercise that asks for a function.
    test
        ``test(given)`` -> ``None`` or ``True`` where it holds, else a message that helps.
    tolerance
        How far numbers may lie from what is wanted.
    hints
        Wrong answers that one can foresee, each with what it means.

    Examples
    --------
    >>> ex = exercise("Mean KL", answer=0.5, hints={64.0: "that is the sum; take the mean"})
    >>> ex.check(64.0)
    ✗ Mean KL: that is the sum; take the mean
    >>> bool(ex.check(0.5))
    True
    """
    given = [answer is not None, bool(cases), test is not None]
    if sum(given) != 1:
        raise UsageError("an exercise needs one of answer, cases and test")
    if test is not None:
        return Exercise(title, test)

    def complain(said: Any, wanted: Any) -> str | None:
        for wrong, advice in (hints or {}).items():
            if _compare(said, wrong, tolerance) is None:
                return advice
        return _compare(said, wanted, tolerance)

    def try_cases(function: Any) -> str | None:
        if not callable(function):
            return f"this asks for a function; a {type(function).__name__} came"
        for number, (arguments, wanted) in enumerate(cases, start=1):
            said = function(*arguments)
            complaint = complain(said, wanted)
            if complaint:
                return f"case {number} of {len(cases)}: {complaint}"
        return None

    return Exercise(title, try_cases if cases else lambda said: complain(said, answer))


def quiz(question: str, options: Sequence[str], *, answer: int, why: str) -> Element:
    """Ask a question with several answers; the page itself says whether the choice is right.

    Parameters
    ----------
    answer
        Which option is right, counted from 0.
    why
        The reason, shown with the right choice.
    """
    if not 0 <= answer < len(options):
        raise UsageError(
            f"there is no option {answer}", remedy=f"count from 0 to {len(options) - 1}"
        )
    data = {"question": question, "options": list(options), "answer": answer, "why": why}
    listed = "".join(f"<li>{html.escape(option)}</li>" for option in options)
    inside = f"<p>{html.escape(question)}</p><ul>{listed}</ul>"
    return Element(element_html("quiz", data, inside), f"Quiz: {question}")
