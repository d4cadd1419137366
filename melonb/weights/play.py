"""MIDI files in, MIDI files out: what the commands that play a model share."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from math import inf
from pathlib import Path
from typing import Any

from melonb.errors import MelonbError, MidiError, MusicError, UsageError
from melonb.files import write_bytes
from melonb.loopvq.extraction import extract
from melonb.music import LossReport
from melonb.music.midi import read as read_midi
from melonb.music.midi import tempo

__all__ = ["Extracted", "Played", "extract_loops", "perform", "read", "save", "save_all", "skill"]


def skill(instrument: Any, name: str) -> Any:
    """Give a method of an instrument, or say that this model cannot do that."""
    method = getattr(instrument, name, None)
    if method is None:
        raise UsageError(
            f"{instrument.name} cannot {name.replace('_', ' ')}",
            remedy=f"`melonb {name} --help` says which models can",
        )
    return method


def read(instrument: Any, path: Path | str) -> Any:
    """Read a MIDI file as the kind of music that an instrument takes."""
    return instrument.accepts.from_midi(Path(path))


def save(
    path: Path | str, music: Any, sources: Sequence[Path | str] = (), qpm: float = 120.0
) -> Path:
    """Write music to a MIDI file, whole or not at all, and over none of its sources."""
    if os.fspath(path).endswith(os.sep):
        raise UsageError("is a folder's name", file=path, remedy="name a file, such as out.mid")
    path = Path(path)
    _spare(sources, path)
    content = _midi(music, qpm)
    with _made(path.parent):
        # To rename a file over a device, or over a link such as /dev/stdout, would end it.
        if path.is_symlink() or (path.exists() and not path.is_file()):
            kind = "a folder" if path.is_dir() else "no plain file"
            raise MelonbError(f"is {kind}", file=path, remedy="name a file, such as out.mid")
        write_bytes(path, content)
    return path


def save_all(
    folder: Path | str,
    pieces: Mapping[str, Any] | Sequence[Any],
    stem: str,
    sources: Sequence[Path | str] = (),
    qpm: float = 120.0,
) -> list[Path]:
    """Write several pieces into a folder: all of them, or none.

    Parameters
    ----------
    folder
        Made if it is not there; files of the same names are replaced.
    pieces
        By name, or in an order that numbers them.
    stem
        What the files' names begin with.
    sources
        Files that are not to be replaced: what the music was made of.
    qpm
        Quarter notes a minute.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise UsageError("is no folder", file=folder, remedy="name a folder with --out")
    if not isinstance(pieces, Mapping):
        digits = max(2, len(str(len(pieces))))
        pieces = {f"{number:0{digits}}": piece for number, piece in enumerate(pieces, start=1)}
    files = {f"{stem}-{name}.mid": _midi(piece, qpm) for name, piece in pieces.items()}
    for name in files:
        _spare(sources, folder / name)
    with _made(folder):
        stage = Path(tempfile.mkdtemp(dir=folder, prefix=".melonb-"))
        try:
            for name, content in files.items():
                (stage / name).write_bytes(content)
            _exchange(stage, folder, files)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    return [folder / name for name in files]


