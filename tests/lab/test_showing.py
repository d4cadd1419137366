from __future__ import annotations

import json
import re
from typing import Any

import pytest

from melonb import lab, music, musicvae
from melonb.errors import MusicError, UsageError
from melonb.lab.engraving import engrave
from melonb.lab.roll import frame, roll_json
from melonb.training import fit

from .conftest import melody, trio


def carried(element: Any) -> Any:
    script = re.search(r'<script type="application/json">(.*?)</script>', element.html, re.DOTALL)
    assert script
    return json.loads(script[1])


def test_show_carries_the_music_and_a_picture() -> None:
    tune = music.Melody([60, 128, 62, 129] * 8)
    shown = lab.show(tune, "A <tune> & more", qpm=90)
    assert carried(shown) == tune.to_roll_json(qpm=90)
    assert 'label="A &lt;tune&gt; &amp; more"' in shown.html
    assert '<svg role="img" aria-label=' in shown.html
    assert shown._repr_mimebundle_()["text/plain"] == repr(shown)
    assert len(shown.html) < 4000


def test_text_inside_json_cannot_end_the_script() -> None:
    roll = melody()
    roll["tracks"][0]["name"] = "</script><script>alert(1)"
    shown = lab.show(roll, "x")
    assert shown.html.count("</script>") == 1
    assert carried(shown)["tracks"][0]["name"] == "</script><script>alert(1)"


def test_a_curve_moves_while_a_model_trains(monkeypatch) -> None:
    frames: list[str] = []

    class Handle:
        def update(self, drawing: Any) -> None:
            frames.append(drawing.html)

    def display(drawing: Any, display_id: bool) -> Handle:
        frames.append(drawing.html)
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("melonb.lab.watching._PAUSE", 0.0)
    recipe = musicvae.recipe("mel-2bar", "tiny", data="folk", steps=8, batch_size=4)
    plan = recipe.replace(log_every=2, validate_every=8)
    here = lab.setup(live=True)
    run = fit(plan, musicvae.task(plan), progress=here.curve())
    losses = run.series("loss").values
    assert [frame.count(",") for frame in frames[:4]] == sorted(f.count(",") for f in frames[:4])
    assert f"Loss {losses[-1]:.4g} after step 8; it began at {losses[0]:.4g}." in frames[-1]
    assert "max-width:600px" in frames[-1]  # its letters do not grow with a wide window
    monkeypatch.setattr("melonb.lab.watching._PAUSE", 1e9)  # at the end there is a validation
    frames.clear()
    fit(plan, musicvae.task(plan), progress=here.curve())
    assert "after step 8;" in frames[-1]
    assert lab.setup(live=False).curve() is False


def test_what_is_not_music_is_refused() -> None:
    with pytest.raises(MusicError, match="not music"):
        lab.show([60, 62])
    with pytest.raises(UsageError, match="labels"):
        lab.compare([melody()], ["one", "two"])
    with pytest.raises(UsageError, match="labels"):
        lab.compare([], [])


def test_a_frame_spans_all_rolls() -> None:
    rolls = [melody([[0, 1, 50]]), melody([[0, 1, 80]], steps=64)]
    found = frame(rolls)
    assert (found["tracks"][0]["low"], found["tracks"][0]["high"]) == (50, 80)
    assert found["tracks"][0]["notes"] == []
    assert found["steps"] == 64
    assert rolls[0]["tracks"][0]["notes"]


def test_roll_json_takes_a_tempo() -> None:
    assert roll_json(melody(), 88)["qpm"] == 88
    assert roll_json(music.Melody([60]), 88)["qpm"] == 88


def test_a_score_is_light_and_named() -> None:
    pytest.importorskip("verovio", reason="verovio is not installed")
    shown = lab.show(music.Melody([60, 128, 62, 129] * 32), "A tune", score=True)
    assert 'class="melonb-score" role="img" aria-label="Score of A tune"' in shown.html
    assert "font-face" not in shown.html
    assert len(shown.html) < 60_000
    again = lab.show(music.Melody([60, 128, 62, 129] * 32), "A tune", score=True)
    assert shown.html == again.html
    with pytest.raises(MusicError, match="no score"):
        lab.show(trio(), score=True)


def test_setup_says_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np
    import torch

    here = lab.setup(seed=3)
    first = (torch.rand(1).item(), np.random.rand())  # noqa: NPY002
    lab.setup(seed=3)
    assert first == (torch.rand(1).item(), np.random.rand())  # noqa: NPY002
    assert here.device in {"cpu", "cuda", "mps"}
    assert here.fast
    assert not here.live
    assert "seed 3" in capsys.readouterr().out
    with pytest.raises(UsageError, match="no size"):
        lab.setup(size="huge")


@pytest.mark.parametrize(("cores", "threads"), [(2, 1), (8, 3)])
def test_few_cores_get_one_thread(
    monkeypatch: pytest.MonkeyPatch, cores: int, threads: int
) -> None:
    import torch

    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert lab.setup().device == "cpu"
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def test_a_page_that_is_built_holds_no_script(monkeypatch: pytest.MonkeyPatch) -> None:
    from melonb.lab import session

    shown: list[Any] = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    monkeypatch.setattr("IPython.get_ipython", object)
    monkeypatch.setenv("MELONB_LIVE", "0")
    session.setup()
    assert "<script>" not in shown[-1].html
    monkeypatch.setenv("MELONB_LIVE", "1")
    session.setup()
    assert "<script>" in shown[-1].html


def test_where_each_output_is_a_page_the_script_comes_along() -> None:
    from IPython.core.formatters import DisplayFormatter

    from melonb.lab.session import frame_outputs

    formatter = DisplayFormatter()
    frame_outputs(formatter)
    for thing in (music.Melody([60]), lab.show(melody(), "A tune")):
        data, _ = formatter.format(thing)
        assert data["text/html"].count("<script>") == 1
    shown, _ = formatter.format(lab.source(lab.show))
    assert "<script>" not in shown["text/html"]


def test_a_score_is_engraved_to_its_last_bar() -> None:
    pytest.importorskip("verovio", reason="verovio is not installed")
    short, long = (engrave(music.Melody([60, 128, 62, 129] * 4 * bars), "x") for bars in (8, 96))
    assert long.count("<path") > 8 * short.count("<path")


def test_chord_names_need_no_font_of_their_own() -> None:
    pytest.importorskip("verovio", reason="verovio is not installed")
    chords = music.Chords.from_names(["Bb", "F#m"], 16)
    drawn = engrave(music.LeadSheet(music.Melody([60, 128, 62, 129] * 8), chords), "x")
    assert {"♭", "♯"} <= set(drawn)
    assert not re.search("[\ue000-\uf8ff]|Leipzig", drawn)


def test_later_lines_of_a_score_name_no_piano() -> None:
    pytest.importorskip("verovio", reason="verovio is not installed")
    assert "Pno" not in engrave(music.Melody([60, 128, 62, 129] * 4 * 8), "x")
