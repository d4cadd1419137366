"""The house band's singer: melodies made of motifs that come back, on the notes of the chords."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray

from melonb.corpora.houseband.harmony import Chord, Key
from melonb.corpora.houseband.styles import CADENCE_RHYTHMS, RHYTHMS, Style
from melonb.music.grid import HOLD, REST, STEPS_PER_BAR

__all__ = ["Singer"]

_LOW, _HIGH = 57, 82
_PLANS = ("abac", "aabc", "abcd", "aaab", "abab", "abbc")  # motifs of the bars of a phrase
_CONTOURS = ((0, 2, 4, 1), (4, 3, 2, 0), (0, 1, 3, 2), (2, 4, 1, 0), (1, 0, 3, 1), (2, 2, 2, 0))


class Singer:
    """Sings sections of eight bars: a phrase of four bars, and its answer."""

    def __init__(self, random: Random, style: Style, key: Key) -> None:
        self.random, self.key = random, key
        families = list(style.rhythms)
        self.family = random.choices(families, list(style.rhythms.values()), k=2)
        scale = set(key.scale())
        self.ladder = [pitch for pitch in range(_LOW, _HIGH + 1) if pitch % 12 in scale]
        self.base = random.randint(3, len(self.ladder) - 8)

    def section(self, chords: list[tuple[Chord, Chord]]) -> NDArray[np.int16]:
        """Sing eight bars over chords.

        Returns
        -------
        numpy.ndarray
            Melody tokens, int16 (16 bars,).
        """
        plan = self.random.choice(_PLANS)
        contour = self.random.choice(_CONTOURS)
        family = self.random.choice(self.family)
        rhythms = {motif: self.random.choice(RHYTHMS[family]) for motif in sorted(set(plan))}
        steps = {motif: self._motif(rhythms[motif]) for motif in rhythms}
        bars: list[NDArray[np.int16]] = []
        for number in range(8):
            motif, phrase = plan[number % 4], number // 4
            last = number % 4 == 3
            rhythm = self.random.choice(CADENCE_RHYTHMS) if last else rhythms[motif]
            moves = self._motif(rhythm) if last else steps[motif]
            start = self.base + contour[number % 4]
            bars.append(self._bar(rhythm, moves, start, chords[number], last and phrase == 1))
        if self.random.random() < 0.6:  # the answer begins as the phrase did
            same = [chords[n] == chords[n + 4] for n in range(2)]
            bars[4:6] = [bars[n] if same[n] else bars[n + 4] for n in range(2)]
        return np.concatenate(bars)

    def varied(
        self, tokens: NDArray[np.int16], chords: list[tuple[Chord, Chord]]
    ) -> NDArray[np.int16]:
        """Sing a section again with one or two bars made new."""
        bars = tokens.reshape(-1, STEPS_PER_BAR).copy()
        for _ in range(self.random.randint(1, 2)):
            number = self.random.randrange(len(bars))
            rhythm = self.random.choice(RHYTHMS[self.random.choice(self.family)])
            start = self.base + self.random.randint(0, 4)
            bars[number] = self._bar(rhythm, self._motif(rhythm), start, chords[number], False)
        return bars.ravel()

    def _motif(self, rhythm: str) -> list[int]:
        """Choose the steps on the scale from note to note."""
        steps = self.random.choices((-2, -1, 0, 1, 2, 3, -3), (2, 5, 2, 5, 2, 1, 1), k=16)
        return steps[: rhythm.count("x")]

    def _bar(
        self, rhythm: str, moves: list[int], start: int, chords: tuple[Chord, Chord], final: bool
    ) -> NDArray[np.int16]:
        """Sing a motif from a place on the scale; on a beat, bend it to the chord."""
        tokens = np.full(STEPS_PER_BAR, REST, np.int16)
        place, note, notes = start, 0, rhythm.count("x")
        for step, sign in enumerate(rhythm):
            if sign == "x":
                place = self._inside(place + moves[note])
                note += 1
                chord = chords[step >= STEPS_PER_BAR // 2]
                if final and note == notes:
                    place = self._nearest(place, (self.key.tonic,))
                elif step % 4 == 0 or note == notes:
                    place = self._nearest(place, chord.notes)
                tokens[step] = self.ladder[place]
            elif sign == "-" and step and tokens[step - 1] != REST:
                tokens[step] = HOLD
        return tokens

    def _inside(self, place: int) -> int:
        """Turn a melody round at the ends of its range."""
        top = len(self.ladder) - 1
        return max(0, min(top, -place if place < 0 else 2 * top - place if place > top else place))

    def _nearest(self, place: int, notes: tuple[int, ...]) -> int:
        """Return the nearest place on the scale whose note belongs to some pitch classes."""
        fitting = [i for i, pitch in enumerate(self.ladder) if pitch % 12 in notes]
        return min(fitting, key=lambda i: (abs(i - place), i)) if fitting else place
