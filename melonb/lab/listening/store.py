"""Answers in an SQLite file: from a notebook, or merged from the files that listeners send."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melonb.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Store"]

_TABLE = """
create table if not exists answers (
    test text not null, listener text not null, trial integer not null, simulated integer not null,
    stimuli text not null, ratings text not null, seconds real,
    primary key (test, listener, trial)
)
"""


class Store:
    """The answers to one test.

    Parameters
    ----------
    test
        The test's hash; answers to another test, or another version of this one, are refused.
    path
        The SQLite file; it is made when the first answer comes.
    """

    def __init__(self, test: str, path: str | PathLike[str]) -> None:
        self.test = test
        self.path = Path(path)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=10)
        connection.execute(_TABLE)
        return connection

    def add(self, sheet: Mapping[str, Any]) -> int:
        """Store one listener's answers; those that are there already stay as they are.

        Returns
        -------
        int
            How many were new.
        """
        try:
            test, listener = sheet["test"], str(sheet["listener"])
            rows = [
                (
                    test,
                    listener,
                    int(answer["trial"]),
                    int(bool(sheet.get("simulated", False))),
                    json.dumps(answer["stimuli"]),
                    json.dumps(answer["ratings"]),
                    float(answer.get("seconds", 0.0)),
                )
                for answer in sheet["answers"]
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError("these are not the answers of a listening test") from error
        if test != self.test:
            raise UsageError(
                "these answers belong to another test",
                remedy="collect them with the page they are of",
            )
        with closing(self._connect()) as connection, connection:
            if not sheet.get("simulated", False):
                _compare(connection, rows)
            before = connection.total_changes
            connection.executemany("insert or ignore into answers values (?,?,?,?,?,?,?)", rows)
            return connection.total_changes - before

    def refuse_taken(self, listener: str) -> None:
        """Stop a listener who is about to begin with a number that has answers already."""
        with closing(self._connect()) as connection:
            held = connection.execute(
                "select 1 from answers where test = ? and listener = ?", (self.test, listener)
            ).fetchone()
        if held:
            raise UsageError(
                f"listener {listener} has already answered", remedy="take another number"
            )

    def collect(self, places: Iterable[str | PathLike[str]]) -> int:
        """Merge answer files, and all ``*.json`` in folders; give how many answers were new."""
        new = 0
        for place in map(Path, places):
            for file in sorted(place.glob("*.json")) if place.is_dir() else [place]:
                if place.is_dir() and file.name == "key.json":
                    continue  # `ListeningTest.write` puts it beside the page
                try:
                    new += self.add(json.loads(file.read_text(encoding="utf-8")))
                except (OSError, ValueError) as error:
                    raise UsageError(f"cannot be read: {error}", file=file) from error
                except UsageError as error:
                    raise UsageError(error.message, file=file, remedy=error.remedy) from error
        return new

    def table(self, key: Mapping[str, tuple[str, int]]) -> pd.DataFrame:
        """Give all answers, one row a rating.

        Parameters
        ----------
        key
            For each name that the page knows a piece by, its source and place.

        Returns
        -------
        DataFrame
            Columns listener, trial, simulated, aspect (its number), value, source, place (of the
            piece in its source) and position (in its trial). In a pair the second piece's value is
            the preference, the first one's its negative.
        """
        import pandas as pd

        if not self.path.exists():
            raise UsageError(
                "there are no answers yet", remedy="collect() some, or simulate() them"
            )
        with closing(self._connect()) as connection:
            rows = connection.execute(
                "select listener, trial, simulated, stimuli, ratings from answers where test = ? "
                "order by listener, trial",
                (self.test,),
            ).fetchall()
        columns = (
            "listener",
            "trial",
            "simulated",
            "aspect",
            "value",
            "source",
            "place",
            "position",
        )
        records = [
            (listener, trial, bool(simulated), aspect, value, *key[name], position)
            for listener, trial, simulated, stimuli, ratings in rows
            for position, (name, values) in enumerate(
                zip(json.loads(stimuli), json.loads(ratings), strict=True)
            )
            for aspect, value in enumerate(values)
        ]
        return pd.DataFrame(records, columns=list(columns))


def _compare(connection: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Refuse answers of a listener who has answered the same trials in another way."""
    held = "select stimuli, ratings from answers where test = ? and listener = ? and trial = ?"
    for test, listener, trial, _, *said, _ in rows:
        kept = connection.execute(held, (test, listener, trial)).fetchone()
        if kept and list(kept) != said:
            raise UsageError(
                f"listener {listener} has already answered, and otherwise",
                remedy="two people took one number: change it in one of their files",
            )
