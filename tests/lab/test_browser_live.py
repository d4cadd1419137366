"""Live elements over a made-up widget model: what they ask, and what they do with its words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from melonb import lab
from melonb.errors import UsageError
from melonb.lab.live import LiveElement

from .test_browser_listening import begin, make
from .test_browser_panels import climbing, values

pytestmark = pytest.mark.browser

# A model that keeps the page's letters; `hear` gives all its views one of its own.
RENDER = """async ([data, views]) => {
    const { render } = await import("/static/melonb.js");
    const heard = {};
    window.sent = [];
    const model = {
        get: (name) => data[name],
        on: (name, hear) => (heard[name] ??= []).push(hear),
        send: (letter) => window.sent.push(letter),
    };
    window.hear = (name, letter) => heard[name].forEach((one) => one(letter));
    const el = document.querySelector("main");
    for (let view = 0; view < views; view += 1) render({ model, el });
}"""
ANSWER = """(notes) => window.hear("msg:custom", { ticket: window.sent.at(-1).ticket, answer: {
    roll: { steps: 16, qpm: 120, chords: [], tracks: [
        { name: "melody", kind: "pitch", program: 0, notes }] },
    milliseconds: 3,
} })"""
GONE = "The model did not answer: its kernel is gone"
LEFT = "No model answers here: the kernel was restarted or shut down. Run this cell again."


@pytest.fixture
def live(open_page: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A page with live views of an element."""
    monkeypatch.setenv("MELONB_LIVE", "1")

    def opened(element: Any, views: int = 1, body: str = "") -> Any:
        assert isinstance(element, LiveElement)
        page = open_page(body)
        data = {"name": element.name, "kind": element.kind, "data": dict(element.data)}
        page.evaluate(RENDER, [data, views])
        return page

    return opened


def panel() -> Any:
    return lab.panel(climbing, {"height": lab.slider(0, 8, 9)}, label="Climb")


def reply(page: Any, words: str) -> None:
    page.evaluate(f'window.hear("msg:custom", {{ ticket: window.sent.at(-1).ticket, {words} }})')


def ask(page: Any, height: int, view: int = 0) -> None:
    before = page.evaluate("window.sent.length")
    page.get_by_label("height").nth(view).fill(str(height))
    page.wait_for_function(f"window.sent.length > {before}")


def test_a_slider_asks_and_shows_the_answer(live: Any) -> None:
    page = live(panel())
    ask(page, 5)
    assert page.evaluate("window.sent.at(-1).question") == [5]
    page.evaluate(ANSWER, [[0, 4, 65]])
    page.get_by_text("of which the model took 3 ms").wait_for()
    assert values(page) == [65]


def test_a_slider_over_whole_numbers_takes_no_others(live: Any) -> None:
    knobs = {"place": lab.slider(1, 4, 4), "amount": lab.slider(0, 1, 5)}
    page = live(lab.panel(lambda place, amount: climbing(place), knobs, label="Climb"))
    steps = [float(one.get_attribute("step")) for one in page.locator(".knobs input").all()]
    assert steps == [1.0, 0.005]


def test_two_views_of_a_widget_do_not_take_each_others_answers(live: Any) -> None:
    page = live(panel(), views=2)
    ask(page, 5, view=0)
    page.evaluate(ANSWER, [[0, 4, 65]])
    page.get_by_text("of which the model took 3 ms").wait_for()
    ask(page, 2, view=1)
    page.evaluate(ANSWER, [[0, 4, 62]])
    page.get_by_text("of which the model took 3 ms").nth(1).wait_for()
    assert values(page) == [65, 62]


def test_a_restarted_kernel_is_told(live: Any) -> None:
    page = live(panel())
    ask(page, 5)
    page.evaluate('window.hear("comm_live_update")')
    page.get_by_text(GONE).wait_for()
    assert page.get_by_text(LEFT).is_visible()
    assert page.locator(".waiting").count() == 0
    page.get_by_label("height").fill("6")
    page.wait_for_timeout(100)
    assert page.evaluate("window.sent.length") == 1


def test_a_closed_connection_is_told(live: Any) -> None:
    page = live(panel())
    page.evaluate("() => { window.sent.push = () => { throw new Error('Cannot send'); }; }")
    page.get_by_label("height").fill("6")
    page.get_by_text(GONE).wait_for()
    assert page.get_by_text(LEFT).is_visible()


