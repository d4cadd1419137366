"""What the project set out to reach, figure by figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from melonb.training.record import Result

__all__ = ["GOALS", "Goal", "Verdict", "by_source", "is_higher_better", "missed"]

Numbers = tuple[float | None, float | None, float | None]
Source = tuple[str, str]


@dataclass(frozen=True)
class Goal:
    """One figure, what its paper reports, and what the two sizes of ours are to reach.

    Parameters
    ----------
    label
        For the table.
    model, figure
        The result that it is read from.
    numbers
        What the paper reports, and the goals of our book and paper sizes.
    higher
        Whether more is better.
    rival
        Another figure, which is the goal at both sizes.
    clearly
        The intervals of this figure and its rival must not meet.
    row, column
        Where the figure stands in a result that is a table: what the row must hold, and the
        column to read.
    """

    label: str
    model: str
    figure: str
    numbers: Numbers
    higher: bool = True
    rival: Goal | None = None
    clearly: bool = False
    row: tuple[tuple[str, object], ...] = ()
    column: str = ""

    @property
    def source(self) -> Source:
        """Model and figure: which result it stands in."""
        return self.model, self.figure

    def read(self, result: Result | None) -> float | None:
        """Read the figure off a result."""
        if result is None or not self.column:
            return result.value if result is not None else None
        for row in result.rows:
            if all(row.get(key) == value for key, value in self.row):
                found: float | None = row.get(self.column)
                return found
        return None

    def judge(
        self, size: int, own: Mapping[Source, Result], others: Mapping[Source, Result]
    ) -> Verdict:
        """Hold our figure against the goal.

        Parameters
        ----------
        size
            0 for the book's, 1 for the paper's.
        own
            Results among which the figure is looked for, by model and figure.
        others
            Results among which its rival is looked for.
        """
        result, wanted = own.get(self.source), self.numbers[1 + size]
        beaten = None
        if self.rival is not None:
            beaten = others.get(self.rival.source)
            wanted = self.rival.read(beaten)
        value = self.read(result)
        if value is None or wanted is None:
            return Verdict(value, wanted, None)
        near, far = value, wanted
        if self.clearly and result and result.interval and beaten and beaten.interval:
            worst, best = (0, 1) if self.higher else (1, 0)
            near, far = result.interval[worst], beaten.interval[best]
        return Verdict(value, wanted, near >= far if self.higher else near <= far)


@dataclass(frozen=True)
class Verdict:
    """Our figure, what it was to be, and whether it is as good; ``None`` is not known."""

    value: float | None
    wanted: float | None
    reached: bool | None


def _three(
    reported: float | None = None, book: float | None = None, paper: float | None = None
) -> Numbers:
    return reported, book, paper


def _vae(label: str, model: str, stream: str, how: str, *numbers: float | None) -> Goal:
    figure = f"accuracy-{stream}-{how}"
    return Goal(f"{label}, {how}", f"musicvae/{model}", figure, _three(*numbers))


def _ec2(label: str, model: str, figure: str, *numbers: float | None) -> Goal:
    return Goal(label, f"ec2vae/{model}", figure, _three(*numbers))


def _error(label: str, model: str, *numbers: float) -> Goal:
    figure = "reconstruction error, share of cells"
    return Goal(
        f"{label}, reconstruction error", f"loopvq/{model}", figure, _three(*numbers), higher=False
    )


def _loops(
    label: str,
    column: str,
    *numbers: float | None,
    at: str = "1",
    copied: bool = False,
    higher: bool,
) -> Goal:
    figure, row = "eight metrics of drawn loops", (("who", f"prior at {at}"), ("copied", copied))
    return Goal(
        label, "loopvq/prior", figure, _three(*numbers), higher=higher, row=row, column=column
    )


def _than(goal: Goal, rival: Goal, words: str, clearly: bool = False) -> Goal:
    """Set a figure the goal of being better than another, whatever that one is."""
    return replace(
        goal, label=f"{goal.label}, {words}", numbers=_three(), rival=rival, clearly=clearly
    )


def _below(figure: str, rival: str) -> Goal:
    ours, theirs = (
        Goal("CLSM, " + figure, f"clsm/{name}", figure, _three(), higher=False)
        for name in ("clsm", rival)
    )
    return _than(ours, theirs, f"below {rival}")


_NLL = "NLL of samples"
_MELODY = _vae("16-bar melody", "mel-16bar", "melody", "sampled", 0.812, 0.75, 0.85)
_MELODY_FLAT = _vae("16-bar melody, flat", "mel-16bar-flat", "melody", "sampled", 0.620)
_DRUMS = _vae("16-bar drums", "drums-16bar", "drums", "sampled", 0.879, 0.82, 0.89)
_DRUMS_FLAT = _vae("16-bar drums, flat", "drums-16bar-flat", "drums", "sampled", 0.549)
_PLAIN = _ec2("8-bar EC2, plain", "8bar-plain", "accuracy", 0.772)
_LONG = _ec2("8-bar EC2, long", "8bar-long", "accuracy", 0.992)
_PHRASE = _ec2("8-bar EC2, hierarchical", "8bar-hierarchical", "accuracy", 0.995, 0.95, 0.995)
_DRAWN = _loops("HD at temperature 1", "hd", 4.25e-3, None, 4.25e-3, higher=False)
_COPIED = _loops("HD at 1, codes copied", "hd", 3.58e-3, None, 3.58e-3, copied=True, higher=False)

GOALS = (
    _vae("2-bar melody", "mel-2bar", "melody", "teacher-forced", 0.986, 0.97, 0.99),
    _vae("2-bar melody", "mel-2bar", "melody", "sampled", 0.951, 0.92, 0.96),
    _vae("2-bar drums", "drums-2bar", "drums", "teacher-forced", 0.979, 0.96, 0.98),
    _vae("2-bar drums", "drums-2bar", "drums", "sampled", 0.917, 0.88, 0.93),
    _MELODY,
    _MELODY_FLAT,
    _than(_MELODY, _MELODY_FLAT, "clearly above flat", clearly=True),
    _DRUMS,
    _DRUMS_FLAT,
    _than(_DRUMS, _DRUMS_FLAT, "clearly above flat", clearly=True),
    _vae("trio, melody", "trio-16bar", "melody", "sampled", 0.753, 0.68, 0.78),
    _vae("trio, bass", "trio-16bar", "bass", "sampled", 0.773, 0.70, 0.80),
    _vae("trio, drums", "trio-16bar", "drums", "sampled", 0.863, 0.80, 0.87),
    _PLAIN,
    _LONG,
    _PHRASE,
    _than(_LONG, _PLAIN, "at least plain"),
    _than(_PHRASE, _LONG, "at least long"),
    _ec2("8-bar EC2, plain, rhythm", "8bar-plain", "accuracy-rhythm", 0.847),
    _ec2("8-bar EC2, long, rhythm", "8bar-long", "accuracy-rhythm", 0.995),
    _ec2(
        "8-bar EC2, hierarchical, rhythm",
        "8bar-hierarchical",
        "accuracy-rhythm",
        0.995,
        0.97,
        0.997,
    ),
    _ec2(
        "transposition: change of z_p over change of z_r",
        "8bar-hierarchical",
        "transposition",
        None,
        5.0,
        10.0,
    ),
    *(_below(f"R({divisions})", "vae") for divisions in (2, 4, 8)),
    *(_below(_NLL, rival) for rival in ("vae", "arnn", "arnn-t")),
    _error("VQ-VAE", "vq", 5.11e-3, 6e-3, 4.5e-3),
    _error("NonAR LSTM-VAE", "lstm", 3.37e-3, 5e-3, 3.37e-3),
    _error("AR LSTM-VAE", "lstm-ar", 3.68e-3, 5e-3, 3.68e-3),
    _error("CNN-VAE", "cnn", 3.81e-3, 5e-3, 3.81e-3),
    Goal(
        "prior, next code, teacher-forced",
        "loopvq/prior",
        "accuracy of the next code, teacher-forced",
        (0.829, 0.78, 0.84),
    ),
    _loops("HD, likeliest codes", "hd", 1.44e-3, None, 1.44e-3, at="0", higher=False),
    _DRAWN,
    _COPIED,
    _than(_COPIED, _DRAWN, "below drawn"),
    _loops("FND at temperature 1", "fnd", 1.0, 1.0, 1.0, higher=True),
    _loops("FNB at temperature 1", "fnb", 0.98, 0.97, 0.98, higher=True),
    _loops("DB at temperature 1", "db", 2.2e-3, 4e-3, 2.2e-3, higher=False),
)


def by_source(results: Iterable[Result]) -> dict[Source, Result]:
    """Sort results by what `Goal.source` asks for."""
    return {(one.model, one.figure): one for one in results}


def is_higher_better(figure: str) -> bool:
    """Say which way a figure goes: as its goal does, and a likelihood's cost downwards.

    Examples
    --------
    >>> is_higher_better("NLL of held-out music"), is_higher_better("accuracy")
    (False, True)
    """
    lower = {goal.figure for goal in GOALS if not goal.higher}
    return not (figure in lower or figure.startswith("NLL"))


def missed(results: Iterable[Result], others: Iterable[Result] = ()) -> str:
    """Say in a sentence which goals of the book size a model's figures do not reach.

    Parameters
    ----------
    results
        The model's figures.
    others
        Figures of other models, some of which are its goals.

    Examples
    --------
    >>> from melonb.training import Result
    >>> cnn = Result("cnn", "loopvq/cnn", "reconstruction error, share of cells", 0.006)
    >>> missed([cnn])
    'Short of its goal: CNN-VAE, reconstruction error 0.006 (goal 0.005).'
    >>> missed([])
    ''
    """
    mine, known = by_source(results), by_source(others)
    verdicts = [(goal, goal.judge(0, mine, {**known, **mine})) for goal in GOALS]
    short = [
        f"{goal.label} {verdict.value:.3g} "
        f"({'goal' if goal.rival is None else 'against'} {verdict.wanted:.3g})"
        for goal, verdict in verdicts
        if verdict.reached is False
    ]
    return f"Short of its goal: {'; '.join(short)}." if short else ""
