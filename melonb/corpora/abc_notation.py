"""A light reader of ABC, the plain text that folk tunes are passed on in.

It reads what collections of single-voice tunes use: keys and modes, accidentals that last a bar,
lengths, broken rhythm, tuplets, ties, chord words, repeats and numbered endings. Grace notes,
ornaments and words are left out. `melonb.corpora.tunes` plays the measures in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from melonb.errors import MusicError

__all__ = ["WHOLE", "Measure", "bar_length", "read_heads", "read_measures", "split_tunes"]

#: Ticks of a whole note: sixteenths, triplets and quintuplets come out whole.
WHOLE = 3840

_LETTER = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
_FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
_MODES = {"maj": 0, "ion": 0, "mix": -1, "dor": -2, "m": -3, "min": -3, "aeo": -3}
_MODES |= {"phr": -4, "loc": -5, "lyd": 1}
_ACCIDENTAL = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_TUPLET_TIME = {2: 3, 3: 2, 4: 3, 5: 2, 6: 2, 7: 2, 8: 3, 9: 2}

_TOKEN = re.compile(
    r"""(?P<chord>"[^"]*")
    |(?P<field>\[[A-Za-z]:[^\]]*\])
    |(?P<bar>:*\|[\]|:]*|\[\|[\]|:]*|::+)
    |(?P<ending>\[\s*\d[\d,\-]*|(?<=[|:\]])\s*\d[\d,\-]*)
    |(?P<skipped>\{[^}]*\}|![^!\n]*!|\+[a-z]+\+)
    |(?P<tuplet>\((?P<of>\d)(?::(?P<time>\d*))?(?::(?P<count>\d*))?)
    |(?P<open>\[)
    |(?P<note>(?P<accidental>\^\^|\^|__|_|=)?(?P<letter>[A-Ga-gzxZ])(?P<octave>[',]*)
      (?P<times>\d*/*\d*))
    |(?P<close>\](?P<closetimes>\d*/*\d*))
    |(?P<tie>-)
    |(?P<line>\n)
    |(?P<broken>>+|<+)""",
    re.VERBOSE,
)


@dataclass
class Measure:
    """One measure: notes as [start, length, pitch, tied] in ticks, chord words, repeat signs."""

    notes: list[list[int]] = field(default_factory=list)
    chords: list[tuple[int, str]] = field(default_factory=list)
    length: int = 0
    opens: bool = False
    closes: bool = False
    double: bool = False
    endings: tuple[int, ...] = ()


def split_tunes(text: str) -> Iterator[str]:
    """Yield the text of each tune of a collection."""
    for piece in re.split(r"(?m)^(?=X:)", text.replace("\r\n", "\n").replace("\r", "\n")):
        if piece.startswith("X:"):
            yield piece


def read_measures(heads: dict[str, str], body: str) -> list[Measure]:
    """Read the music of a tune, as it is written, under its header fields."""
    return _Reader(heads).read(body)


def read_heads(text: str) -> tuple[dict[str, str], str]:
    """Part a tune in its header fields, the first of each, and its lines of music."""
    heads: dict[str, str] = {}
    music: list[str] = []
    for line in text.split("\n"):
        line = line.split("%", 1)[0].rstrip()
        match = re.match(r"([A-Za-z]):(?![|:])(.*)", line)
        if match is None:
            music.append(line)
        elif "K" not in heads or match[1] not in "KMLV":
            heads.setdefault(match[1], match[2].strip())
        else:  # a change inside the tune
            music.append(f"[{match[1]}:{match[2].strip()}]")
    return heads, "\n".join(music).replace("\\\n", "\n")


def _signature(key: str) -> dict[str, int]:
    """Return the accidental of each letter in a key such as ``F#m``, ``D dor`` or ``HP``."""
    key = key.strip()
    if key.upper().startswith("HP"):
        return {"F": 1, "C": 1}
    match = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", key)
    if match is None:
        return {}
    letter, sign, mode = match.groups()
    word = mode.lower()[:3]
    fifths = _FIFTHS[letter] + {"#": 7, "b": -7, "": 0}[sign]
    fifths += _MODES.get(word, _MODES["m"] if mode.startswith("m") and word != "maj" else 0)
    order, step = (_SHARPS, 1) if fifths >= 0 else (_FLATS, -1)
    signature = dict.fromkeys(order[: min(abs(fifths), 7)], step)
    for accidental, name in re.findall(r"(?<=\s)(\^\^|\^|__|_|=)([a-g])", key):
        signature[name.upper()] = _ACCIDENTAL[accidental]
    return signature


def _factor(length: str) -> tuple[int, int]:
    """Read a length such as ``3/2``, ``/`` or ``4`` as a fraction."""
    if not length:
        return 1, 1
    top, slash, bottom = length.partition("/")
    below = int(bottom.strip("/") or 2 ** (1 + bottom.count("/"))) if slash else 1
    return int(top or 1), max(below, 1)


def bar_length(metre: str) -> int:
    """Return the ticks of a measure in a metre such as ``4/4``, ``C`` or ``C|``, 0 if unknown."""
    if metre in ("C", "C|"):
        return WHOLE
    match = re.match(r"(\d+)\s*/\s*(\d+)", metre)
    return WHOLE * int(match[1]) // max(int(match[2]), 1) if match else 0


def _unit(heads: dict[str, str]) -> int:
    """Return the ticks of the unit note length: given, or by the rule for the metre."""
    match = re.match(r"(\d+)\s*/\s*(\d+)", heads.get("L", ""))
    if match:
        return WHOLE * int(match[1]) // max(int(match[2]), 1)
    return WHOLE // 16 if 0 < bar_length(heads.get("M", "")) < 0.75 * WHOLE else WHOLE // 8


class _Reader:
    """The state that a line of music changes as it is read."""

    def __init__(self, heads: dict[str, str]) -> None:
        self.unit = _unit(heads)
        self.metre = heads.get("M", "")
        self.signature = _signature(heads.get("K", "C"))
        self.accidentals: dict[str, int] = {}
        self.measures = [Measure()]
        self.tuplet = (0, 1, 1)  # notes left, their sum in the time of, notes
        self.lengthen = (1, 1)  # what broken rhythm does to the next note
        self.last: list[list[int]] = []  # the notes read last, for ties and broken rhythm
        self.last_length = 0
        self.chord: list[list[int]] | None = None  # notes of a chord that is open
        self.voice = ""

    def read(self, body: str) -> list[Measure]:
        """Read lines of music into measures."""
        for match in _TOKEN.finditer(body):
            kind = match.lastgroup or ""
            if kind != "skipped" and getattr(self, f"_{kind}")(match):
                break
        return [m for m in self.measures if m.length or m.opens or m.closes]

    def _chord(self, match: re.Match[str]) -> None:
        word = match[0][1:-1]
        if word and word[0] in "ABCDEFGN":
            self.measures[-1].chords.append((self.measures[-1].length, word))

    def _field(self, match: re.Match[str]) -> bool:
        name, value = match[0][1], match[0][3:-1].strip()
        if name == "K":
            self.signature = _signature(value)
        elif name == "L":
            self.unit = _unit({"L": value, "M": self.metre})
        elif name == "M" and bar_length(value) != bar_length(self.metre):
            raise MusicError("the metre changes")
        elif name == "V":
            self.voice = self.voice or value
            return value != self.voice  # the first voice is enough
        return False

    def _bar(self, match: re.Match[str]) -> None:
        sign, measure = match[0], self.measures[-1]
        measure.closes |= sign.startswith(":")
        measure.double |= "||" in sign or "]" in sign or "[" in sign
        self.accidentals = {}
        self.measures.append(Measure(opens=sign.endswith(":")))

    def _line(self, _match: re.Match[str]) -> None:
        """End a full measure with the line: Essen's collection leaves that bar line out."""
        if self.measures[-1].length and self.measures[-1].length == bar_length(self.metre):
            self.accidentals = {}
            self.measures.append(Measure())

    def _ending(self, match: re.Match[str]) -> None:
        numbers = tuple(int(n) for n in re.findall(r"\d+", match[0]))
        if self.measures[-1].length:  # an ending that begins inside a measure
            self.measures.append(Measure())
        self.measures[-1].endings = numbers

    def _tuplet(self, match: re.Match[str]) -> None:
        size = max(int(match["of"]), 1)
        time = int(match["time"] or _TUPLET_TIME.get(size, 2))
        self.tuplet = (int(match["count"] or size), time, size)

    def _open(self, _match: re.Match[str]) -> None:
        self.chord = []

    def _close(self, match: re.Match[str]) -> None:
        if self.chord is None:
            return
        notes, self.chord = self.chord, None
        top, below = _factor(match["closetimes"])
        if notes:
            self._advance(notes, notes[0][1] * top // below)

    def _note(self, match: re.Match[str]) -> None:
        letter = match["letter"]
        top, below = _factor(match["times"])
        length = bar_length(self.metre) * top if letter == "Z" else self.unit * top // below
        notes = [] if letter in "zxZ" else [[0, length, self._pitch(match), 0]]
        if self.chord is not None:
            self.chord.extend(notes)
        else:
            self._advance(notes, length)

    def _pitch(self, match: re.Match[str]) -> int:
        letter, octave = match["letter"], match["octave"]
        if match["accidental"]:
            self.accidentals[letter + octave] = _ACCIDENTAL[match["accidental"]]
        upper = letter.upper()
        shift = self.accidentals.get(letter + octave, self.signature.get(upper, 0))
        height = 60 + 12 * letter.islower() + 12 * (octave.count("'") - octave.count(","))
        return height + _LETTER[upper] + shift

    def _advance(self, notes: list[list[int]], length: int) -> None:
        """Put notes that sound together into the measure."""
        left, time, size = self.tuplet
        if left:
            length = length * time // size
            self.tuplet = (left - 1, time, size)
        length = length * self.lengthen[0] // self.lengthen[1]
        self.lengthen = (1, 1)
        measure = self.measures[-1]
        for note in notes:
            note[0], note[1] = measure.length, length
        measure.notes += notes
        measure.length += length
        self.last, self.last_length = notes, length

    def _tie(self, _match: re.Match[str]) -> None:
        for note in self.last:
            note[3] = 1

    def _broken(self, match: re.Match[str]) -> None:
        """Lengthen the note before by what the note after is shortened, or the other way."""
        sign, half = match[0], 2 ** len(match[0])
        before, after = (2 * half - 1, 1) if sign[0] == ">" else (1, 2 * half - 1)
        change = self.last_length * before // half - self.last_length
        for note in self.last:
            note[1] += change
        self.measures[-1].length += change
        self.last_length += change
        self.lengthen = (after, half)
