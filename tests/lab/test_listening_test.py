from __future__ import annotations

import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from melonb import lab
from melonb.errors import UsageError
from melonb.lab.listening import Definition
from melonb.lab.listening.design import practised, schedules
from melonb.lab.listening.report import SIMULATED, Report

from .conftest import melody

SOURCES = ("people", "deep", "flat")
PLAIN: dict[str, Any] = {
    "name": "tunes",
    "title": "Tunes",
    "design": "pairs",
    "question": "Which is more musical?",
    "sources": list(SOURCES),
    "trials": 6,
}


def define(**changes: Any) -> Definition:
    return Definition.from_dict({**PLAIN, **changes})


def make(tmp_path: Path, **changes: Any) -> Any:
    stimuli = {
        source: [melody([[0, 4, 50 + 10 * row + place]], 16) for place in range(8)]
        for row, source in enumerate(SOURCES)
    }
    database = tmp_path / "answers.sqlite"
    return lab.listening_test(define(**changes), stimuli, listeners=12, database=database)


def test_pairs_are_balanced_in_choice_order_and_pieces() -> None:
    plans = schedules(define(), dict.fromkeys(SOURCES, 8), 12)
    orders = Counter(tuple(piece.source for piece in trial) for plan in plans for trial in plan)
    assert set(orders.values()) == {12}
    assert len(orders) == 6
    used = Counter(piece for plan in plans for trial in plan for piece in trial)
    assert max(used.values()) - min(used.values()) <= 1
    for plan in plans:
        assert all(first.source != second.source for first, second in plan)


def test_groups_hold_every_source_in_every_order() -> None:
    plans = schedules(define(design="groups"), dict.fromkeys(SOURCES, 8), 6)
    orders = Counter(tuple(piece.source for piece in trial) for plan in plans for trial in plan)
    assert len(orders) == 6
    assert set(orders.values()) == {6}


def test_matched_pieces_stand_at_the_same_place() -> None:
    plans = schedules(define(matched=True), dict.fromkeys(SOURCES, 8), 6)
    assert all(len({piece.place for piece in trial}) == 1 for plan in plans for trial in plan)
    with pytest.raises(UsageError, match="different numbers"):
        schedules(define(matched=True), {"people": 8, "deep": 7, "flat": 8}, 1)


def test_singles_give_each_listener_as_many_of_each_source() -> None:
    plans = schedules(define(design="singles", trials=5), dict.fromkeys(SOURCES, 8), 4)
    for plan in plans:
        assert Counter(piece.source for (piece,) in plan) == dict.fromkeys(SOURCES, 5)
        assert len(set(plan)) == 15
    assert plans[0] != plans[1]


def test_nobody_hears_a_pair_twice_while_others_are_left() -> None:
    counts = {"people": 3, "flat": 3}
    for plan in schedules(define(sources=["people", "flat"], trials=9), counts, 20):
        assert len({frozenset(trial) for trial in plan}) == 9
    for plan in schedules(define(design="groups", matched=True), dict.fromkeys(SOURCES, 6), 20):
        assert len({piece for trial in plan for piece in trial}) == 18


def test_practice_takes_of_every_source_and_spoils_no_trial() -> None:
    one, counts = define(practice=4, trials=3), dict.fromkeys(SOURCES, 8)
    pairs = practised(one, counts)
    assert len(pairs) == 4
    assert all(first.source != second.source for first, second in pairs)
    tried = {piece for trial in pairs for piece in trial}
    assert len(tried) == 8
    heard = {piece for plan in schedules(one, counts, 12) for trial in plan for piece in trial}
    assert not heard & tried
    assert practised(define(practice=9), dict.fromkeys(SOURCES, 1)) == pairs[:1]
    singles = practised(define(practice=4, design="singles"), counts)
    assert [piece.source for (piece,) in singles] == [*SOURCES, SOURCES[0]]


def test_the_same_seed_plans_the_same_test() -> None:
    counts = dict.fromkeys(SOURCES, 8)
    assert schedules(define(), counts, 3, seed=1) == schedules(define(), counts, 3, seed=1)
    assert schedules(define(), counts, 3, seed=1) != schedules(define(), counts, 3, seed=2)


