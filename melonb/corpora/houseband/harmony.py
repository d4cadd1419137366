"""The house band's chords: degrees of a key, sections of eight bars, cadences."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from melonb.corpora.houseband.styles import PROGRESSIONS

__all__ = ["Chord", "Key", "section_chords"]

_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


@dataclass(frozen=True)
class Chord:
    """A chord: its root and its pitch classes, root first."""

    root: int
    notes: tuple[int, ...]


@dataclass(frozen=True)
class Key:
    """A key, and whether its chords have sevenths."""

    tonic: int
    mode: str
    sevenths: bool

    def scale(self) -> tuple[int, ...]:
        """Return the pitch classes of the scale."""
        return tuple((self.tonic + step) % 12 for step in _SCALES[self.mode])

    def chord(self, degree: int) -> Chord:
        """Stack thirds on a degree, 1 to 7; the dominant of minor is major."""
        scale = list(self.scale())
        if self.mode == "minor" and degree == 5:
            scale[6] = (scale[6] + 1) % 12
        thirds = [scale[(degree - 1 + step) % 7] for step in (0, 2, 4, 6)]
        seventh = self.sevenths or (degree == 5 and self.mode == "minor")
        return Chord(thirds[0], tuple(thirds[: 4 if seventh else 3]))


def section_chords(random: Random, key: Key) -> list[tuple[Chord, Chord]]:
    """Compose eight bars of chords, two a bar: a phrase of four bars, then again with a cadence."""
    bars = random.choice(PROGRESSIONS[key.mode]).split()
    second = list(bars)
    if random.random() < 0.7:  # a full close, after a half close where the phrase has none
        second[2:] = ["45" if random.random() < 0.4 else "5", "1"]
        if random.random() < 0.4:
            bars[3] = "5"
    degrees = [[int(sign) for sign in bar] for bar in bars + second]
    return [(key.chord(bar[0]), key.chord(bar[-1])) for bar in degrees]