def _spare(sources: Sequence[Path | str], target: Path) -> None:
    """Refuse a target that is one of the files that were read."""
    for path in sources:
        if target.is_file() and os.path.isfile(path) and os.path.samefile(target, path):
            raise UsageError("is what is read", file=target, remedy="write to another place")


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder; if the block fails, take it away again, and those above it that were made."""
    new: list[Path] = []
    try:
        new += [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException as error:
        for place in new:
            with contextlib.suppress(OSError):
                place.rmdir()
        if isinstance(error, OSError):
            raise MelonbError(
                f"could not be written: {error.strerror or error}",
                file=folder,
                remedy="choose another folder, or make room in it",
            ) from error
        raise


def _exchange(stage: Path, folder: Path, names: Iterable[str]) -> None:
    """Move files out of a stage into their folder: all of them, or, if one cannot be, none."""
    before = stage / "before"
    before.mkdir()
    moved: list[str] = []
    try:
        for name in names:
            if os.path.lexists(folder / name):
                if not (folder / name).is_file():
                    raise FileExistsError(errno.EEXIST, f"{name} there is no plain file")
                shutil.copy2(folder / name, before / name, follow_symlinks=False)
            moved.append(name)
            os.replace(stage / name, folder / name)
    except BaseException:
        for name in moved:
            if os.path.lexists(before / name):
                os.replace(before / name, folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
        raise


def _midi(music: Any, qpm: float) -> bytes:
    memory = io.BytesIO()
    music.to_midi(qpm=qpm).write(memory)
    return memory.getvalue()


@dataclass(frozen=True)
class Played:
    """What a command made: the files, what reading the music lost, how the model read it."""

    files: list[Path]
    losses: dict[str, Any]
    accounts: dict[str, str]

    def lines(self) -> list[str]:
        """Say it to a person."""
        said = [*self.losses.items(), *self.accounts.items()]
        return [*(f"{path}: {words}" for path, words in said), *map(str, self.files)]

    def to_dict(self) -> dict[str, Any]:
        """Say it to a program."""
        losses = {path: loss.as_dict() for path, loss in self.losses.items()}
        files = [str(path) for path in self.files]
        return {"files": files, "read": losses, "accounts": self.accounts}


def perform(
    instrument: Any,
    what: str,
    sources: Sequence[Path | str],
    out: Path | str,
    **options: Any,
) -> Played:
    """Read MIDI files, let an instrument do something with them, and write what it makes.

    Parameters
    ----------
    instrument
        A loaded model.
    what
        Its method: ``sample``, ``reconstruct``, ``interpolate``, ``vary``, ``swap``,
        ``attribute``, ``infill``.
    sources
        The MIDI files that it takes.
    out
        A file where it makes one piece, a folder where it makes several.
    **options
        The method's own; those that are None are left to it.
    """
    method = skill(instrument, what)
    music = [read(instrument, path) for path in sources]
    chosen = {name: value for name, value in options.items() if value is not None}
    by_path = {str(path): one for path, one in zip(sources, music, strict=True)}
    losses = {path: one.loss for path, one in by_path.items() if one.loss}
    accounts = {}
    bars = chosen.get("bars")
    if what == "interpolate" and hasattr(instrument, "target"):
        bars = instrument.target(*music)
    for path, one in by_path.items():
        with _naming(path):
            if words := _account(instrument, what, one, bars):
                accounts[path] = words
    made = method(*music, **chosen)
    if is_dataclass(made) and not hasattr(made, "to_midi"):  # a swap gives its two by name
        made = {item.name: getattr(made, item.name) for item in fields(made)}
    qpm = tempo(read_midi(sources[0])) if sources else 120.0
    if isinstance(made, list | dict):
        return Played(save_all(out, made, what, sources, qpm), losses, accounts)
    return Played([save(out, made, sources, qpm)], losses, accounts)


def _account(instrument: Any, what: str, one: Any, bars: tuple[int, int] | None) -> str:
    """Say how much of a piece a model reads, if not all, and what it takes for the rest."""
    most = getattr(instrument, "bars", inf)
    if hasattr(instrument, "account") and (what in ("infill", "vary") or bars or one.bars < most):
        read = f"the model reads {instrument.account(one, bars)}"
        if bars is None:
            return read
        first, last = bars[0] + 1, bars[1]
        changing = f"bar {last} is" if first == last else f"bars {first} to {last} are"
        return f"{changing} what changes; {read}"
    if one.bars < most:
        short = "1 bar is" if one.bars == 1 else f"{one.bars} bars are"
        return f"its {short} filled up to {most} with rests"
    if one.bars == most or hasattr(instrument, "target"):  # CLSM goes through all of a melody
        return ""
    heard, notes = _notes(one.slice_bars(0, most)), _notes(one)
    if not heard:
        raise MusicError(
            f"the first {most} bars, all that {instrument.name} reads, are silent",
            remedy="cut the silence before the first note",
        )
    return f"the first {most} of its {one.bars} bars are read, {heard} of {notes} notes"


def _notes(piece: Any) -> int:
    return sum(len(track.notes) for track in piece.tracks())


@contextlib.contextmanager
def _naming(path: str) -> Iterator[None]:
    """Name the file in an error that comes from what it holds."""
    try:
        yield
    except MelonbError as error:
        raise type(error)(error.message, file=path, bar=error.bar, remedy=error.remedy) from None


@dataclass(frozen=True)
class Extracted:
    """Loops that were found in a song: their files, what reading it lost, why other bars are none.

    Parameters
    ----------
    files
        One a loop, named after the song and the bar.
    losses
        What was lost, by part where they were put on the grid, by file where a loop was made of
        them.
    refused
        A sentence a bar.
    """

    files: list[Path]
    losses: Mapping[str, LossReport]
    refused: list[str]

    def lines(self) -> list[str]:
        """Say it to a person."""
        count = f"{len(self.files)} loop{'s' * (len(self.files) != 1)}"
        read = [f"{part}: {loss}" for part, loss in self.losses.items()]
        return [*read, *self.refused, *map(str, self.files), count]

    def to_dict(self) -> dict[str, Any]:
        """Say it to a program."""
        losses = {part: loss.as_dict() for part, loss in self.losses.items()}
        return {"files": list(map(str, self.files)), "refused": self.refused, "read": losses}


def extract_loops(source: Path | str, out: Path | str) -> Extracted:
    """Write the loops of a MIDI file into a folder, and say why the other bars are none."""
    score = read_midi(source)
    found = extract(score, song=os.fspath(source))
    if found.rejected:
        raise MidiError(found.rejected, file=source, remedy="give another song")
    pieces = {f"bar{one.bar:03}": one.loop for one in found.loops}
    files = save_all(out, pieces, Path(source).stem, [source], tempo(score)) if pieces else []
    cut = zip(files, (loop.loss for loop in pieces.values()), strict=True)
    tied = {str(path): loss for path, loss in cut if loss and not loss.lossless}
    return Extracted(files, {**found.losses, **tied}, [str(refusal) for refusal in found.refusals])
