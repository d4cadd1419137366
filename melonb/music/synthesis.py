"""A small synthesizer of our own, for installs that lack a SoundFont.

Pitched notes are five harmonics that die away; drums are shaped noise, the kick a falling sine.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from melonb.music.percussion import GENERAL_MIDI

__all__ = ["note"]

_HARMONICS = np.array([1.0, 0.5, 0.3, 0.15, 0.08])
_RELEASE = 0.08  # seconds that a note rings on after its end
_DRUM_SECONDS = (0.25, 0.18, 0.05, 0.3, 0.35, 0.3, 0.25, 0.8, 0.4)  # one a drum class
_DRUM_NOISE = (0.1, 0.9, 1.0, 1.0, 0.2, 0.2, 0.2, 1.0, 1.0)  # the rest of the sound is a tone
_DRUM_TONE = (60.0, 180.0, 0.0, 0.0, 90.0, 130.0, 180.0, 0.0, 0.0)  # Hz


@lru_cache(maxsize=1024)
def note(program: int, is_drum: bool, pitch: int, seconds: float, rate: int) -> NDArray[np.float32]:
    """Play one note, at full velocity, until it has rung out. All programs sound alike."""
    if is_drum:
        return _drum(max(int(GENERAL_MIDI[pitch]), 0), rate)
    frequency = 440.0 * 2.0 ** ((pitch - 69) / 12)
    time = np.arange(round((seconds + _RELEASE) * rate)) / rate
    numbers = np.arange(1, len(_HARMONICS) + 1)
    heard = numbers * frequency < rate / 2
    phases = 2 * np.pi * frequency * np.outer(numbers[heard], time)
    wave = _HARMONICS[heard] @ (np.sin(phases) * np.exp(-np.outer(numbers[heard], 2 * time)))
    attack = np.minimum(1.0, time / 0.005)
    release = np.clip((seconds + _RELEASE - time) / _RELEASE, 0.0, 1.0)
    return (0.3 * wave * attack * release).astype(np.float32)


def _drum(drum: int, rate: int) -> NDArray[np.float32]:
    time = np.arange(round(_DRUM_SECONDS[drum] * rate)) / rate
    fade = np.exp(-5 * time / _DRUM_SECONDS[drum])
    noise = np.random.default_rng(drum).uniform(-1, 1, len(time))
    falling = _DRUM_TONE[drum] * (time + 0.05 * (1 - np.exp(-time / 0.05)))
    share = _DRUM_NOISE[drum]
    wave = share * noise + (1 - share) * 2 * np.sin(2 * np.pi * falling)
    return (0.25 * wave * fade).astype(np.float32)
