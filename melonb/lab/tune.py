"""`your_tune`: the reader's own MIDI file, heard in the page, sent to a model in a notebook."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from typing import Any

from melonb.errors import MusicError
from melonb.lab.element import element_html
from melonb.lab.live import LiveElement
from melonb.lab.roll import roll_json

__all__ = ["your_tune"]

VARIATION = 0.8  # the smaller of the two variances that the EC2-VAE paper varies a theme with


class Tune:
    """A file that was read: its parts, and what each kind of model takes of them.

    Parameters
    ----------
    midi
        The file's bytes.
    """

    def __init__(self, midi: bytes) -> None:
        from melonb import music
        from melonb.music import midi as files

        self.midi = midi
        self.parts = files.parts(files.read(midi))
        if not self.parts:
            raise MusicError("there are no notes that the grid can hold", remedy="try another file")
        types: dict[str, Any] = {"melody": music.Melody, "bass": music.Bass, "drums": music.Drums}
        self.pieces: list[Any] = [types[part.kind](part.tokens) for part in self.parts]

    def describe(self) -> list[dict[str, Any]]:
        """Give what the page shows of each part."""
        return [
            {
                "name": f"{part.name.strip() or part.kind} ({part.kind})",
                "loss": str(part.loss),
                "roll": roll_json(piece),
            }
            for part, piece in zip(self.parts, self.pieces, strict=True)
        ]

    def _first(self, kind: str) -> Any:
        for part, piece in zip(self.parts, self.pieces, strict=True):
            if part.kind == kind:
                return piece
        raise MusicError(f"the tune has no {kind}", remedy="choose a model that needs none")

    def take(self, number: int, accepts: type, first: int, bars: int) -> Any:
        """Give some bars in the form that a model takes.

        Parameters
        ----------
        number
            The part that the reader chose; a trio's melody, a lead sheet's tune.
        accepts
            The type that the model takes.
        first, bars
            Where to begin, counted from 0, and how many bars.
        """
        from melonb import music

        stop = first + bars
        if stop > self.pieces[number].bars:
            raise MusicError(
                f"the model takes {bars} bars", bar=first + 1, remedy="begin earlier in the tune"
            )

        def cut(whole: Any) -> Any:
            return whole.slice_bars(first, stop)

        if accepts is music.Loop:
            return music.Loop.from_parts(cut(self._first("bass")), cut(self._first("drums")))
        piece = cut(self.pieces[number])
        if accepts is music.Trio:
            return music.Trio(piece, cut(self._first("bass")), cut(self._first("drums")))
        if accepts is music.LeadSheet:
            return music.LeadSheet(piece, cut(music.Chords.from_midi(self.midi)))
        if not isinstance(piece, accepts):
            raise MusicError(
                f"the model takes {accepts.__name__}, not {type(piece).__name__}",
                remedy="choose another part or another model",
            )
        return piece


class _Desk:
    """Answers the element's questions: read this file; send these bars to that model."""

    def __init__(self, instruments: Sequence[Any]) -> None:
        self.instruments = instruments
        self.tune: Tune | None = None

    def __call__(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if "midi" in question:
            self.tune = Tune(base64.b64decode(question["midi"]))
            return {"parts": self.tune.describe()}
        return self._send(question)

    def _send(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if self.tune is None:
            raise MusicError("no file was read yet", remedy="choose a MIDI file first")
        instrument = self.instruments[question["model"]]
        first = int(question["bars"][0])
        piece = self.tune.take(question["part"], instrument.accepts, first, instrument.bars)
        start = time.perf_counter()
        said = ""
        if question["action"] == "vary":
            made = list(instrument.vary(piece, VARIATION, 2, 0))
            names = ["variation 1", "variation 2"]
        elif question["action"] == "infill":
            made, said = _filled(instrument, piece)
            names = ["filling 1", "filling 2"]
        else:
            made, names = [instrument.reconstruct(piece)], ["reconstruction"]
        took = (time.perf_counter() - start) * 1000
        pairs = zip(["your tune", *names], [piece, *made], strict=True)
        items = [{"label": name, "roll": roll_json(music)} for name, music in pairs]
        return {"items": items, "milliseconds": took, "said": said}


def _filled(instrument: Any, piece: Any) -> tuple[list[Any], str]:
    """Fill the two middle bars of a piece twice, and say which they are and how it was read."""
    if not hasattr(instrument, "infill"):
        raise MusicError("this model fills no gaps", remedy="choose one that does, such as CLSM")
    middle = piece.bars // 2
    bars = (max(0, middle - 1), middle + 1)
    read = instrument.account(piece, bars)
    return instrument.infill(piece, bars=bars, n=2, seed=0), f"The two middle bars; {read}. "


def your_tune(models: Mapping[str, Any] | None = None, *, label: str = "Your tune") -> LiveElement:
    """Let the reader bring a MIDI file.

    Parameters
    ----------
    models
        Instruments by name; in a live notebook the tune can be sent through them.
    """
    named = dict(models or {})
    data = {"label": label, "models": list(named)}
    words = "<p>Here you can open a MIDI file of your own, where the page's script runs.</p>"
    desk = _Desk(list(named.values()))
    return LiveElement(element_html("tune", data, words), f"Tune: {label}", "tune", data, desk)
