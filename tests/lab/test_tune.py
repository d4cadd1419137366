from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest

from melonb import lab, music
from melonb.ec2vae.instruments import Swapped
from melonb.errors import MusicError
from melonb.lab.taking import Tune
from melonb.music.grid import REST

from .test_panels import Toy

BAR = [60, 128, 62, 129] * 4
LONG = music.Trio(
    music.Melody(BAR * 10), music.Bass([36] + [128] * 159), music.Drums([1] + [0] * 159)
)


def midi(piece: Any) -> bytes:
    file = io.BytesIO()
    piece.to_midi().write(file)
    return file.getvalue()


def opened(models: dict[str, Any], piece: Any, second: Any = None) -> Any:
    """A live element that has read one file, or two."""
    element = lab.your_tune(models)
    for place, one in enumerate((piece, second)):
        if one is not None:
            element.answer({"midi": base64.b64encode(midi(one)).decode(), "tune": place})
    return element


def asked(action: str, bars: list[int], **more: Any) -> dict[str, Any]:
    return {"part": 0, "bars": bars, "model": 0, "action": action, **more}


def labels(answer: Any) -> list[str]:
    return [item["label"] for item in answer["items"]]


def notes(answer: Any, item: int) -> list[list[int]]:
    return answer["items"][item]["roll"]["tracks"][0]["notes"]


class Padding(Toy):
    """A model of 8 bars that hears silence after shorter music, as the instruments do."""

    bars = 8

    def reconstruct(self, tune: Any) -> Any:
        self.heard = tune
        steps = self.bars * 16
        return music.Melody(np.pad(tune.tokens, (0, steps - tune.steps), constant_values=REST))

    def interpolate(self, a: Any, b: Any, steps: int) -> list[Any]:
        return [a.transpose(place) for place in range(steps - 1)] + [b]


class Filler(Padding):
    def account(self, tune: Any, bars: tuple[int, int]) -> str:
        return f"{tune.bars} bars, {bars}"

    def infill(self, tune: Any, bars: tuple[int, int], n: int, seed: int) -> list[Any]:
        return [tune.transpose(k) for k in range(n)]


class Swapper(Padding):
    def swap(self, a: Any, b: Any) -> Any:
        return Swapped(a, b)


def test_a_tune_keeps_its_tempo() -> None:
    file = io.BytesIO()
    music.Melody(BAR * 2).to_midi(qpm=100).write(file)
    element: Any = lab.your_tune({"toy": Toy()})
    [part] = element.answer({"midi": base64.b64encode(file.getvalue()).decode()})["parts"]
    assert part["roll"]["qpm"] == pytest.approx(100)
    items = element.answer(asked("reconstruct", [0, 2]))["items"]
    assert {item["roll"]["qpm"] for item in items} == {part["roll"]["qpm"]}


def test_a_tune_goes_through_a_model() -> None:
    song = music.Trio(
        music.Melody([60, 128, 62, 129] * 8),
        music.Bass([36] + [128] * 31),
        music.Drums([1] + [0] * 31),
    )
    element: Any = lab.your_tune({"toy": Toy()})
    with pytest.raises(MusicError, match="no file"):
        element.answer(asked("vary", [0, 1]))
    parts = element.answer({"midi": base64.b64encode(midi(song)).decode()})["parts"]
    kinds = [part["roll"]["tracks"][0]["name"] for part in parts]
    assert kinds == ["melody", "bass", "drums"]
    answer = element.answer(asked("reconstruct", [1, 2]))
    assert labels(answer) == ["your tune", "reconstruction"]
    assert notes(answer, 1) == [[0, 16, 60]]
    assert answer["said"] == ""
    assert len(element.answer(asked("vary", [1, 2]))["items"]) == 3
    for action in ("infill", "swap", "fly"):
        with pytest.raises(MusicError, match=f"cannot {action}"):
            element.answer(asked(action, [1, 2]))
    with pytest.raises(MusicError, match="the tune has 2 bars; begin earlier"):
        element.answer(asked("reconstruct", [2, 3]))
    with pytest.raises(MusicError, match="not Drums"):
        element.answer({**asked("reconstruct", [1, 2]), "part": 2})


def test_a_tune_shorter_than_the_model_is_sent_and_the_silence_is_told() -> None:
    answer = opened({"eight": Padding()}, music.Melody(BAR * 4)).answer(
        asked("reconstruct", [0, 4])
    )
    assert "The model takes 8 bars; it hears 4, then silence." in answer["said"]
    assert len(notes(answer, 1)) == 32
    assert [item["roll"]["steps"] for item in answer["items"]] == [128, 128]


@pytest.mark.parametrize(
    ("bars", "heard", "said"),
    [([0, 3], 3, "it hears 3, then silence"), ([1, 10], 8, "of the 9 chosen")],
)
def test_the_bars_that_were_chosen_are_those_that_are_sent(
    bars: list[int], heard: int, said: str
) -> None:
    model = Padding()
    answer = opened({"eight": model}, music.Melody(BAR * 10)).answer(asked("reconstruct", bars))
    assert model.heard.bars == heard
    assert said in answer["said"]


