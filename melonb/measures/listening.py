"""What a listening test says: the statistics of the four papers' tests, from scipy and its friends.

Task
    Listeners compare pieces in pairs or rate them on scales; which source (a model, or people) is
    heard as better, and could chance alone say so?
Papers
    MusicVAE (pairs; wins with their standard errors, Kruskal-Wallis, Wilcoxon signed-rank with
    Bonferroni's correction), Contrastive EC2-VAE (three scales; means and the error of a
    within-subject ANOVA), CLSM (pairs; share of wins, and of wins and draws), Loop VQ-VAE (one
    scale; box plot, Kruskal-Wallis).
Conventions
    A preference is a number: below 0 the first piece of a pair was preferred, above 0 the second,
    0 is a draw. A rating is a number on a Likert scale, higher is better.

Examples
--------
>>> wins(["a", "a", "b"], ["b", "b", "a"], [-1, 0, 2])["a"]
Wins(comparisons=3, won=2, drawn=1, lost=0)
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from melonb.errors import UsageError

__all__ = [
    "PairTest",
    "Ratings",
    "SubjectsTest",
    "Test",
    "Wins",
    "box",
    "kruskal_wallis",
    "paired_differences",
    "preference_scores",
    "ratings",
    "wilcoxon_bonferroni",
    "wins",
    "within_subject",
]


@dataclass(frozen=True)
class Wins:
    """How often a source was preferred."""

    comparisons: int
    won: int
    drawn: int
    lost: int

    @property
    def share(self) -> float:
        """Share of comparisons won."""
        return self.won / self.comparisons

    @property
    def share_with_draws(self) -> float:
        """Share of comparisons won or drawn."""
        return (self.won + self.drawn) / self.comparisons

    @property
    def standard_error(self) -> float:
        """Standard error of the number of wins: sqrt(n p (1 - p))."""
        return sqrt(self.comparisons * self.share * (1 - self.share))


@dataclass(frozen=True)
class Ratings:
    """The ratings of one source: mean, standard deviation, standard error of the mean, median."""

    n: int
    mean: float
    deviation: float
    standard_error: float
    median: float


@dataclass(frozen=True)
class Test:
    """A test of the hypothesis that all sources are alike."""

    __test__ = False  # a name of statistics, not of pytest

    statistic: float
    p: float
    freedom: int


@dataclass(frozen=True)
class PairTest:
    """A test of two sources against each other, one of several.

    Attributes
    ----------
    p
        As the test gives it.
    corrected
        After Bonferroni's correction for the number of pairs.
    """

    first: str
    second: str
    n: int
    statistic: float
    p: float
    corrected: float


@dataclass(frozen=True)
class SubjectsTest:
    """A one-way ANOVA within subjects.

    Attributes
    ----------
    means
        Mean rating of each source.
    mse
        Mean square of the error, what is left when subjects and sources are accounted for.
    standard_error
        Error of a mean, ``sqrt(mse / subjects)``.
    """

    means: dict[str, float]
    mse: float
    standard_error: float
    statistic: float
    p: float
    subjects: int


def _preferences(
    first: Sequence[str], second: Sequence[str], preference: ArrayLike
) -> NDArray[np.float64]:
    array = np.asarray(preference, dtype=float)
    if not len(first) == len(second) == len(array) or len(array) == 0:
        raise UsageError(f"{len(first)} and {len(second)} pieces for {len(array)} answers")
    return array


def wins(first: Sequence[str], second: Sequence[str], preference: ArrayLike) -> dict[str, Wins]:
    """Count what each source won, drew and lost in pairwise comparisons.

    Parameters
    ----------
    first, second
        The sources of each pair.
    preference
        Below 0 for the first, above 0 for the second, shape (pairs,).
    """
    said = np.sign(_preferences(first, second, preference))
    counted = {}
    for name in sorted({*first, *second}):
        # +1 where this source won, -1 where it lost
        own = np.concatenate(
            [
                -said[np.array([one == name for one in first])],
                said[np.array([one == name for one in second])],
            ]
        )
        counted[name] = Wins(
            len(own), int((own > 0).sum()), int((own == 0).sum()), int((own < 0).sum())
        )
    return counted


def preference_scores(
    first: Sequence[str], second: Sequence[str], preference: ArrayLike
) -> dict[str, NDArray[np.float64]]:
    """Turn preferences into one score a comparison for each source, for `kruskal_wallis`."""
    said = _preferences(first, second, preference)
    scores: dict[str, list[float]] = {name: [] for name in sorted({*first, *second})}
    for one, other, value in zip(first, second, said, strict=True):
        scores[one].append(-value)
        scores[other].append(value)
    return {name: np.array(values) for name, values in scores.items()}


def ratings(groups: Mapping[str, ArrayLike]) -> dict[str, Ratings]:
    """Summarise the ratings of each source."""
    summaries = {}
    for name, values in groups.items():
        array = np.asarray(values, dtype=float)
        deviation = float(array.std(ddof=1)) if len(array) > 1 else float("nan")
        error = deviation / sqrt(len(array)) if len(array) else float("nan")
        summaries[name] = Ratings(
            len(array), float(array.mean()), deviation, error, float(np.median(array))
        )
    return summaries


def box(values: ArrayLike) -> NDArray[np.float64]:
    """Give least, lower quartile, median, upper quartile and greatest rating, shape (5,)."""
    return np.quantile(np.asarray(values, dtype=float), [0, 0.25, 0.5, 0.75, 1])


def kruskal_wallis(groups: Mapping[str, ArrayLike]) -> Test:
    """Test whether ratings of several sources come from one distribution."""
    from scipy import stats

    arrays = [np.asarray(values, dtype=float) for values in groups.values()]
    if len(np.unique(np.concatenate(arrays))) == 1:
        return Test(0.0, 1.0, len(arrays) - 1)
    result = stats.kruskal(*arrays)
    return Test(float(result.statistic), float(result.pvalue), len(arrays) - 1)


def wilcoxon_bonferroni(
    differences: Mapping[tuple[str, str], ArrayLike],
) -> list[PairTest]:
    """Test each pair of sources by its signed ranks, corrected for the number of pairs.

    Parameters
    ----------
    differences
        For each pair (first, second), one number a comparison: second minus first. Preferences
        are such numbers; so are ratings of the two by the same listener.
    """
    from scipy import stats
    from statsmodels.stats.multitest import multipletests

    found = []
    for values in differences.values():
        array = np.asarray(values, dtype=float)
        if not array.any():
            found.append((len(array), 0.0, 1.0))
            continue
        result = stats.wilcoxon(array, zero_method="wilcox", method="approx")
        found.append((len(array), float(result.statistic), float(result.pvalue)))
    corrected = multipletests([p for *_, p in found], method="bonferroni")[1]
    return [
        PairTest(first, second, n, statistic, p, float(held))
        for ((first, second), (n, statistic, p), held) in zip(
            differences, found, corrected, strict=True
        )
    ]


def paired_differences(
    groups: Mapping[str, Mapping[Hashable, float]],
) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Match ratings of two sources by what they have in common, a listener or a trial.

    Parameters
    ----------
    groups
        For each source, the rating under each key.
    """
    matched = {}
    for first, second in combinations(groups, 2):
        keys = sorted(set(groups[first]) & set(groups[second]), key=str)
        matched[first, second] = np.array(
            [groups[second][key] - groups[first][key] for key in keys]
        )
    return matched


