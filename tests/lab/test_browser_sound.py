"""What is heard: energy at the right pitches and times, rendered by the page's own voices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from melonb import lab

from .conftest import melody, trio
from .test_browser_files import saved

pytestmark = pytest.mark.browser

RATE = 22050
RENDER = """async ([roll, rate]) => {
  const { toSheet } = await import("/static/music/sheet.js");
  const { renderSheet } = await import("/static/sound/render.js");
  const buffer = await renderSheet(toSheet(roll), { rate });
  return [...buffer.getChannelData(0)].map((x) => Math.round(x * 1e5));
}"""


def render(page: Any, roll: dict[str, Any]) -> np.ndarray:
    return np.array(page.evaluate(RENDER, [roll, RATE]), float) / 1e5


def spectrum(samples: np.ndarray, start: float, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    part = samples[int(start * RATE) : int((start + seconds) * RATE)]
    size = 1 << 15
    heard = np.abs(np.fft.rfft(part * np.hanning(len(part)), size))
    return np.fft.rfftfreq(size, 1 / RATE), heard


def pitch_of(samples: np.ndarray, start: float, seconds: float) -> float:
    """MIDI number of the strongest partial."""
    frequency, heard = spectrum(samples, start, seconds)
    return float(69 + 12 * np.log2(frequency[heard.argmax()] / 440))


def test_notes_sound_at_their_pitch_and_time(open_page: Any) -> None:
    roll = melody([[0, 4, 60], [8, 4, 67], [16, 8, 72]])
    samples = render(open_page(""), roll)
    step = 60 / 120 / 4
    for start, length, pitch in roll["tracks"][0]["notes"]:
        assert abs(pitch_of(samples, start * step + 0.05, length * step - 0.1) - pitch) < 0.3
    level = lambda a, b: np.sqrt((samples[int(a * RATE) : int(b * RATE)] ** 2).mean())  # noqa: E731
    assert level(0.02, 0.4) > 8 * level(0.8, 0.98)  # the rest between the first two notes
    before = level(0.9, 0.995)
    assert level(1.005, 1.1) > 8 * before  # the second note starts on time
    assert np.abs(samples).max() < 1


def test_the_bass_is_low_and_chords_have_their_tones(open_page: Any) -> None:
    page = open_page("")
    bass = {"name": "bass", "kind": "pitch", "program": 33, "notes": [[0, 8, 36]]}
    samples = render(page, {**melody([], 16), "tracks": [bass]})
    assert abs(pitch_of(samples, 0.1, 0.7) - 36) < 0.3
    chord = {**melody([], 16), "chords": [[0, 16, "Am"]]}
    frequency, heard = spectrum(render(page, chord), 0.3, 1.2)
    strongest = sorted(
        {round(69 + 12 * np.log2(f / 440)) % 12 for f in frequency[heard > 0.3 * heard.max()]}
    )
    assert strongest == [0, 4, 9]


@pytest.mark.parametrize("drum", range(9))
def test_every_drum_sounds_when_struck_and_dies_away(open_page: Any, drum: int) -> None:
    hit = {"name": "drums", "kind": "drums", "program": 0, "notes": [[4, 1, drum]]}
    samples = render(open_page(""), {**melody([], 32), "tracks": [hit]})
    level = lambda a, b: np.sqrt((samples[int(a * RATE) : int(b * RATE)] ** 2).mean())  # noqa: E731
    assert level(0, 0.49) < 1e-4
    assert level(0.5, 0.55) > 0.01
    assert level(0.5, 0.55) > 5 * level(2.2, 2.4)


def test_a_loop_machine_s_file_sounds_as_its_form_says(open_page: Any, tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")

    def clip(pitch: int) -> dict[str, Any]:
        bass = {"name": "bass", "kind": "pitch", "program": 33, "notes": [[0, 14, pitch]]}
        return {**melody([], 16), "tracks": [bass]}

    page = open_page(lab.loop_machine({"A": clip(40), "B": clip(47)}, form="AB").html)
    page.get_by_label("Form").fill("BABB")
    samples, rate = soundfile.read(saved(page, "Sound (WAV)", tmp_path))
    assert rate == 2 * RATE
    mono = samples[::2] if samples.ndim == 1 else samples[::2, 0]
    bar = 2.0  # seconds, at 120 beats a minute
    assert 4 * bar <= len(mono) / RATE < 4 * bar + 4
    heard = [pitch_of(mono, bar * i + 0.1, 1.5) for i in range(4)]
    np.testing.assert_allclose(heard, [47, 40, 47, 47], atol=0.3)
    assert 0.05 < np.abs(mono).max() <= 1


def test_drums_differ_in_brightness(open_page: Any) -> None:
    page = open_page("")
    centres = []
    for drum in range(9):
        hit = {"name": "drums", "kind": "drums", "program": 0, "notes": [[0, 1, drum]]}
        frequency, heard = spectrum(render(page, {**melody([], 16), "tracks": [hit]}), 0, 0.2)
        centres.append(float((frequency * heard).sum() / heard.sum()))
    kick, snare, closed, _, low, mid, high, *_ = centres
    assert kick < low < mid < high < snare < closed


def test_a_whole_band_does_not_clip(open_page: Any) -> None:
    samples = render(open_page(""), trio())
    assert 0.1 < np.abs(samples).max() < 1
    assert np.isfinite(samples).all()
    assert json.dumps(trio())  # the same description that the page carries
