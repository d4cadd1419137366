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

from melonb.errors import MelonbError, MidiError, UsageError
from melonb.files import write_bytes
from melonb.loopvq.extraction import extract
from melonb.music import LossReport
from melonb.music.midi import read as read_midi

__all__ = ["Extracted", "Played", "extract_loops", "perform", "read", "save", "save_all", "skill"]


def skill(instrument: Any, name: str) -> Any:
    """Give a method of an instrument, or say that this model cannot do that."""
    method = getattr(instrument, name, None)
    if method is None:
        raise UsageError(
            f"{instrument.name} cannot {name.replace('_', ' ')}",
            remedy="name another model; `melonb models` lists them",
        )
    return method


def read(instrument: Any, path: Path | str) -> Any:
    """Read a MIDI file as the kind of music that an instrument takes."""
    return instrument.accepts.from_midi(Path(path))


def save(path: Path | str, music: Any, sources: Sequence[Path | str] = ()) -> Path:
    """Write music to a MIDI file, whole or not at all, and over none of its sources."""
    path = Path(path)
    _spare(sources, path)
    content = _midi(music)
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
    """
    folder = Path(folder)
    if not isinstance(pieces, Mapping):
        digits = max(2, len(str(len(pieces))))
        pieces = {f"{number:0{digits}}": piece for number, piece in enumerate(pieces, start=1)}
    files = {f"{stem}-{name}.mid": _midi(piece) for name, piece in pieces.items()}
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
            raise MelonbError("is what is read", file=target, remedy="write to another place")


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


def _midi(music: Any) -> bytes:
    memory = io.BytesIO()
    music.to_midi().write(memory)
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
    accounts: dict[str, str] = {}
    if not hasattr(instrument, "account"):
        most = getattr(instrument, "bars", inf)
        accounts = {
            path: f"the first {most} of its {one.bars} bars are read"
            for path, one in by_path.items()
            if one.bars > most
        }
    elif what not in ("reconstruct", "interpolate"):  # there CLSM chooses other bars by itself
        bars = chosen.get("bars")
        for path, one in by_path.items():
            with _naming(path):
                accounts[path] = instrument.account(one, bars)
    made = method(*music, **chosen)
    if is_dataclass(made) and not hasattr(made, "to_midi"):  # a swap gives its two by name
        made = {item.name: getattr(made, item.name) for item in fields(made)}
    if isinstance(made, list | dict):
        return Played(save_all(out, made, what, sources), losses, accounts)
    return Played([save(out, made, sources)], losses, accounts)


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
        One a loop.
    losses
        What putting the bass and the drums on the grid lost.
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
    found = extract(read_midi(source), song=os.fspath(source))
    if found.rejected:
        raise MidiError(found.rejected, file=source, remedy="give another song")
    pieces = {f"bar{one.bar:03}": one.loop for one in found.loops}
    files = save_all(out, pieces, "loop", [source]) if pieces else []
    return Extracted(files, found.losses, [str(refusal) for refusal in found.refusals])
