"""Panels, swap matrix, infill, loop machine, quiz and your tune in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from melonb import lab
from melonb.music import Drums

from .conftest import melody, trio

pytestmark = pytest.mark.browser


def climbing(height: float, length: float = 4.0) -> dict[str, Any]:
    return melody([[0, int(length), 60 + round(height)]])


def values(page: Any) -> list[int]:
    return [int(n.get_attribute("data-value")) for n in page.locator("rect.note").all()]


def test_a_slider_changes_the_roll(open_page: Any) -> None:
    page = open_page(lab.panel(climbing, {"height": lab.slider(0, 8, 9)}, label="Climb").html)
    assert values(page) == [60]
    slider = page.get_by_label("height")
    slider.focus()
    page.keyboard.press("End")
    assert values(page) == [68]
    page.keyboard.press("ArrowLeft")
    assert values(page) == [67]
    assert slider.get_attribute("aria-valuetext") == "7"
    assert "From the atlas" in page.locator(".status").inner_text()


def test_two_knobs_and_a_choice_find_their_point(open_page: Any) -> None:
    knobs = {"height": lab.slider(0, 8, 5), "length": lab.choice({"short": 2, "long": 16})}
    page = open_page(lab.panel(climbing, knobs, label="Climb").html)
    page.get_by_label("long").check()
    page.get_by_label("height").fill("3")
    assert values(page) == [66]
    assert page.locator("rect.note").get_attribute("data-length") == "16"


def test_the_picture_does_not_jump_and_the_cursor_stays(open_page: Any) -> None:
    page = open_page(lab.panel(climbing, {"height": lab.slider(0, 24, 9)}, label="Climb").html)
    size = page.locator(".stage").bounding_box()
    page.evaluate("document.querySelector('melonb-panel').built.player.transport.seek(9)")
    page.get_by_label("height").fill("8")
    assert page.locator(".stage").bounding_box() == size
    place = "document.querySelector('melonb-panel').built.player.transport.position"
    assert page.evaluate(place) == 9


def test_a_panel_keeps_its_height_whatever_is_said_of_the_music(open_page: Any) -> None:
    def kit(hits: float) -> Drums:
        return Drums([(1 << int(hits)) - 1] + 15 * [0])

    page = open_page(lab.panel(kit, {"hits": lab.slider(1, 9, 9)}, label="Kit").html, width=390)
    panel, said = page.locator("melonb-panel"), page.locator(".words > summary")
    before, words = panel.bounding_box(), said.inner_text()
    page.get_by_label("hits").fill("8")
    assert len(said.inner_text()) > len(words) + 30
    assert panel.bounding_box() == before


def test_an_atlas_moves_within_a_frame(open_page: Any) -> None:
    panel = lab.panel(lambda n: trio(), {"n": lab.slider(0, 1, 9)}, label="Band")
    page = open_page(panel.html)
    took = page.evaluate(
        """() => { const panel = document.querySelector('melonb-panel').built;
        const start = performance.now();
        for (let i = 0; i < 20; i += 1) panel.turn();
        return (performance.now() - start) / 20; }"""
    )
    assert took < 50


def test_a_swap_matrix_chooses(open_page: Any) -> None:
    pieces = [climbing(0), climbing(7, 16)]

    def swap(row: dict[str, Any], column: dict[str, Any]) -> dict[str, Any]:
        (_, _, pitch), (start, length, _) = (one["tracks"][0]["notes"][0] for one in (row, column))
        return melody([[start, length, pitch]])

    page = open_page(lab.swap_matrix(pieces, swap, ["low", "long"]).html)
    page.get_by_role("button", name="pitch of low, rhythm of long").click()
    note = page.locator("rect.note")
    assert (note.get_attribute("data-value"), note.get_attribute("data-length")) == ("60", "16")
    assert page.locator("[aria-pressed=true].pad").count() == 1


def test_every_point_has_its_own_chords(open_page: Any) -> None:
    chords = [[[0, 16, "C", [0, 4, 7]]], [[0, 16, "Fm", [5, 8, 0]]], []]
    pieces = [{**climbing(place), "chords": one} for place, one in enumerate(chords)]
    panel = lab.panel(lambda n: pieces[int(n)], {"n": lab.slider(0, 2, 3)}, label="Chords")
    page = open_page(panel.html)
    seen = []
    for place in (0, 1, 2):
        page.get_by_label("n", exact=True).fill(str(place))
        seen.append(page.locator(".chord-name").all_text_contents())
    assert seen == [["C"], ["Fm"], []]


def test_an_infill_shows_gap_and_fillings(open_page: Any) -> None:
    def infill(_: Any, bars: tuple[int, int], n: int, seed: int) -> list[dict[str, Any]]:
        return [melody([[bars[0] * 16, 4, 70 + place]]) for place in range(n)]

    page = open_page(lab.infill_panel(melody(), infill, spans=[(0, 1), (1, 2)]).html)
    assert page.locator("rect.span").count() == 1
    page.get_by_role("button", name="bar 2").click()
    page.get_by_role("button", name="model 3").click()
    assert values(page)[-1] == 72


def test_a_loop_machine_plays_its_form(open_page: Any) -> None:
    clips = {"A": climbing(0), "B": climbing(5)}
    page = open_page(lab.loop_machine(clips, form="AB").html)
    assert values(page) == [60, 65]
    page.get_by_label("Form").fill("BBAx")
    assert page.get_by_text("There is no clip X.").is_visible()
    page.get_by_label("Form").fill("bba")
    assert values(page) == [65, 65, 60]
    page.get_by_label("Form").fill(17 * "A")
    assert page.get_by_text("At most 16 clips in a row.").is_visible()
    page.get_by_role("button", name="Clip A").click()
    assert values(page) == [60]


def test_a_quiz_says_why(open_page: Any) -> None:
    page = open_page(lab.quiz("Which?", ["this", "that"], answer=1, why="It is so.").html)
    page.get_by_label("this").check()
    assert "Not this one" in page.locator(".verdict").inner_text()
    page.get_by_label("that").check()
    assert "It is so." in page.locator(".verdict").inner_text()


def test_a_tune_of_ones_own_is_read_in_the_page(open_page: Any, tmp_path: Path) -> None:
    from melonb.music import Melody

    file = tmp_path / "mine.mid"
    Melody([60, 128, 62, 129] * 16).to_midi(file)
    page = open_page(lab.your_tune().html)
    page.get_by_label("Your MIDI file").set_input_files(file)
    page.locator("rect.note").first.wait_for()
    assert values(page) == [60, 62] * 16
    page.get_by_label("from bar").fill("3")
    page.get_by_label("bars", exact=True).fill("1")
    page.keyboard.press("Tab")
    assert values(page) == [60, 62] * 4
    assert "32 of 32 notes kept" in page.locator(".status").first.inner_text()


@pytest.mark.parametrize(
    "content", [b"", b"this is text", b"MThd\0\0\0\6\0\2\0\1\1\0MTrk", b"MThd"]
)
def test_a_bad_file_says_what_is_wrong(open_page: Any, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.mid"
    file.write_bytes(content)
    page = open_page(lab.your_tune().html)
    page.get_by_label("Your MIDI file").set_input_files(file)
    status = page.locator(".status").first
    page.wait_for_function("document.querySelector('.status').textContent.length > 10")
    assert "export" in status.inner_text()
