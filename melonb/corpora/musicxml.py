"""A light reader of lead sheets in MusicXML: the first voice of the first part, and its chords."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

from melonb.corpora.abc_notation import WHOLE, Measure, bar_length
from melonb.corpora.tunes import Tune, play
from melonb.errors import MusicError

__all__ = ["read_score"]

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

#: MusicXML's chord kinds in the words of `chords.parse_chord`.
_KINDS = {
    "major": "",
    "minor": "m",
    "augmented": "aug",
    "diminished": "dim",
    "dominant": "7",
    "major-seventh": "maj7",
    "minor-seventh": "m7",
    "diminished-seventh": "dim7",
    "augmented-seventh": "aug",
    "half-diminished": "m7b5",
    "major-minor": "minmaj7",
    "major-sixth": "6",
    "minor-sixth": "m6",
    "dominant-ninth": "9",
    "major-ninth": "maj9",
    "minor-ninth": "m9",
    "dominant-11th": "11",
    "dominant-13th": "13",
    "suspended-second": "sus2",
    "suspended-fourth": "sus4",
    "power": "5",
}


def read_score(path: Path) -> Tune:
    """Read a lead sheet, plain or compressed, as it is played."""
    root = _parse(path)
    part = root.find("part")
    if part is None:
        raise MusicError("the score has no part")
    title = root.findtext("work/work-title") or root.findtext("movement-title") or ""
    reader = _Reader()
    measures = [reader.read(element) for element in part.iterfind("measure")]
    return play(title.strip(), reader.metre, measures)


def _parse(path: Path) -> ElementTree.Element:
    try:
        if not zipfile.is_zipfile(path):
            return ElementTree.parse(path).getroot()
        with zipfile.ZipFile(path) as archive:
            # The container file that names the score is itself often not well-formed XML.
            names = [n for n in archive.namelist() if n.lower().endswith((".xml", ".musicxml"))]
            score = next(name for name in names if not name.startswith("META-INF"))
            return ElementTree.fromstring(archive.read(score))
    except (ElementTree.ParseError, zipfile.BadZipFile, StopIteration, OSError) as error:
        raise MusicError("the score cannot be read") from error


class _Reader:
    """What carries over from one measure to the next."""

    def __init__(self) -> None:
        self.divisions = 1  # of a quarter note
        self.metre = ""
        self.voice = ""

    def read(self, element: ElementTree.Element) -> Measure:
        """Read one measure."""
        measure, time, last = Measure(), 0, 0
        for child in element:
            if child.tag == "attributes":
                self._attributes(child)
            elif child.tag == "note" and child.find("grace") is None:
                length = self._ticks(child.findtext("duration"))
                together = child.find("chord") is not None
                start = last if together else time
                self._note(measure, child, start, length)
                last, time = start, time if together else time + length
                measure.length = max(measure.length, time)
            elif child.tag in ("backup", "forward"):
                step = self._ticks(child.findtext("duration"))
                time += step if child.tag == "forward" else -step
            elif child.tag == "harmony":
                word = _chord_word(child)
                if word is not None:
                    measure.chords.append((time + self._ticks(child.findtext("offset")), word))
            elif child.tag == "barline":
                _barline(measure, child)
        measure.notes.sort()
        return measure

    def _ticks(self, duration: str | None) -> int:
        return round(float(duration or 0) * WHOLE / 4 / self.divisions)

    def _attributes(self, element: ElementTree.Element) -> None:
        self.divisions = int(element.findtext("divisions") or self.divisions) or 1
        beats, unit = element.findtext("time/beats"), element.findtext("time/beat-type")
        if beats and unit:
            metre = f"{beats}/{unit}"
            if self.metre and bar_length(metre) != bar_length(self.metre):
                raise MusicError("the metre changes")
            self.metre = metre

    def _note(
        self, measure: Measure, element: ElementTree.Element, start: int, length: int
    ) -> None:
        pitch = element.find("pitch")
        voice = element.findtext("voice") or "1"
        self.voice = self.voice or voice
        if pitch is None or voice != self.voice:
            return
        height = 12 * (int(pitch.findtext("octave") or 4) + 1)
        height += _STEPS[pitch.findtext("step") or "C"] + round(float(pitch.findtext("alter") or 0))
        tied = any(tie.get("type") == "start" for tie in element.iterfind("tie"))
        measure.notes.append([start, length, height, int(tied)])


def _barline(measure: Measure, element: ElementTree.Element) -> None:
    repeat, ending = element.find("repeat"), element.find("ending")
    if repeat is not None:
        measure.opens |= repeat.get("direction") == "forward"
        measure.closes |= repeat.get("direction") == "backward"
    if ending is not None:
        if ending.get("type") == "start":
            numbers = (ending.get("number") or "1").replace(" ", ",").split(",")
            measure.endings = tuple(int(n) for n in numbers if n.isdigit())
        else:
            measure.double = True  # the ending is over


def _chord_word(element: ElementTree.Element) -> str | None:
    """Write a harmony element as a chord word."""
    kind = element.findtext("kind") or "major"
    if kind == "none":
        return "N"
    step = element.findtext("root/root-step")
    if step is None:
        return None
    root = step + _sign(element.findtext("root/root-alter"))
    bass = element.findtext("bass/bass-step")
    below = f"/{bass}{_sign(element.findtext('bass/bass-alter'))}" if bass else ""
    return root + _KINDS.get(kind, "") + below


def _sign(alter: str | None) -> str:
    shift = round(float(alter or 0))
    return "#" * shift if shift > 0 else "b" * -shift
