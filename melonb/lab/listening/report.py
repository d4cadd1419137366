"""What the answers say, as the paper of each design reports it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from melonb.errors import UsageError
from melonb.lab.element import Element
from melonb.lab.listening.definition import Definition
from melonb.measures import listening as statistics

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Report"]

SIMULATED = "These answers come from simulated listeners; they say nothing about the music."
FEWEST_SUBJECTS = 2


class Report:
    """Statistics of a listening test; shows itself as tables.

    Parameters
    ----------
    definition
        What was asked.
    answers
        One row a rating, as `melonb.lab.listening.store.Store.table` gives them.

    Attributes
    ----------
    listeners
        How many people (or simulated listeners) answered.
    tables
        Each table's title and frame.
    sentences
        The tests, in words.
    errors
        By aspect, the standard error of a source's mean by the analysis of variance within
        subjects, where each listener rated every source.
    """

    def __init__(self, definition: Definition, answers: pd.DataFrame) -> None:
        if answers.empty:
            raise UsageError("there are no answers to this test yet", remedy="collect() some first")
        self.definition = definition
        self.answers = answers
        self.listeners = int(answers["listener"].nunique())
        simulated = int(answers.loc[answers["simulated"], "listener"].nunique())
        self.simulated = simulated > 0
        of_all = f"{simulated} of {self.listeners} listeners are simulated"
        some = f"{of_all}; their answers say nothing about the music."
        self.warning = {0: "", self.listeners: SIMULATED}.get(simulated, some)
        self.errors: dict[str, float] = {}
        self.tables: list[tuple[str, pd.DataFrame]] = []
        self.sentences: list[str] = []
        for number, aspect in enumerate(definition.aspects):
            rows = answers[answers["aspect"] == number]
            if definition.design == "pairs":
                self._report_pairs(aspect, rows)
            else:
                self._report_ratings(aspect, rows)

    def _report_pairs(self, aspect: str, rows: pd.DataFrame) -> None:
        """Wins and shares, Kruskal-Wallis, then each pair by its signed ranks."""
        first, second, preference = pairs_of(rows)
        counted = statistics.wins(first, second, preference)
        self._table(
            f"{aspect}: comparisons won",
            ["source", "comparisons", "won", "standard error", "share won", "share won or drawn"],
            [
                [
                    name,
                    one.comparisons,
                    one.won,
                    one.standard_error,
                    one.share,
                    one.share_with_draws,
                ]
                for name, one in self._in_order(counted)
            ],
        )
        scores = statistics.preference_scores(first, second, preference)
        self._kruskal(aspect, scores)
        self._pairwise(aspect, _signed(first, second, preference))

    def _report_ratings(self, aspect: str, rows: pd.DataFrame) -> None:
        """Means and medians, Kruskal-Wallis, each pair, and the error within subjects."""
        groups = self._rated(rows)
        self._table(
            f"{aspect}: ratings",
            ["source", "ratings", "mean", "standard error", "median"],
            [
                [name, one.n, one.mean, one.standard_error, one.median]
                for name, one in statistics.ratings(groups).items()
            ],
        )
        if len(groups) < 2:
            return
        self._kruskal(aspect, groups)
        means = rows.pivot_table(index="listener", columns="source", values="value").dropna()
        if len(means) < FEWEST_SUBJECTS:
            return
        columns = {name: dict(means[name]) for name in groups}
        self._pairwise(aspect, statistics.paired_differences(columns))
        within = statistics.within_subject(means[list(groups)].to_numpy(), list(groups))
        self.errors[aspect] = within.standard_error
        self.sentences.append(
            f"{aspect}: within-subject ANOVA over {within.subjects} listeners: "
            f"F = {within.statistic:.2f}, {_p(within.p)}, MSE = {within.mse:.3f}, "
            f"standard error of a mean {within.standard_error:.3f}."
        )

    def _rated(self, rows: pd.DataFrame) -> dict[str, np.ndarray]:
        """Gather the ratings of each source that has some, in the order of the definition."""
        values = {source: part["value"].to_numpy(float) for source, part in rows.groupby("source")}
        return {name: values[name] for name in self.definition.sources if name in values}

    def _in_order(self, counted: dict[str, statistics.Wins]) -> list[tuple[str, statistics.Wins]]:
        """Put sources in the order of the definition."""
        return [(name, counted[name]) for name in self.definition.sources if name in counted]

    def _kruskal(self, aspect: str, groups: dict[str, np.ndarray]) -> None:
        test = statistics.kruskal_wallis(groups)
        self.sentences.append(
            f"{aspect}: Kruskal-Wallis H({test.freedom}) = {test.statistic:.2f}, {_p(test.p)}."
        )

    def _pairwise(self, aspect: str, differences: dict[tuple[str, str], np.ndarray]) -> None:
        tests = statistics.wilcoxon_bonferroni(differences)
        self._table(
            f"{aspect}: Wilcoxon signed-rank, p after Bonferroni",
            ["first", "second", "n", "W", "p", "p corrected"],
            [[one.first, one.second, one.n, one.statistic, one.p, one.corrected] for one in tests],
        )

    def _table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        import pandas as pd

        self.tables.append((title, pd.DataFrame(rows, columns=list(columns))))

    def plot(self, aspect: int = 0) -> Element:
        """Draw what the paper of this design draws.

        Pairs: wins with their errors. Groups: the means of all scales side by side, with the error
        within subjects. Singles: a box plot.

        Parameters
        ----------
        aspect
            Which scale, where one is drawn at a time.
        """
        rows = self.answers[self.answers["aspect"] == aspect]
        told = f" {self.warning}" if self.simulated else ""
        if self.definition.design == "pairs":
            return self._wins(rows, told)
        if self.definition.design == "groups":
            return self._means(told)
        return self._boxes(rows, self.definition.aspects[aspect], told)

    def _wins(self, rows: pd.DataFrame, told: str) -> Element:
        """Draw the comparisons that each source won (MusicVAE, Fig. 5)."""
        from melonb.lab import plots

        counted = self._in_order(statistics.wins(*pairs_of(rows)))
        values = {name: _Bar(one.won, one.standard_error) for name, one in counted}
        said = ", ".join(f"{name} won {one.won} of {one.comparisons}" for name, one in counted)
        return plots.bars(
            values,
            xlabel="comparisons won, with standard error",
            alt=f"Bars of comparisons won: {said}.",
            caption=f"How often each source was preferred.{told}",
        )

    def _means(self, told: str) -> Element:
        """Draw the mean rating of each source on every scale (Contrastive EC2-VAE, Fig. 8)."""
        from melonb.lab import plots

        means = self.answers.groupby(["aspect", "source"])["value"].mean()
        groups: dict[str, dict[str, Any]] = {}
        said = []
        for number, aspect in enumerate(self.definition.aspects):
            rated = [name for name in self.definition.sources if (number, name) in means]
            found = {name: float(means[number, name]) for name in rated}
            error = self.errors.get(aspect)
            listed = ", ".join(f"{name} {mean:.2f}" for name, mean in found.items())
            said.append(f"{aspect}: {listed}" + ("" if error is None else f", each ± {error:.2f}"))
            groups[aspect] = {
                name: mean if error is None else _Bar(mean, error) for name, mean in found.items()
            }
        bounds = (
            "Lines: one standard error to either side, from the analysis of variance within "
            "subjects, sqrt(MSE / listeners)."
        )
        return plots.clusters(
            groups,
            ylabel="mean rating",
            ground=1,
            top=self.definition.points,
            alt=f"Bars of mean ratings. {'; '.join(said)}.",
            caption=f"Mean rating of each source. {bounds if self.errors else ''}{told}",
        )

    def _boxes(self, rows: pd.DataFrame, aspect: str, told: str) -> Element:
        """Draw the spread of the ratings on one scale (Loop VQ-VAE, Fig. 6)."""
        from melonb.lab import plots

        groups = self._rated(rows)
        means = ", ".join(f"{name} {np.mean(values):.2f}" for name, values in groups.items())
        return plots.boxes(
            {name: values.tolist() for name, values in groups.items()},
            ylabel=aspect,
            alt=f"Box plot of ratings. Means: {means}.",
            caption=f"Ratings of each source: line, median; triangle, mean.{told}",
        )

    def __repr__(self) -> str:
        kind = "simulated listeners" if self.warning == SIMULATED else "listeners"
        return f"<Report on {self.definition.name}: {self.listeners} {kind}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        parts = [f"<p><strong>{self.warning}</strong></p>"] if self.simulated else []
        parts.append(f"<p>{self.listeners} listeners.</p>")
        for title, table in self.tables:
            parts.append(f"<p><strong>{html.escape(title)}</strong></p>")
            shown = table.to_html(index=False, border=0, justify="left", float_format=_short)
            parts.append(shown)
        parts.extend(f"<p>{html.escape(sentence)}</p>" for sentence in self.sentences)
        return {"text/plain": repr(self), "text/html": "\n".join(parts)}


class _Bar:
    def __init__(self, value: float, error: float) -> None:
        self.value, self.low, self.high = value, value - error, value + error


def pairs_of(rows: pd.DataFrame) -> tuple[list[str], list[str], np.ndarray]:
    """Read pairs out of one aspect's rows: first sources, second sources, preferences."""
    order = ["listener", "trial"]
    first = rows[rows["position"] == 0].sort_values(order)
    second = rows[rows["position"] == 1].sort_values(order)
    return first["source"].to_list(), second["source"].to_list(), second["value"].to_numpy(float)


def _signed(
    first: Sequence[str], second: Sequence[str], preference: np.ndarray
) -> dict[tuple[str, str], np.ndarray]:
    """Gather the preferences of each pair of sources, whichever was heard first."""
    gathered: dict[tuple[str, str], list[float]] = {
        pair: [] for pair in combinations(sorted({*first, *second}), 2)
    }
    for one, other, value in zip(first, second, preference, strict=True):
        if one == other:
            continue
        pair, sign = ((one, other), 1.0) if one < other else ((other, one), -1.0)
        gathered[pair].append(sign * value)
    return {pair: np.array(values) for pair, values in gathered.items() if values}


def _short(value: float) -> str:
    return f"{value:.3f}" if abs(value) >= 0.001 or value == 0 else "< 0.001"


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
