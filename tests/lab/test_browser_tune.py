"""The reader's own tune in a live notebook: what its rows ask, answered by the real Python side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from melonb import lab, music
from melonb.lab.live import respond

from .conftest import complaints
from .test_tune import BAR, Filler, Swapper, Toy

pytestmark = pytest.mark.browser

BUILD = """async (data) => {
    const { buildElement } = await import("/static/melonb.js");
    const ask = async (question) => {
        const { answer, error } = await window.askPython(question);
        if (error) throw new Error(error);
        return answer;
    };
    document.querySelector("main").append(buildElement("tune", data, { ask }).node);
}"""


@pytest.fixture
def live(open_page: Any, tmp_path: Path) -> tuple[Any, list[dict[str, Any]]]:
    """A page with a tune of ten bars opened, and the questions that it asks from then on."""
    element: Any = lab.your_tune({"toy": Toy(), "swapper": Swapper(), "filler": Filler()})
    questions: list[dict[str, Any]] = []

    def ask(question: dict[str, Any]) -> dict[str, Any]:
        questions.append(question)
        return respond(element.answer, {"ticket": 1, "question": question})

    page = open_page("")
    page.expose_function("askPython", ask)
    page.evaluate(BUILD, element.data)
    music.Melody(BAR * 10).to_midi(tmp_path / "mine.mid")
    music.Melody([72] + [128] * 15).to_midi(tmp_path / "other.mid")
    page.get_by_label("Your MIDI file").set_input_files(tmp_path / "mine.mid")
    page.locator("rect.note").first.wait_for()
    questions.clear()
    return page, questions


def sent(page: Any, questions: list[dict[str, Any]]) -> dict[str, Any]:
    page.get_by_role("button", name="Send").press("Enter")
    page.locator(".comparison").wait_for()
    return questions[-1]


def test_the_bars_follow_the_model_and_then_the_reader(live: Any) -> None:
    page, questions = live
    bars = page.get_by_label("bars", exact=True)
    assert bars.input_value() == "1"
    page.get_by_label("Model").select_option("swapper")
    assert bars.input_value() == "8"
    bars.fill("4")
    bars.press("Tab")
    assert sent(page, questions)["bars"] == [0, 4]
    assert "it hears 4, then silence" in page.locator(".tune > .status").inner_text()


def test_a_row_is_there_for_those_tasks_alone_that_need_it(live: Any) -> None:
    page, _ = live
    tasks = page.get_by_label("to", exact=True)
    assert tasks.locator("option").all_inner_texts() == ["reconstruct", "vary", "interpolate"]
    partner, gap = page.get_by_label("With", exact=True), page.get_by_label("up to bar")
    assert not partner.is_visible()
    tasks.select_option("interpolate")
    assert partner.is_visible()
    page.get_by_label("Model").select_option("filler")
    assert tasks.input_value() == "interpolate"
    tasks.select_option("infill")
    assert gap.is_visible()
    assert not partner.is_visible()


def test_a_partner_is_another_place_or_a_second_file(live: Any, tmp_path: Path) -> None:
    page, questions = live
    page.get_by_label("to", exact=True).select_option("interpolate")
    place = page.get_by_label("from its bar")
    assert place.input_value() == "2"
    place.fill("5")
    assert sent(page, questions)["with"] == {"tune": 0, "part": 0, "bars": [4, 5]}
    page.get_by_label("Model").select_option("swapper")
    page.get_by_label("to", exact=True).select_option("swap")
    page.get_by_label("or a second MIDI file").set_input_files(tmp_path / "other.mid")
    page.get_by_text("The second file: melody").wait_for()
    page.locator(".comparison").evaluate("(one) => one.remove()")
    assert sent(page, questions)["with"] == {"tune": 1, "part": 0, "bars": [0, 8]}
    assert page.get_by_role("button", name="your pitches, its rhythm").is_visible()


def test_the_reader_says_which_bars_are_written_anew(live: Any) -> None:
    page, questions = live
    page.get_by_label("Model").select_option("filler")
    page.get_by_label("to", exact=True).select_option("infill")
    first, last = page.get_by_label("Write anew bar"), page.get_by_label("up to bar")
    assert (first.input_value(), last.input_value()) == ("4", "5")
    first.fill("2")
    last.fill("3")
    assert sent(page, questions)["gap"] == [1, 3]
    assert "Bars 2 to 3 are written anew" in page.locator(".tune > .status").inner_text()


def test_axe_finds_nothing_to_complain_of_in_any_row(live: Any) -> None:
    page, _ = live
    page.evaluate("document.querySelectorAll('[hidden]').forEach((one) => { one.hidden = false; })")
    assert complaints(page) == []
