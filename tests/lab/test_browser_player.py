"""The player in a real browser: it appears, plays, seeks, mutes, and can be worked by keys."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from melonb import lab

from .conftest import melody, trio

pytestmark = pytest.mark.browser


def test_a_roll_takes_the_place_of_its_picture(open_page: Any) -> None:
    page = open_page(lab.show(trio(), "A song").html)
    assert page.locator("melonb-roll rect.note").count() == 4 + 2 + 19
    assert page.locator(".bar-number").all_text_contents() == ["1", "2"]
    assert page.locator(".chord-name").all_text_contents() == ["C", "G7"]
    assert page.locator("melonb-roll > svg").count() == 0


def test_names_of_chords_do_not_run_into_each_other(open_page: Any) -> None:
    chords = [[step, 4, "Cmaj7", [0, 4, 7, 11]] for step in range(0, 128, 4)]
    tune = {**melody(steps=128), "chords": chords}
    page = open_page(lab.show(tune, "A tune").html)
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("document.querySelector('melonb-roll svg').clientWidth < 390")
    boxes = page.locator(".chord-name").evaluate_all(
        "names => names.map(name => name.getBBox()).map(box => [box.x, box.x + box.width])"
    )
    rows = page.locator("melonb-roll svg g:has(> .chord-name)").evaluate_all(
        "rows => rows.map(row => row.querySelectorAll('.chord-name').length)"
    )
    assert 2 <= len(boxes) < len(chords)
    assert sum(rows) == len(boxes)
    for row in rows:
        shown, boxes = boxes[:row], boxes[row:]
        assert all(one[1] <= two[0] for one, two in pairwise(shown))


def test_the_single_script_does_the_same_as_the_modules(open_page: Any) -> None:
    from melonb.lab.session import page_script

    body = f"{page_script()}{lab.show(trio(), 'A song').html}{page_script()}"
    whole = (
        f'<!doctype html><html lang="en"><link rel="icon" href="data:,"><body>{body}</body></html>'
    )
    page = open_page("", whole=whole)
    assert page.locator("melonb-roll rect.note").count() == 25


def test_playing_moves_the_cursor_and_pausing_holds_it(open_page: Any) -> None:
    page = open_page(lab.show(melody(), "A tune").html)
    place = "document.querySelector('melonb-roll').built.transport.position"
    page.get_by_role("button", name="Play A tune").click()
    page.wait_for_function(f"{place} > 3", timeout=4000)
    page.get_by_role("button", name="Pause A tune").click()
    held = page.evaluate(place)
    page.wait_for_timeout(200)
    assert page.evaluate(place) == held
    assert "translate(" in page.locator(".cursor").get_attribute("transform")


def test_the_end_stops_and_a_loop_goes_on(open_page: Any) -> None:
    page = open_page(lab.show(melody([[0, 2, 60]], steps=4), "Short", qpm=240).html)
    transport = "document.querySelector('melonb-roll').built.transport"
    page.get_by_role("button", name="Play Short").click()
    page.wait_for_function(f"!{transport}.playing", timeout=3000)
    page.get_by_role("button", name="Loop").click()
    page.get_by_role("button", name="Play Short").click()
    page.wait_for_function(f"{transport}.playing && {transport}.unrolled > 9", timeout=4000)


def test_only_one_player_sounds(open_page: Any) -> None:
    page = open_page(lab.show(melody(), "One").html + lab.show(melody(), "Two").html)
    page.get_by_role("button", name="Play One").click()
    page.get_by_role("button", name="Play Two").click()
    playing = "[...document.querySelectorAll('melonb-roll')].map(e => e.built.transport.playing)"
    assert page.evaluate(playing) == [False, True]


def test_keys_seek_and_play(open_page: Any) -> None:
    page = open_page(lab.show(melody(), "A tune").html)
    stage = page.get_by_role("slider", name="Place in A tune")
    stage.focus()
    page.keyboard.press("ArrowRight")
    assert stage.get_attribute("aria-valuetext") == "bar 1, beat 2"
    page.keyboard.press("PageDown")
    assert stage.get_attribute("aria-valuetext") == "bar 2, beat 2"
    page.keyboard.press("Home")
    assert stage.get_attribute("aria-valuenow") == "1"
    page.keyboard.press(" ")
    assert page.evaluate("document.querySelector('melonb-roll').built.transport.playing")
    page.keyboard.press(" ")


def test_a_click_seeks_and_pointing_names_the_note(open_page: Any) -> None:
    page = open_page(lab.show(melody(), "A tune").html)
    page.locator("rect.note").nth(2).hover()
    assert page.locator(".readout").inner_text() == "G4, a half, bar 1, beat 3"
    page.locator("rect.note").nth(3).click(position={"x": 2, "y": 2})
    assert page.evaluate("document.querySelector('melonb-roll').built.transport.position") == 16


def test_tempo_and_mute(open_page: Any) -> None:
    page = open_page(lab.show(trio(), "A song").html)
    page.get_by_label("Tempo").fill("150")
    page.get_by_role("button", name="drums heard").click()
    transport = "document.querySelector('melonb-roll').built.transport"
    assert page.evaluate(f"{transport}.qpm") == 150
    assert page.evaluate(f"[...{transport}.silent]") == ["drums"]
    heard = page.evaluate(f"{transport}.between(0, 32).map(([s]) => s.track)")
    assert set(heard) == {"melody", "bass", "chords"}


def test_the_same_in_words(open_page: Any) -> None:
    page = open_page(lab.show(melody(), "A tune").html)
    assert "2 bars. Melody: 4 notes between C4 and C5." in page.locator("summary").last.inner_text()
    page.get_by_text("In words").click()
    page.locator(".words li").first.wait_for()
    words = page.locator(".words").inner_text()
    assert "C4, a quarter; E4, a quarter; G4, a half" in words


def test_a_score_takes_the_rolls_place(open_page: Any) -> None:
    pytest.importorskip("verovio", reason="verovio is not installed")
    from melonb.music import Melody

    page = open_page(lab.show(Melody([60, 128, 62, 129] * 8), "A tune", score=True).html)
    assert page.locator(".engraved").is_hidden()
    page.get_by_role("button", name="Score").click()
    assert page.locator(".engraved > svg").is_visible()
    assert page.locator(".stage").is_hidden()


def test_compared_pieces_share_a_range_and_every_mark_is_seen(open_page: Any) -> None:
    low, high = melody([[0, 4, 48]]), melody([[0, 4, 84]])
    page = open_page(lab.compare([low, high], ["low", "high"]).html)
    heights = page.locator("melonb-compare rect.note").evaluate_all(
        "all => all.map(one => [one.dataset.value, one.getAttribute('y')])"
    )
    assert len(heights) == 3  # each its own, and what the second lacks
    assert len({y for value, y in heights if value == "48"}) == 1
    inside = """all => all.every(one => {
        const box = (each) => each.getBoundingClientRect();
        const [note, stage] = [box(one), box(one.ownerSVGElement)];
        return note.top >= stage.top && note.bottom <= stage.bottom; })"""
    assert page.locator("melonb-compare rect.note").evaluate_all(inside)


def test_comparing_switches_without_losing_the_place(open_page: Any) -> None:
    other = melody([[0, 4, 60], [4, 4, 65], [8, 8, 67], [16, 16, 72]])
    page = open_page(lab.compare([melody(), other], ["before", "after"]).html)
    assert page.locator("rect.added").count() == 1
    assert page.locator("rect.missing").count() == 1
    assert "1 new (outlined), 1 gone (dashed)" in page.locator(".readout").nth(1).inner_text()
    built = "document.querySelector('melonb-compare').built"
    page.evaluate(f"{built}.transport.seek(12)")
    page.get_by_role("button", name="2 after").click()
    assert page.evaluate(f"{built}.transport.position") == 12
    assert page.evaluate(f"{built}.transport.sounds[1].pitch") == 65
    page.keyboard.press("1")
    assert page.evaluate(f"{built}.transport.sounds[1].pitch") == 64
