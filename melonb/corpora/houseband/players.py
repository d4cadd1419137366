"""The house band's drummer and bassist: one bar after another over the chords."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray

from melonb.corpora.houseband.harmony import Chord
from melonb.corpora.houseband.styles import CRASH, FILLS, KICK, SNARE, Style
from melonb.music.grid import HOLD, REST, STEPS_PER_BAR

__all__ = ["Bassist", "Drummer"]

_LOWEST = 28  # E1, the lowest string of a bass


def _line(random: Random, signs: str) -> NDArray[np.bool_]:
    """Decide the ``o`` of a line."""
    return np.array([s == "x" or (s == "o" and random.random() < 0.5) for s in signs])


class Drummer:
    """Keeps a groove through a section, answers every fourth bar, fills the last."""

    def __init__(self, random: Random, style: Style) -> None:
        self.random, self.style = random, style
        self.snare = random.choice(style.snares)

    def section(self, bars: int, opening: bool = True) -> NDArray[np.int16]:
        """Play a section; bars one and five are alike, but for the crash that opens it.

        Returns
        -------
        numpy.ndarray
            Drum tokens, int16 (16 bars,).
        """
        groove = self._groove()
        answer = self._varied(groove)
        odd = self._varied(groove) if self.random.random() < 0.4 else groove
        played = [(groove, odd, groove, answer)[bar % 4].copy() for bar in range(bars)]
        if bars >= 8:
            played[-2] = self._varied(played[-2]) if self.random.random() < 0.4 else played[-2]
        if self.random.random() < 0.8:
            self._fill(played[-1])
        if bars >= 8 and self.random.random() < 0.25:
            self._fill(played[3])
        if opening:
            played[0][0, [KICK, CRASH]] = True
            if bars >= 8 and self.random.random() < 0.35:
                played[4][0, [KICK, CRASH]] = True
        bits = 1 << np.arange(9)
        return np.concatenate([bar @ bits for bar in played]).astype(np.int16)

    def _groove(self) -> NDArray[np.bool_]:
        """Choose a groove of one bar, (16, 9)."""
        random, style = self.random, self.style
        bar = np.zeros((STEPS_PER_BAR, 9), bool)
        bar[:, KICK] = _line(random, random.choice(style.kicks))
        bar[:, SNARE] = _line(random, self.snare)
        for drum, signs in random.choice(style.cymbals).items():
            bar[:, drum] = _line(random, signs)
        return bar

    def _varied(self, groove: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Change a groove in one to three small ways, never on the first beat."""
        bar = groove.copy()
        for _ in range(self.random.randint(1, 3)):
            drum = self.random.choice((KICK, KICK, SNARE))
            step = self.random.randrange(3, STEPS_PER_BAR)
            bar[step, drum] = not bar[step, drum]
        return bar

    def _fill(self, bar: NDArray[np.bool_]) -> None:
        """Lay a fill over the end of a bar."""
        fill = self.random.choice(FILLS)
        first = min(signs.index("x") for signs in fill.values())
        bar[first:] = False
        for drum, signs in fill.items():
            bar[:, drum] |= np.array([s == "x" for s in signs])


class Bassist:
    """Plays a figure over the chords, and walks to the next root at its end."""

    def __init__(self, random: Random, style: Style) -> None:
        self.random, self.style = random, style
        self.floor = _LOWEST + random.choice((0, 0, 2, 4, 5))

    def section(self, chords: list[tuple[Chord, Chord]]) -> NDArray[np.int16]:
        """Play a section.

        Returns
        -------
        numpy.ndarray
            Bass tokens, int16 (16 bars,).
        """
        figure = self.random.choice(self.style.basses)
        answer = self.random.choice(self.style.basses) if self.random.random() < 0.3 else figure
        bars = []
        for number, chord in enumerate(chords):
            following = chords[(number + 1) % len(chords)][0]
            signs = answer if number % 4 == 3 else figure
            if number == len(chords) - 1 and self.random.random() < 0.4:
                signs = "R-----------A---"
            bars.append(self._bar(signs, chord, following))
        return np.concatenate(bars)

    def _root(self, chord: Chord) -> int:
        return self.floor + (chord.root - self.floor) % 12

    def _bar(self, signs: str, chords: tuple[Chord, Chord], following: Chord) -> NDArray[np.int16]:
        tokens = np.full(STEPS_PER_BAR, REST, np.int16)
        for step, sign in enumerate(signs):
            # Two chords share a bar half and half, whatever the figure does.
            chord = chords[step >= STEPS_PER_BAR // 2]
            fresh = step == STEPS_PER_BAR // 2 and chords[0] != chords[1]
            if sign == "-" and not fresh:
                tokens[step] = HOLD if step and tokens[step - 1] != REST else REST
            elif sign != ".":
                tokens[step] = self._pitch("R" if sign == "-" else sign, chord, following)
        return tokens

    def _pitch(self, sign: str, chord: Chord, following: Chord) -> int:
        root = self._root(chord)
        if sign == "8":
            return root + 12
        if sign == "A":
            goal = self._root(following)
            return goal + (-2 if goal - 2 >= self.floor else 2)
        third, fifth = ((note - chord.root) % 12 for note in chord.notes[1:3])
        seventh = (chord.notes[3] - chord.root) % 12 if len(chord.notes) > 3 else 9
        return root + {"R": 0, "3": third, "5": fifth, "7": seventh}[sign]
