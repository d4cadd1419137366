from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from melonb import lab, music
from melonb.errors import MusicError, UsageError
from melonb.lab.live import respond
from melonb.lab.notecode import ALPHABET, BIAS, ESCAPE, LOWEST, encode_notes

from .conftest import melody


def decode_notes(code: str) -> list[list[int]]:
    """The page's reader, told again."""
    signs = iter(code)
    notes, start = [], 0

    def number() -> int:
        value = ALPHABET.index(next(signs))
        if value != ESCAPE:
            return value
        return ALPHABET.index(next(signs)) * 64 + ALPHABET.index(next(signs)) - BIAS

    for _ in range(10_000):
        try:
            start += number()
        except StopIteration:
            return notes
        length = number() + 1
        notes.append([start, length, number() + LOWEST])
    raise AssertionError("no end")


NOTE = st.tuples(st.integers(0, 1000), st.integers(1, 300), st.integers(0, 127))


@given(st.lists(NOTE, max_size=40))
def test_note_codes_come_back(notes: list[tuple[int, int, int]]) -> None:
    assert decode_notes(encode_notes(notes)) == [list(note) for note in sorted(notes)]


def climbing(height: float) -> dict[str, Any]:
    return melody([[0, 4, 60 + round(height)]])


def test_an_atlas_keeps_equal_points_once() -> None:
    knobs = {"height": lab.slider(0, 8, 5), "same": lab.choice(["a", "b", "c"])}
    atlas = lab.Atlas.build(lambda height, same: climbing(height), knobs)
    assert len(atlas.index) == 15
    assert len(atlas.points) == 5
    assert atlas.index[:4] == (0, 0, 0, 1)
    assert atlas.bytes < 1000


def test_an_atlas_too_heavy_is_refused() -> None:
    def decode(first: float, shift: float) -> dict[str, Any]:
        steps = range(int(first), 256)
        return melody([[step, 1, 40 + (step + int(shift)) % 40] for step in steps], 256)

    knobs = {"first": lab.slider(0, 199, 200), "shift": lab.slider(0, 9, 10)}
    with pytest.raises(UsageError, match="fewer steps"):
        lab.Atlas.build(decode, knobs)


def test_a_panel_answers_its_knobs() -> None:
    knobs = {"height": lab.slider(0, 8, 5), "octave": lab.choice({"low": 0, "high": 12})}
    panel = lab.panel(lambda height, octave: climbing(height + octave), knobs, label="Climb")
    answer = panel.turn([2.5, 1])
    assert answer["roll"]["tracks"][0]["notes"][0][2] == 74
    assert answer["milliseconds"] >= 0
    assert panel.atlas is not None


def test_many_decodes_in_one_batch() -> None:
    batches = []

    def decode(grid: list[dict[str, float]]) -> list[dict[str, Any]]:
        batches.append(len(grid))
        return [climbing(**values) for values in grid]

    lab.panel(decode, {"height": lab.slider(0, 8, 9)}, label="Climb", many=True)
    assert 9 in batches
    assert len(batches) <= 2


def test_knobs_are_checked() -> None:
    with pytest.raises(UsageError, match="slider"):
        lab.slider(1, 0)
    with pytest.raises(UsageError, match="without knobs"):
        lab.panel(climbing, {}, label="Nothing")
    assert lab.slider(-1, 1, 5).values[lab.slider(-1, 1, 5).start] == 0


@dataclass
class Point:
    mean: torch.Tensor


class Toy:
    """A stand-in for a model: the first latent number is the pitch."""

    accepts = music.Melody
    bars = 1

    def encode(self, tune: Any) -> Point:
        return Point(torch.tensor([[float(tune.pitches[0]) - 60, 0.0]]))

    def decode(
        self, z: torch.Tensor, *, temperature: float = 0.0, generator: Any = None
    ) -> list[Any]:
        return [music.Melody([60 + round(float(one[0]))] + [128] * 15) for one in z]

    def interpolate(self, a: Any, b: Any, steps: int) -> list[Any]:
        ends = torch.cat([self.encode(a).mean, self.encode(b).mean])
        return self.decode(torch.stack([torch.lerp(*ends, t) for t in torch.linspace(0, 1, steps)]))

    def reconstruct(self, tune: Any) -> Any:
        return self.decode(self.encode(tune).mean)[0]

    def vary(self, tune: Any, amount: float, n: int, seed: int) -> list[Any]:
        return [self.reconstruct(tune).transpose(k + 1) for k in range(n)]


TUNE = music.Melody([62] + [128] * 15)


