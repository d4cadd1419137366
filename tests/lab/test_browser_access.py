"""For everybody: names for all that can be worked, contrast in both themes, room on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import melonb
from melonb import lab
from melonb.music import Melody

from .conftest import complaints, melody, trio

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> str:
    def infill(_: Any, bars: tuple[int, int], n: int, seed: int) -> list[dict[str, Any]]:
        return [melody([[bars[0] * 16, 4, 70 + place]]) for place in range(n)]

    lab.plots.use_house_style()
    knobs = {"height": lab.slider(0, 8, 5, unit="steps"), "mode": lab.choice(["major", "minor"])}
    definition = {
        "name": "try",
        "title": "A small test",
        "design": "pairs",
        "question": "Which is better?",
        "sources": ["a", "b"],
        "trials": 2,
        "heard": 0.0,
    }
    stimuli = {"a": [melody()] * 3, "b": [trio()] * 3}
    database = tmp_path_factory.mktemp("answers") / "answers.sqlite"
    curve = {
        "train": (range(5), [3, 2, 1.5, 1.2, 1]),
        "held out": (range(5), [3, 2.2, 1.9, 1.8, 1.8]),
    }
    tunes = [Melody([60, 128, 62, 128] * 8), Melody([72, 128, 128, 128] * 8)]
    elements = [
        lab.show(trio(), "A song"),
        lab.show({**trio(), "steps": 256}, "Sixteen bars"),
        lab.compare([melody(), melody([[0, 4, 62]])], ["before", "after"]),
        lab.panel(lambda height, mode: melody([[0, 4, 60 + round(height)]]), knobs, label="Panel"),
        lab.decoder(melonb.load("musicvae/mel-2bar"), *tunes, label="Decoder"),
        lab.swap_matrix([melody(), melody([[0, 2, 62]])], lambda a, b: a, ["one", "two"]),
        lab.infill_panel(melody(), infill, spans=[(0, 1), (1, 2)]),
        lab.loop_machine({"A": trio(), "B": trio()}, form="ABA"),
        lab.quiz("What is it?", ["this", "that"], answer=0, why="It is."),
        lab.your_tune(),
        lab.listening_test(definition, stimuli, database=database),
        lab.exercise("Try", answer=1).check(2),
        lab.plots.curves(curve, alt="Two falling curves, held out above train.", caption="Losses."),
        lab.source(lab.show),
    ]
    return "\n".join(element.html for element in elements)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_of(open_page: Any, everything: str, theme: str) -> None:
    page = open_page(everything, theme=theme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.get_by_label("this").check()
    assert complaints(page) == []


@pytest.mark.parametrize("width", [320, 390, 700])
def test_nothing_is_wider_than_a_phone(open_page: Any, everything: str, width: int) -> None:
    page = open_page(everything, width=width)
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(over) <= 0


def test_sixteen_bars_are_two_systems_on_a_phone(open_page: Any) -> None:
    page = open_page(lab.show({**melody(), "steps": 256}, "Long").html, width=390)
    height = page.locator(".stage").bounding_box()["height"]
    page.set_viewport_size({"width": 1000, "height": 800})
    page.wait_for_timeout(100)
    assert page.locator(".stage").bounding_box()["height"] < 0.7 * height


def test_the_tab_key_reaches_everything_in_order(open_page: Any) -> None:
    page = open_page(lab.show(trio(), "A song").html)
    reached = []
    focused = (
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
    )
    for _ in range(10):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(focused))
    assert reached[0] == "Place in A song"
    assert reached[1] == "Play A song"
    assert any(name.startswith("In words: 2 bars.") for name in reached)


def test_colours_follow_the_page(open_page: Any) -> None:
    ground = "getComputedStyle(document.querySelector('.player')).backgroundColor"
    page = open_page(lab.show(melody(), "A tune").html)
    light = page.evaluate(ground)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(ground) != light
    page.evaluate("delete document.documentElement.dataset.theme")
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ground)
    page.emulate_media(color_scheme="light")
    assert page.evaluate(ground) == light != dark


def test_a_plot_turns_dark_with_its_page(open_page: Any, tmp_path: Path) -> None:
    lab.plots.use_house_style()
    plot = lab.plots.curves({"a": ([0, 1], [0, 1])}, alt="A line that rises from 0 to 1.")
    page = open_page(plot.html)
    image = page.locator(".melonb-figure img")
    light = image.screenshot()
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(100)
    assert image.screenshot() != light
    assert image.get_attribute("alt") == "A line that rises from 0 to 1."