@pytest.mark.parametrize(
    "change",
    [
        {"design": "duel"},
        {"sources": ["one"]},
        {"trials": 0},
        {"points": 4},
        {"heard": 2},
        {"colour": "red"},
    ],
)
def test_a_definition_is_checked(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        define(**change)


def test_a_definition_is_a_small_file(tmp_path: Path) -> None:
    file = tmp_path / "test.json"
    define(ends=["bad", "good"]).write(file)
    assert Definition.read(file) == define(ends=["bad", "good"])
    file.write_text("{")
    with pytest.raises(UsageError, match="cannot be read"):
        Definition.read(file)


@pytest.mark.parametrize("design", ["pairs", "groups", "singles"])
def test_a_report_finds_the_taste_of_simulated_listeners(tmp_path: Path, design: str) -> None:
    test = make(tmp_path, design=design)
    assert test.simulate({"people": 1.0, "deep": 0.9, "flat": -1.0}) > 0
    report = test.report()
    assert report.simulated
    assert report.listeners == 12
    first = report.tables[0][1].set_index("source")
    best = first["share won"] if design == "pairs" else first["mean"]
    assert best["flat"] < best["deep"]
    assert best["flat"] < best["people"]
    pairs = report.tables[1][1].set_index(["first", "second"])["p corrected"]
    assert len(pairs) == len(list(combinations(SOURCES, 2)))
    assert any("Kruskal-Wallis" in sentence for sentence in report.sentences)
    assert any("within-subject" in sentence for sentence in report.sentences) == (design != "pairs")
    html = report._repr_mimebundle_()["text/html"]
    assert SIMULATED in html
    assert SIMULATED in report.plot().html


def test_groups_are_drawn_as_means_with_their_error_within_subjects(tmp_path: Path) -> None:
    test = make(tmp_path, design="groups", aspects=["creativity", "musicality"])
    test.simulate({"people": 1.0, "deep": 0.9, "flat": -1.0})
    report = test.report()
    alt = repr(report.plot(aspect=1))
    for aspect, (_, table) in zip(("creativity", "musicality"), report.tables[::2], strict=True):
        means = ", ".join(f"{row.source} {row.mean:.2f}" for row in table.itertuples())
        assert f"{aspect}: {means}, each ± {report.errors[aspect]:.2f}" in alt
    told = f"standard error of a mean {report.errors['musicality']:.3f}"
    assert told in report.sentences[-1]
    assert "analysis of variance within subjects" in report.plot().html
    assert repr(report.plot()) == alt


def test_one_listener_s_groups_are_drawn_without_an_error(tmp_path: Path) -> None:
    test = make(tmp_path, design="groups")
    test.simulate(dict.fromkeys(SOURCES, 0.0), listeners=1)
    report = test.report()
    assert report.errors == {}
    assert "±" not in repr(report.plot())
    assert "variance" not in report.plot().html


def test_singles_are_drawn_as_boxes(tmp_path: Path) -> None:
    test = make(tmp_path, design="singles")
    test.simulate(dict.fromkeys(SOURCES, 0.0))
    assert "Box plot" in repr(test.report().plot())


def test_a_source_that_nobody_rated_yet_is_left_out(tmp_path: Path) -> None:
    test = make(tmp_path, design="singles")
    test.simulate(dict.fromkeys(SOURCES, 0.0))
    answers = test.store.table(test.key)
    known = answers[answers["source"] != "flat"]
    report = Report(test.definition, known)
    assert set(report.tables[0][1]["source"]) == set(SOURCES) - {"flat"}
    assert any("Kruskal-Wallis H(1)" in sentence for sentence in report.sentences)
    assert "nan" not in " ".join([*report.sentences, repr(report.plot())])
    assert Report(test.definition, known[known["source"] == "deep"]).sentences == []
    groups = define(design="groups")
    assert "flat" not in repr(Report(groups, known).plot())


def test_simulation_needs_a_taste_for_every_source(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no taste for flat"):
        make(tmp_path).simulate({"people": 1, "deep": 0})


def test_answers_are_merged_once_and_only_of_this_test(tmp_path: Path) -> None:
    test = make(tmp_path)
    folder = tmp_path / "sent"
    folder.mkdir()
    for number in (1, 2):
        answers = [
            {"trial": place, "stimuli": names, "ratings": [[-1], [1]]}
            for place, names in enumerate(test.plans[number - 1])
        ]
        sheet = {"test": test.hash, "listener": str(number), "answers": answers}
        (folder / f"{number}.json").write_text(json.dumps(sheet))
    assert test.collect(folder) == 12
    assert test.collect(folder) == 0
    assert test.receive({**sheet, "listener": "3"}) == {"stored": 6}
    assert test.report().listeners == 3
    sheet["answers"][0]["ratings"] = [[2], [-2]]
    with pytest.raises(UsageError, match="listener 2 has already answered"):
        test.receive(sheet)
    (folder / "key.json").write_text("{}")  # as `write` puts it beside the page
    assert test.collect(folder) == 0
    (folder / "other.json").write_text(json.dumps({**sheet, "test": "another"}))
    with pytest.raises(UsageError, match="another test"):
        test.collect(folder / "other.json")
    (folder / "other.json").write_text("[]")
    with pytest.raises(UsageError, match="not the answers"):
        test.collect(folder / "other.json")


def test_a_report_needs_answers(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no answers yet"):
        make(tmp_path).report()


def test_music_of_each_source_is_needed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no music of"):
        lab.listening_test(define(), {"people": [melody()]}, database=tmp_path / "x.sqlite")


def test_a_report_says_how_many_of_its_listeners_are_simulated(tmp_path: Path) -> None:
    test = make(tmp_path)
    test.simulate({"people": 1.0, "deep": 0.9, "flat": -1.0})
    answers = test.report().answers
    answers["simulated"] = answers["listener"] != answers["listener"].iloc[0]
    report = Report(test.definition, answers)
    assert "11 of 12 listeners are simulated" in report._repr_mimebundle_()["text/html"]
    assert "11 of 12 listeners are simulated" in report.plot().html
    assert repr(report) == "<Report on tunes: 12 listeners>"