def test_steering_and_morphing() -> None:
    panel = lab.steer(Toy(), TUNE, {"up": torch.tensor([1.0, 0.0])}, reach=4, steps=9, label="Up")
    assert panel.at(up=3.0).pitches.tolist() == [65]
    assert panel.turn([-4.0])["roll"]["tracks"][0]["notes"][0][2] == 58
    path = lab.morph(Toy(), TUNE, TUNE.transpose(12), steps=7, label="Octave")
    assert path.at(place=0.5).pitches.tolist() == [68]


def test_principal_directions_follow_the_spread() -> None:
    tunes = [music.Melody([60 + n] + [128] * 15) for n in range(9)]
    (name, direction), (_, second) = lab.principal(Toy(), tunes, 2).items()
    assert name == "component 1 (100%)"
    assert abs(float(direction[0])) == pytest.approx(7.5**0.5)
    assert float(second.norm()) == pytest.approx(0, abs=1e-5)
    panel = lab.steer(Toy(), TUNE, {name: direction}, label="Spread")
    assert "component 1" in panel.html


def test_a_live_element_answers_and_tells_its_troubles() -> None:
    def answer(question: Any) -> dict[str, Any]:
        if question == "bad":
            raise MusicError("no", remedy="try again")
        return {"said": question}

    assert respond(answer, {"ticket": 1, "question": "hm"}) == {
        "ticket": 1,
        "answer": {"said": "hm"},
    }
    assert respond(answer, {"ticket": 2, "question": "bad"})["error"] == "no; try again"
    failed = respond(lambda question: {"share": 1 / question}, {"ticket": 3, "question": 0})
    assert failed == {"ticket": 3, "error": "ZeroDivisionError: division by zero"}


def test_a_live_panel_is_a_widget(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("anywidget", reason="anywidget is not installed")
    monkeypatch.setenv("MELONB_LIVE", "1")
    panel = lab.panel(climbing, {"height": lab.slider(0, 8, 5)}, label="Climb")
    shown = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert shown["text/plain"] == "Panel: Climb"
    assert panel.atlas is None
    monkeypatch.setenv("MELONB_LIVE", "0")
    assert set(panel._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_jupyter_gets_an_understudy_beside_the_widget(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("anywidget", reason="anywidget is not installed")
    from IPython.core.formatters import DisplayFormatter

    shown: list[Any] = []
    monkeypatch.setattr("IPython.display.display", lambda thing, **_: shown.append(thing))
    monkeypatch.setenv("MELONB_LIVE", "1")
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    panel = lab.panel(climbing, {"height": lab.slider(0, 8, 5)}, label="Climb")
    bundle, _ = DisplayFormatter().format(panel)
    assert shown == []
    assert "application/vnd.jupyter.widget-view+json" in bundle
    monkeypatch.setenv("JPY_SESSION_NAME", "page.ipynb")
    assert DisplayFormatter().format(panel) == ({}, {})
    widget, understudy = shown
    assert "application/vnd.jupyter.widget-view+json" in widget
    assert understudy.html.startswith(f'<melonb-panel live="{panel.name}">')
    assert panel.widget().name == panel.name
    monkeypatch.setenv("MELONB_LIVE", "0")
    built, _ = DisplayFormatter().format(panel)
    assert "live=" not in built["text/html"]


def test_pads_are_checked() -> None:
    with pytest.raises(UsageError, match="pieces"):
        lab.swap_matrix([TUNE], lambda a, b: a, ["one"])
    eight = [f"tune {letter}" for letter in "ABCDEFGH"]
    matrix = lab.swap_matrix([TUNE] * 8, lambda a, b: a, eight)
    assert len(matrix.html) < 400_000
    with pytest.raises(UsageError, match="2 to 8 pieces"):
        lab.swap_matrix([TUNE] * 9, lambda a, b: a, [*eight, "tune I"])
    with pytest.raises(UsageError, match="asks for C"):
        lab.loop_machine({"A": TUNE}, form="AC")


def test_an_infill_asks_the_model_for_more() -> None:
    asked = []

    def infill(tune: Any, bars: tuple[int, int], n: int, seed: int) -> list[Any]:
        asked.append((bars, n, seed))
        return [tune.transpose(k + 1) for k in range(n)]

    panel: Any = lab.infill_panel(TUNE, infill, spans=[(0, 1)], candidates=2)
    more = panel.answer({"bars": [0, 1], "seed": 2})
    assert asked == [((0, 1), 2, 0), ((0, 1), 1, 3)]
    assert decode_notes(more["point"][0]) == [[0, 16, 63]]
