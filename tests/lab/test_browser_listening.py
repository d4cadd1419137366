"""A listening test taken in a browser, from its first page to the teacher's report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from melonb import lab

from .conftest import melody

pytestmark = pytest.mark.browser

SOURCES = ("people", "flat")


def make(tmp_path: Path, **changes: Any) -> Any:
    definition = {
        "name": "tunes",
        "title": "Tunes",
        "design": "pairs",
        "question": "Which is more musical?",
        "sources": list(SOURCES),
        "trials": 3,
        "introduction": "Listen.",
        "heard": 0.0,
        **changes,
    }
    stimuli = {
        source: [melody([[0, 4, 60 + 12 * row + place]], 16) for place in range(4)]
        for row, source in enumerate(SOURCES)
    }
    return lab.listening_test(
        definition, stimuli, listeners=4, database=tmp_path / "answers.sqlite"
    )


def begin(page: Any, number: int) -> None:
    page.get_by_label("Your listener number").fill(str(number))
    page.get_by_role("button", name="Begin").click()


def test_pairs_from_page_to_report(open_page: Any, tmp_path: Path) -> None:
    test = make(tmp_path)
    page = open_page("", whole=test.write(tmp_path / "site").read_text())
    begin(page, 2)
    for _ in range(3):
        page.get_by_label("Piece A clearly").check()
        page.get_by_role("button", name="Next").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save my answers").click()
    file = tmp_path / "got.json"
    download.value.save_as(file)
    sheet = json.loads(file.read_text())
    assert sheet["listener"] == "2"
    assert [answer["stimuli"] for answer in sheet["answers"]] == test.plans[1]
    assert test.collect(file) == 3
    assert test.collect(tmp_path / "got.json") == 0
    report = test.report()
    assert report.listeners == 1
    assert not report.simulated
    assert int(report.tables[0][1]["won"].sum()) == 3


def test_practice_asks_what_the_test_asks(open_page: Any, tmp_path: Path) -> None:
    page = open_page(make(tmp_path, trials=1, practice=1).html)
    begin(page, 1)
    assert page.get_by_text("1 of 1; this one is not counted").is_visible()
    for _ in range(2):
        page.get_by_label("Piece B clearly").check()
        page.get_by_role("button", name="Next").click()
    assert page.get_by_text("Thank you.").is_visible()
    assert page.get_by_role("button", name="Save my answers").evaluate(
        "(button) => button === document.activeElement"
    )


def test_a_reload_goes_on_where_it_was(open_page: Any, tmp_path: Path) -> None:
    page = open_page(make(tmp_path, trials=2).html)
    begin(page, 1)
    page.get_by_label("Piece B clearly").check()
    page.get_by_role("button", name="Next").click()
    page.reload()
    assert page.get_by_text("2 of 2").is_visible()


def test_one_must_listen_before_one_can_answer(open_page: Any, tmp_path: Path) -> None:
    page = open_page(make(tmp_path, design="singles", trials=1, heard=0.3).html)
    begin(page, 1)
    radio = page.locator("input[type=radio]").first
    assert radio.is_disabled()
    assert page.locator("rect.note").count() == 0
    page.get_by_role("button", name="Play The piece").click()
    page.wait_for_function("!document.querySelector('fieldset.scale').disabled", timeout=5000)
    radio.check()
    assert page.get_by_role("button", name="Next").is_enabled()


def test_a_drawn_piece_must_be_heard_too(open_page: Any, tmp_path: Path) -> None:
    page = open_page(make(tmp_path, design="singles", trials=1, heard=0.3, drawn=True).html)
    begin(page, 1)
    page.get_by_role("slider").first.focus()
    page.keyboard.press("End")
    assert page.locator("input[type=radio]").first.is_disabled()


def test_the_next_trial_begins_in_silence(open_page: Any, tmp_path: Path) -> None:
    page = open_page(make(tmp_path, trials=2).html)
    page.evaluate(
        """() => { const start = OscillatorNode.prototype.start; window.struck = 0;
        OscillatorNode.prototype.start = function (...all) {
          window.struck += 1; return start.apply(this, all); }; }"""
    )
    begin(page, 1)
    page.get_by_role("button", name="Play Piece B").click()
    page.wait_for_function("window.struck > 0")
    page.get_by_label("Piece A clearly").check()
    page.get_by_role("button", name="Next").click()
    assert page.get_by_role("button", name="Play Piece A").is_visible()
    page.wait_for_timeout(200)
    struck = page.evaluate("window.struck")
    page.wait_for_timeout(700)
    assert page.evaluate("window.struck") == struck


def test_answers_that_nobody_saved_are_not_forgotten_unasked(
    open_page: Any, tmp_path: Path
) -> None:
    page = open_page(make(tmp_path, trials=1).html)
    begin(page, 1)
    page.get_by_label("Piece A clearly").check()
    page.get_by_role("button", name="Next").click()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_role("button", name="Another listener").click()
    assert "not been saved" in asked[0]
    assert page.get_by_text("Thank you.").is_visible()
    with page.expect_download():
        page.get_by_role("button", name="Save my answers").click()
    page.get_by_role("button", name="Another listener").click()
    assert page.get_by_label("Your listener number").is_visible()
    assert len(asked) == 1


def test_the_page_does_not_say_whose_a_piece_is(tmp_path: Path) -> None:
    test = make(tmp_path)
    page = test.write(tmp_path / "site")
    assert not any(
        source in page.read_text().split("<main>")[1].split("</main>")[0] for source in SOURCES
    )
    key = json.loads((tmp_path / "site" / "key.json").read_text())
    assert {source for source, _ in key["key"].values()} == set(SOURCES)


def test_groups_ask_every_aspect_of_every_piece(open_page: Any, tmp_path: Path) -> None:
    page = open_page(
        make(tmp_path, design="groups", trials=1, aspects=["creativity", "naturalness"]).html
    )
    begin(page, 1)
    assert page.locator("fieldset.scale").count() == 4
    for scale in page.locator("fieldset.scale").all():
        scale.locator("input").last.check()
    page.get_by_role("button", name="Next").click()
    assert page.get_by_text("Thank you.").is_visible()
