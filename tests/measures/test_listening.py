from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from melonb.errors import UsageError
from melonb.measures import listening


def test_wins_by_hand() -> None:
    first, second = ["a", "a", "b", "c"], ["b", "b", "a", "a"]
    counted = listening.wins(first, second, [-2, 0, 1, -1])
    assert counted["a"] == listening.Wins(comparisons=4, won=2, drawn=1, lost=1)
    assert counted["b"] == listening.Wins(comparisons=3, won=0, drawn=1, lost=2)
    assert counted["a"].share == 0.5
    assert counted["a"].share_with_draws == 0.75
    assert counted["a"].standard_error == 1.0
    assert sum(one.won for one in counted.values()) == sum(one.lost for one in counted.values())


def test_scores_mirror_each_other() -> None:
    scores = listening.preference_scores(["a", "b"], ["b", "a"], [2, -1])
    assert scores["a"].tolist() == [-2, -1]
    assert scores["b"].tolist() == [2, 1]


def test_ratings_and_box_by_hand() -> None:
    found = listening.ratings({"a": [1, 2, 3, 4]})["a"]
    assert (found.n, found.mean, found.median) == (4, 2.5, 2.5)
    assert found.standard_error == pytest.approx(stats.sem([1, 2, 3, 4]))
    assert listening.box([1, 2, 3, 4, 5]).tolist() == [1, 2, 3, 4, 5]


def test_kruskal_wallis_is_scipys_and_bears_ties() -> None:
    groups = {"a": [1, 2, 3], "b": [2, 3, 4], "c": [5, 6, 7]}
    found = listening.kruskal_wallis(groups)
    wanted = stats.kruskal(*groups.values())
    assert (found.statistic, found.p, found.freedom) == (wanted.statistic, wanted.pvalue, 2)
    assert listening.kruskal_wallis({"a": [3, 3], "b": [3]}).p == 1.0


def test_wilcoxon_is_corrected_for_the_number_of_pairs() -> None:
    generator = np.random.default_rng(0)
    differences = {("a", "b"): generator.normal(1, 1, 30), ("a", "c"): generator.normal(0, 1, 30)}
    found = listening.wilcoxon_bonferroni(differences)
    for test in found:
        wanted = stats.wilcoxon(differences[test.first, test.second], method="approx")
        assert test.p == pytest.approx(wanted.pvalue)
        assert test.corrected == pytest.approx(min(1, 2 * test.p))
    assert listening.wilcoxon_bonferroni({("a", "b"): [0, 0, 0]})[0].p == 1.0


def test_ratings_are_matched_by_what_they_share() -> None:
    groups = {"a": {1: 2.0, 2: 3.0, 4: 1.0}, "b": {1: 4.0, 2: 3.0, 3: 5.0}}
    assert listening.paired_differences(groups)["a", "b"].tolist() == [2.0, 0.0]


def test_within_subject_anova_against_its_sums_of_squares() -> None:
    table = np.random.default_rng(0).normal(3, 1, (12, 3)) + np.array([0, 0.5, 1])
    found = listening.within_subject(table, ["a", "b", "c"])
    grand = table.mean()
    between = 12 * ((table.mean(axis=0) - grand) ** 2).sum()
    people = 3 * ((table.mean(axis=1) - grand) ** 2).sum()
    error = ((table - grand) ** 2).sum() - between - people
    mse = error / (2 * 11)
    assert found.mse == pytest.approx(mse)
    assert found.statistic == pytest.approx(between / 2 / mse)
    assert found.p == pytest.approx(stats.f.sf(found.statistic, 2, 22))
    assert found.standard_error == pytest.approx(np.sqrt(mse / 12))
    assert found.means["b"] == pytest.approx(table[:, 1].mean())


def test_ratings_that_are_all_alike_differ_in_nothing() -> None:
    found = listening.within_subject([[3, 3], [3, 3], [3, 3]], ["a", "b"])
    assert (found.statistic, found.p, found.mse) == (0.0, 1.0, 0.0)


@pytest.mark.filterwarnings("ignore:.*empty")
def test_a_source_that_nobody_rated_is_told_apart() -> None:
    found = listening.ratings({"a": [1.0, 3.0], "b": []})
    assert (found["a"].mean, found["b"].n) == (2.0, 0)
    assert np.isnan(found["b"].standard_error)


def test_ill_matched_answers_are_refused() -> None:
    with pytest.raises(UsageError):
        listening.wins(["a"], ["b"], [1, 2])
    with pytest.raises(UsageError):
        listening.wins([], [], [])
    with pytest.raises(UsageError):
        listening.within_subject([[1, 2]], ["a", "b"])
