"""The one family of errors: each says which file, which bar, and what to do about it."""

from __future__ import annotations

from os import PathLike, fspath

__all__ = [
    "CheckpointError",
    "CorpusError",
    "MelonbError",
    "MidiError",
    "MusicError",
    "RecipeError",
    "TokenError",
    "UsageError",
]


class MelonbError(Exception):
    """Something that the reader can mend.

    Parameters
    ----------
    message
        What went wrong, as a clause without a full stop.
    file
        The file that it went wrong with, if there is one.
    bar
        The bar, counted from 1, if there is one.
    remedy
        What to do about it.

    Examples
    --------
    >>> print(MelonbError("the file is empty", file="a.mid", remedy="export it again"))
    a.mid: the file is empty; export it again
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | PathLike[str] | None = None,
        bar: int | None = None,
        remedy: str | None = None,
    ) -> None:
        self.message = message
        self.file = fspath(file) if file is not None else None
        self.bar = bar
        self.remedy = remedy
        place = ", ".join(
            part for part in (self.file, f"bar {bar}" if bar is not None else None) if part
        )
        line = f"{place}: {message}" if place else message
        super().__init__(f"{line}; {remedy}" if remedy else line)

    def __reduce__(self) -> tuple[object, ...]:
        """Carry the fields across processes, which positional arguments alone would lose."""
        return _rebuild, (type(self), self.message, self.file, self.bar, self.remedy)


def _rebuild(
    kind: type[MelonbError], message: str, file: str | None, bar: int | None, remedy: str | None
) -> MelonbError:
    return kind(message, file=file, bar=bar, remedy=remedy)


class MusicError(MelonbError):
    """A piece of music is not what was asked for."""


class MidiError(MusicError):
    """A MIDI file cannot be read, or holds nothing that can be used."""


class TokenError(MusicError, ValueError):
    """An array is not a sequence of valid tokens."""


class CorpusError(MelonbError):
    """A corpus is missing, damaged, or lacks what was asked of it."""


class CheckpointError(MelonbError):
    """A checkpoint is missing, damaged, or belongs to another model."""


class RecipeError(MelonbError, ValueError):
    """A recipe asks for something that does not exist or does not fit together."""


class UsageError(MelonbError):
    """A command was called with words that make no sense together."""