@pytest.mark.parametrize("accepts", [music.Trio, music.Loop, music.LeadSheet, music.Melody])
def test_a_tune_takes_the_form_that_a_model_needs(accepts: type) -> None:
    taken = Tune(midi(LONG)).take(0, accepts, (2, 10), 8)
    assert type(taken.piece) is accepts
    assert taken.piece.bars == 8
    assert taken.lost == () or accepts is music.LeadSheet


def test_who_does_not_play_in_a_tune_is_silent_in_its_trio() -> None:
    alone = music.Melody(BAR * 4)
    taken = Tune(midi(alone)).take(0, music.Trio, (0, 4), 4)
    assert (
        taken.piece
        == music.Trio(alone, music.Bass([REST] * 64), music.Drums([0] * 64))
        == music.Trio.from_midi(midi(alone))
    )
    assert taken.lost == (
        "The tune has no bass: that part is silent.",
        "The tune has no drums: that part is silent.",
    )


def test_four_bars_of_drums_are_a_loop_with_silence_and_a_melody_is_none() -> None:
    taken = Tune(midi(music.Drums([1] + [0] * 63))).take(0, music.Loop, (0, 4), 8)
    assert taken.piece.drums().tokens.sum() == 1
    assert taken.piece.bass().pitches.size == 0
    assert [sentence.split(";")[0] for sentence in taken.lost] == [
        "The model takes 8 bars",
        "The tune has no bass: that part is silent.",
    ]
    with pytest.raises(MusicError, match="no bass and no drums"):
        Tune(midi(music.Melody(BAR))).take(0, music.Loop, (0, 1), 8)


def test_a_bass_line_is_a_melody_to_models_of_melodies() -> None:
    taken = Tune(midi(LONG)).take(1, music.Melody, (0, 2), 2)
    assert type(taken.piece) is music.Melody
    assert taken.piece.pitches.tolist() == [36]


def test_chords_that_end_before_the_last_bar_does_still_fit_the_melody() -> None:
    sheet = music.LeadSheet(
        music.Melody(BAR + BAR[:8]), music.Chords.from_names(["C"], steps_each=24)
    )
    taken = Tune(midi(sheet)).take(0, music.LeadSheet, (0, 2), 2)
    assert taken.piece.steps == 32
    assert taken.piece.chords.names[-1] == "C"
    assert taken.lost == ()


def test_two_places_of_a_tune_are_the_ends_of_a_way() -> None:
    tune = music.Melody([60] + [128] * 15 + [72] + [128] * 15)
    answer = opened({"toy": Toy()}, tune).answer(
        asked("interpolate", [0, 1], **{"with": {"part": 0, "bars": [1, 2]}})
    )
    way = [f"{share}% of the way" for share in (0, 25, 50, 75, 100)]
    assert labels(answer) == ["your tune", "the other tune", *way]
    assert [notes(answer, item)[0][2] for item in range(7)] == [60, 72, 60, 63, 66, 69, 72]


def test_a_second_file_is_a_partner_and_its_loss_is_told_too() -> None:
    element = opened({"s": Swapper()}, music.Melody(BAR * 8), music.Melody([72] + [128] * 31))
    answer = element.answer(
        asked("swap", [0, 8], **{"with": {"tune": 1, "part": 0, "bars": [0, 8]}})
    )
    made = ["your pitches, its rhythm", "its pitches, your rhythm"]
    assert labels(answer) == ["your tune", "the other tune", *made]
    assert notes(answer, 1) == [[0, 32, 72]]
    assert "Of the other tune: The model takes 8 bars; it hears 2" in answer["said"]
    with pytest.raises(MusicError, match="no file"):
        opened({"s": Swapper()}, music.Melody(BAR)).answer(
            asked("swap", [0, 1], **{"with": {"tune": 1, "part": 0, "bars": [0, 1]}})
        )


def test_the_bars_that_are_named_are_written_anew() -> None:
    element = opened({"filler": Filler()}, music.Melody(BAR * 10))
    answer = element.answer(asked("infill", [2, 10], gap=[4, 6]))
    assert labels(answer) == ["your tune", "filling 1", "filling 2"]
    told = "Bars 5 to 6 are written anew; of what was sent, the model reads 8 bars, (2, 4). "
    assert answer["said"] == told
    assert "Bar 3 is" in element.answer(asked("infill", [2, 10], gap=[2, 3]))["said"]
    for gap in ([1, 3], [9, 11], [5, 5]):
        with pytest.raises(MusicError, match="from bar 3 to bar 10"):
            element.answer(asked("infill", [2, 10], gap=gap))


def test_a_live_page_knows_what_each_model_can_do() -> None:
    element = lab.your_tune({"toy": Toy(), "filler": Filler()})
    common = ["reconstruct", "vary", "interpolate"]
    assert element.data["skills"] == [
        {"bars": 1, "actions": common},
        {"bars": 8, "actions": [*common, "infill"]},
    ]
    assert "skills" not in element.html
