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
from melonb.lab.taking import Bars, Taken, Tune

__all__ = ["your_tune"]

ACTIONS = ("reconstruct", "vary", "interpolate", "swap", "infill")
VARIATION = 0.8  # the smaller of the two variances that the EC2-VAE paper varies a theme with
WALK = 5  # pieces on the way from one tune to another, both ends included


class _Desk:
    """Answers the element's questions: read this file; send these bars to that model."""

    def __init__(self, instruments: Sequence[Any]) -> None:
        self.instruments = instruments
        self.tunes: dict[int, Tune] = {}  # 0 is the reader's tune, 1 a second one beside it

    def __call__(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if "midi" in question:
            tune = Tune(base64.b64decode(question["midi"]))
            self.tunes[int(question.get("tune", 0))] = tune
            return {"parts": tune.describe()}
        return self._send(question)

    def _taken(self, question: Mapping[str, Any], instrument: Any) -> Taken:
        """Cut the bars that a question names; it may name a partner in the same words."""
        tune = self.tunes.get(int(question.get("tune", 0)))
        if tune is None:
            raise MusicError("no file was read yet", remedy="choose a MIDI file first")
        first, stop = map(int, question["bars"])
        return tune.take(int(question["part"]), instrument.accepts, (first, stop), instrument.bars)

    def _send(self, question: Mapping[str, Any]) -> dict[str, Any]:
        instrument = self.instruments[question["model"]]
        taken = self._taken(question, instrument)
        action = question["action"]
        if action not in _skills(instrument):
            raise MusicError(f"this model cannot {action}", remedy="choose another model or task")
        said = list(taken.lost)
        heard = {"your tune": taken.piece}
        options: dict[str, Any] = {}
        if action in ("interpolate", "swap"):
            other = self._taken(question["with"], instrument)
            said += [f"Of the other tune: {sentence}" for sentence in other.lost]
            heard["the other tune"] = options["other"] = other.piece
        if action == "infill":
            options["bars"], told = _gap(instrument, taken.piece, question)
            said.append(told)
        start = time.perf_counter()
        made = _played(instrument, action, taken.piece, **options)
        took = (time.perf_counter() - start) * 1000
        qpm = self.tunes[int(question.get("tune", 0))].qpm
        rolls = {label: roll_json(music, qpm) for label, music in {**heard, **made}.items()}
        steps = max(roll["steps"] for roll in rolls.values())
        items = [{"label": one, "roll": {**roll, "steps": steps}} for one, roll in rolls.items()]
        return {"items": items, "milliseconds": took, "said": "".join(f"{one} " for one in said)}


def _skills(instrument: Any) -> list[str]:
    return [action for action in ACTIONS if hasattr(instrument, action)]


def _gap(instrument: Any, piece: Any, question: Mapping[str, Any]) -> tuple[Bars, str]:
    """Find the bars to write anew, counted in the piece, and say how it is read."""
    begin = int(question["bars"][0])
    first, stop = (int(bar) - begin for bar in question["gap"])
    if not 0 <= first < stop <= piece.bars:
        raise MusicError(
            f"bars {first + begin + 1} to {stop + begin} are not among those that are sent",
            remedy=f"name some from bar {begin + 1} to bar {begin + piece.bars}",
        )
    one = stop - first == 1
    named = f"Bar {stop + begin} is" if one else f"Bars {first + begin + 1} to {stop + begin} are"
    read = instrument.account(piece, (first, stop))
    return (first, stop), f"{named} written anew; of what was sent, the model reads {read}."


def _played(
    instrument: Any, action: str, piece: Any, other: Any = None, bars: Bars | None = None
) -> dict[str, Any]:
    """Let an instrument do something with a piece; what it makes, by name."""
    if action == "vary":
        varied = instrument.vary(piece, VARIATION, 2, 0)
        return {f"variation {place}": music for place, music in enumerate(varied, start=1)}
    if action == "infill":
        filled = instrument.infill(piece, bars=bars, n=2, seed=0)
        return {f"filling {place}": music for place, music in enumerate(filled, start=1)}
    if action == "interpolate":
        names = [f"{100 * place // (WALK - 1)}% of the way" for place in range(WALK)]
        return dict(zip(names, instrument.interpolate(piece, other, WALK), strict=True))
    if action == "swap":
        swapped = instrument.swap(piece, other)
        return {"your pitches, its rhythm": swapped.c, "its pitches, your rhythm": swapped.d}
    return {"reconstruction": instrument.reconstruct(piece)}


def your_tune(models: Mapping[str, Any] | None = None, *, label: str = "Your tune") -> LiveElement:
    """Let the reader bring a MIDI file.

    Parameters
    ----------
    models
        Instruments by name; in a live notebook the tune can be sent through them, to what each of
        them can do: reconstruct, vary, interpolate to another tune or another place of this one,
        swap rhythms with it, write some bars anew.
    """
    named = dict(models or {})
    data = {"label": label, "models": list(named)}
    skills = [{"bars": one.bars, "actions": _skills(one)} for one in named.values()]
    words = "<p>Here you can open a MIDI file of your own, where the page's script runs.</p>"
    page = element_html("tune", data, words)
    desk = _Desk(list(named.values()))
    return LiveElement(page, f"Tune: {label}", "tune", {**data, "skills": skills}, desk)
