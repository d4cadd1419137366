"""What the project set out to reach, figure by figure."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GOALS", "Goal"]


@dataclass(frozen=True)
class Goal:
    """One figure, what its paper reports, and what the two sizes of ours are to reach.

    Parameters
    ----------
    label
        For the table.
    model, figure
        The result that it is read from.
    reported
        By the paper.
    book, paper
        The goals of the two sizes.
    higher
        Whether more is better.
    """

    label: str
    model: str
    figure: str
    reported: float | None
    book: float | None
    paper: float | None
    higher: bool = True


def _accuracy(
    label: str, model: str, stream: str, how: str, reported: float, book: float, paper: float | None
) -> Goal:
    figure = f"accuracy-{stream}-{how}"
    return Goal(f"{label}, {how}", f"musicvae/{model}", figure, reported, book, paper)


GOALS = (
    _accuracy("2-bar melody", "mel-2bar", "melody", "teacher-forced", 0.986, 0.97, 0.99),
    _accuracy("2-bar melody", "mel-2bar", "melody", "sampled", 0.951, 0.92, 0.96),
    _accuracy("2-bar drums", "drums-2bar", "drums", "teacher-forced", 0.979, 0.96, 0.98),
    _accuracy("2-bar drums", "drums-2bar", "drums", "sampled", 0.917, 0.88, 0.93),
    _accuracy("16-bar melody", "mel-16bar", "melody", "sampled", 0.812, 0.75, 0.85),
    _accuracy("16-bar drums", "drums-16bar", "drums", "sampled", 0.879, 0.82, 0.89),
    _accuracy("trio, melody", "trio-16bar", "melody", "sampled", 0.753, 0.68, 0.78),
    _accuracy("trio, bass", "trio-16bar", "bass", "sampled", 0.773, 0.70, 0.80),
    _accuracy("trio, drums", "trio-16bar", "drums", "sampled", 0.863, 0.80, 0.87),
)