def within_subject(table: ArrayLike, sources: Sequence[str]) -> SubjectsTest:
    """Run a one-way ANOVA with every subject rating every source.

    Parameters
    ----------
    table
        Mean rating of each source by each subject, shape (subjects, sources).
    sources
        Their names.
    """
    import pandas as pd
    import pingouin

    array = np.asarray(table, dtype=float)
    subjects, conditions = array.shape
    if conditions != len(sources) or subjects < 2 or conditions < 2:
        raise UsageError(f"{array.shape} ratings of {len(sources)} sources by {subjects} subjects")
    means = dict(zip(sources, array.mean(axis=0).tolist(), strict=True))
    if np.ptp(array) == 0:  # all ratings alike: nothing differs, and nothing varies
        return SubjectsTest(means, 0.0, 0.0, 0.0, 1.0, subjects)
    rows = pd.DataFrame(
        {
            "subject": np.repeat(np.arange(subjects), conditions),
            "source": np.tile(np.asarray(sources, dtype=object), subjects),
            "rating": array.ravel(),
        }
    )
    result = pingouin.rm_anova(rows, dv="rating", within="source", subject="subject", detailed=True)
    effect, error = result.iloc[0], result.iloc[1]
    p_column = "p_unc" if "p_unc" in result else "p-unc"
    mse = float(error["MS"])
    return SubjectsTest(
        means,
        mse,
        sqrt(mse / subjects),
        float(effect["F"]),
        float(effect[p_column]),
        subjects,
    )
