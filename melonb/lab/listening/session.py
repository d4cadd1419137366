"""A listening test as a teacher holds it: show it, send it, collect the answers, report."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from melonb.errors import UsageError
from melonb.files import write_json, write_text
from melonb.lab.element import element_html
from melonb.lab.listening.definition import Definition
from melonb.lab.listening.design import Stimulus, practised, schedules
from melonb.lab.listening.report import Report
from melonb.lab.listening.simulate import simulated_sheets
from melonb.lab.listening.store import Store
from melonb.lab.live import LiveElement
from melonb.lab.notecode import encode_roll
from melonb.lab.roll import roll_json

__all__ = ["ListeningTest", "listening_test"]


class ListeningTest(LiveElement):
    """A blind listening test. Made by `listening_test`.

    Attributes
    ----------
    definition
        What it asks.
    key
        Which piece each name in the page stands for; a listener does not see it.
    plans
        For each listener number the trials, as names of pieces.
    hash
        Changes when anything of the test does; answers carry it.
    """

    def __init__(
        self,
        definition: Definition,
        stimuli: Mapping[str, Sequence[Any]],
        listeners: int,
        database: str | PathLike[str],
        seed: int,
    ) -> None:
        self.definition = definition
        rolls = {
            Stimulus(source, place): roll_json(music)
            for source in definition.sources
            for place, music in enumerate(stimuli.get(source, ()))
        }
        counts = {source: len(stimuli.get(source, ())) for source in definition.sources}
        trials = schedules(definition, counts, listeners, seed)
        names = np.random.default_rng(seed).permutation(len(rolls))
        self.key = {f"s{name + 1}": piece for name, piece in zip(names, rolls, strict=True)}
        named = {piece: name for name, piece in self.key.items()}
        self.plans = [[[named[piece] for piece in trial] for trial in plan] for plan in trials]
        data = self._data(rolls, named, counts)
        self.hash = hashlib.blake2b(json.dumps(data).encode(), digest_size=6).hexdigest()
        data["test"] = self.hash
        self.store = Store(self.hash, database)
        words = f"<p>{html.escape(definition.title)}: a listening test.</p>"
        text = f"Listening test: {definition.title} ({definition.design}, {listeners} listeners)"
        super().__init__(
            element_html("listening", data, words), text, "listening", data, self.receive
        )

    def _data(
        self,
        rolls: Mapping[Stimulus, dict[str, Any]],
        named: Mapping[Stimulus, str],
        counts: Mapping[str, int],
    ) -> dict[str, Any]:
        """Give what the page needs, with nothing that says whose a piece is."""
        one = self.definition
        pieces = {
            named[piece]: {
                "frame": {
                    **roll,
                    "tracks": [{**track, "notes": []} for track in roll["tracks"]],
                },
                "point": encode_roll(roll),
            }
            for piece, roll in rolls.items()
        }
        return {
            "title": one.title,
            "introduction": one.introduction,
            "design": one.design,
            "question": one.question,
            "points": one.points,
            "ends": list(one.ends),
            "aspects": list(one.aspects),
            "heard": one.heard,
            "drawn": one.drawn,
            "practice": [[named[piece] for piece in trial] for trial in practised(one, counts)],
            "plans": self.plans,
            "pieces": dict(sorted(pieces.items(), key=lambda item: int(item[0][1:]))),
        }

    def receive(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a live page: it takes a number first, and hands the answers over at the end."""
        if "takes" in said:
            self.store.refuse_taken(str(said["takes"]))
            return {}
        return {"stored": self.store.add(said)}

    def write(self, folder: str | PathLike[str]) -> Path:
        """Write the test as one page that works offline, with the teacher's key beside it.

        Returns
        -------
        Path
            The page; send it to the listeners, keep ``key.json``.
        """
        from melonb.lab.session import page_script

        place = Path(folder)
        title = html.escape(self.definition.title)
        page = place / f"{self.definition.name}.html"
        write_text(
            page,
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="icon" href="data:,"><title>{title}</title>'
            "<style>:root{color-scheme:light dark}body{margin:16px auto;max-width:760px;"
            "padding:0 12px;background:light-dark(#fff,#171c21)}</style></head>"
            f"<body><main>{self.html}</main>{page_script()}</body></html>\n",
        )
        key = {name: list(piece) for name, piece in self.key.items()}
        write_json(place / "key.json", {"test": self.hash, "key": key})
        return page

    def collect(self, *places: str | PathLike[str]) -> int:
        """Merge the files that listeners sent, or folders of them; give how many were new."""
        return self.store.collect(places)

    def simulate(
        self, taste: Mapping[str, float], listeners: int | None = None, seed: int = 0
    ) -> int:
        """Fill in answers of made-up listeners; a report on them says so.

        Parameters
        ----------
        taste
            How good each source is, in points of the scale around its middle.
        """
        missing = set(self.definition.sources) - set(taste)
        if missing:
            raise UsageError(f"no taste for {', '.join(sorted(missing))}")
        plans = self.plans[:listeners]
        sheets = simulated_sheets(self.definition, self.hash, plans, self.key, taste, seed)
        return sum(self.store.add(sheet) for sheet in sheets)

    def report(self) -> Report:
        """Work out the papers' statistics from all answers stored so far."""
        return Report(self.definition, self.store.table(self.key))


def listening_test(
    definition: Definition | Mapping[str, Any] | str | PathLike[str],
    stimuli: Mapping[str, Sequence[Any]],
    *,
    listeners: int = 40,
    database: str | PathLike[str] = "listening.sqlite",
    seed: int = 0,
) -> ListeningTest:
    """Set up a listening test.

    Parameters
    ----------
    definition
        A `Definition`, its fields as a mapping, or the path of its JSON file.
    stimuli
        The pieces of each source.
    listeners
        For how many listeners to plan; each takes a number from 1 up.
    database
        Where answers are stored.
    """
    if isinstance(definition, Mapping):
        definition = Definition.from_dict(dict(definition))
    elif not isinstance(definition, Definition):
        definition = Definition.read(definition)
    return ListeningTest(definition, stimuli, listeners, database, seed)