def test_a_late_answer_is_waited_for_and_the_wait_explained(live: Any) -> None:
    page = live(panel())
    page.clock.install()
    page.get_by_label("height").fill("5")
    page.clock.run_for(500)
    notice = page.get_by_text("No answer yet.")
    assert not notice.is_visible()
    page.clock.run_for(8000)
    assert notice.is_visible()
    page.evaluate(ANSWER, [[0, 4, 65]])
    page.get_by_text("of which the model took 3 ms").wait_for()
    assert not notice.is_visible()
    assert values(page) == [65]


def test_what_has_the_focus_keeps_its_keys_from_jupyterlab(open_page: Any) -> None:
    page = open_page(panel().html + lab.quiz("Which?", ["a", "b"], answer=0, why="").html)
    controls = page.locator("input, button, summary, [tabindex]").all()
    assert len(controls) > 6
    for control in controls:
        if control.is_visible():
            control.focus()
            assert control.get_attribute("data-lm-suppress-shortcuts") == "true"


def test_an_understudy_plays_only_where_the_live_one_does_not(live: Any) -> None:
    element = panel()
    shown = f'<div class="jp-OutputArea-child">{element.understudy().html}</div>'
    lost = (
        '<div class="jp-OutputArea-child"><div class="jp-OutputArea-output">'
        "Error displaying widget: model not found</div></div>"
    )
    page = live(element, body=shown)
    page.wait_for_timeout(3400)
    assert page.locator(".melonb.panel").count() == 1
    assert not page.locator("melonb-panel").is_visible()

    page = live(panel(), body=lost + shown)  # another widget than the one that was saved
    page.get_by_text("Run this cell again to turn the knobs").wait_for()
    assert not page.get_by_text("model not found").is_visible()
    still = page.locator("melonb-panel")
    assert still.get_by_label("height").is_disabled()
    assert values(still) == [60]
    assert still.get_by_role("button", name="Play").is_enabled()


def test_a_listener_keeps_answers_that_the_kernel_does_not_take(live: Any, tmp_path: Path) -> None:
    page = live(make(tmp_path, trials=1))
    begin(page, 1)
    reply(page, "answer: {}")
    page.get_by_label("Piece A clearly").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_text("on their way").wait_for()
    page.evaluate('window.hear("comm_live_update")')
    page.get_by_text("the notebook could not store them").wait_for()
    assert page.get_by_role("button", name="Save my answers").is_visible()


def test_a_taken_number_is_refused_before_the_first_piece(live: Any, tmp_path: Path) -> None:
    test = make(tmp_path, trials=1)
    answer = {"trial": 0, "stimuli": test.plans[0][0], "ratings": [[1], [-1]]}
    test.receive({"test": test.hash, "listener": "1", "answers": [answer]})
    page = live(test)
    begin(page, 1)
    question = page.evaluate("window.sent.at(-1).question")
    with pytest.raises(UsageError, match="already answered") as refused:
        test.receive(question)
    reply(page, f"error: {json.dumps(str(refused.value))}")
    page.get_by_text("take another number").wait_for()
    assert test.receive({"takes": 2}) == {}
    begin(page, 2)
    reply(page, "answer: {}")
    assert page.get_by_label("Piece A clearly").is_visible()


def test_stored_answers_are_not_asked_for_again(live: Any, tmp_path: Path) -> None:
    test = make(tmp_path, trials=1)
    page = live(test)
    begin(page, 1)
    reply(page, "answer: {}")
    page.get_by_label("Piece A clearly").check()
    page.get_by_role("button", name="Next").click()
    reply(page, "answer: { stored: 1 }")
    page.get_by_text("Your answers are stored.").wait_for()
    page.evaluate("(html) => { document.querySelector('main').innerHTML = html; }", test.html)
    page.get_by_text("Your answers are stored.").wait_for()
    assert page.get_by_role("button", name="Save my answers").count() == 0


def test_a_live_element_that_comes_late_takes_its_place(live: Any) -> None:
    element = panel()
    rows = (
        '<div class="jp-OutputArea-child"><div class="jp-OutputArea-output" id="late">'
        "Loading widget...</div></div>"
        f'<div class="jp-OutputArea-child">{element.understudy().html}</div>'
    )
    page = live(panel(), body=rows)
    page.get_by_text("Run this cell again to turn the knobs").wait_for()
    assert not page.locator("#late").is_visible()
    data = {"name": element.name, "kind": element.kind, "data": dict(element.data)}
    page.evaluate(RENDER.replace('"main"', '"#late"'), [data, 1])
    assert page.locator("#late").is_visible()
    assert not page.locator("melonb-panel").is_visible()
