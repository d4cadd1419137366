"""One MIDI file, read so that nothing gets through that would hang, crash or lie later on.

A file that is cut short, whose lengths do not add up, that is in no usable time format or is no
MIDI at all raises `Rejected`, whose ``reason`` is short enough to count by.
"""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from melonb.errors import MidiError, MusicError
from melonb.music.grid import FASTEST, SLOWEST, STEPS_PER_BAR, STEPS_PER_BEAT, quantise

if TYPE_CHECKING:
    import pretty_midi
    import symusic

__all__ = [
    "MAX_BARS",
    "MAX_BYTES",
    "MAX_NOTES",
    "Rejected",
    "Source",
    "check_metre",
    "named",
    "read",
    "song_steps",
    "tempo",
]

MAX_BYTES = 8 << 20
MAX_NOTES = 50_000
MAX_BARS = 4096  # more than two hours at 120 beats a minute

Source: TypeAlias = "str | PathLike[str] | bytes | pretty_midi.PrettyMIDI | symusic.core.ScoreTick"


class Rejected(MidiError):  # noqa: N818 - what happened to the file
    """A file that cannot be used."""

    @property
    def reason(self) -> str:
        """Say why in words that are the same for every file with this fault."""
        return self.message.partition(":")[0]


@contextmanager
def named(source: Source) -> Iterator[None]:
    """Name the file in an error that comes from it."""
    try:
        yield
    except MusicError as error:
        if error.file is None and isinstance(source, (str, PathLike)):
            raise type(error)(
                error.message, file=source, bar=error.bar, remedy=error.remedy
            ) from None
        raise


def read(source: Source) -> symusic.core.ScoreTick:
    """Read a MIDI file, or the like, and check that it can be used.

    Parameters
    ----------
    source
        A path, the bytes of a file, a `pretty_midi.PrettyMIDI` or a `symusic.Score`.

    Raises
    ------
    Rejected
        If it cannot be read, is in no usable time format, or is beyond all measure.
    """
    with named(source):
        ready = hasattr(source, "ticks_per_quarter")
        return _sane(cast("symusic.core.ScoreTick", source) if ready else _parse(_bytes(source)))


def _bytes(source: Any) -> bytes:
    """Get the bytes of a file."""
    if isinstance(source, (str, PathLike)):
        return _content(Path(source))
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if hasattr(source, "instruments"):
        buffer = io.BytesIO()
        source.write(buffer)
        return buffer.getvalue()
    raise Rejected(
        f"not a source of MIDI: {type(source).__name__}",
        remedy="give a path, bytes, a PrettyMIDI or a symusic Score",
    )


def _content(path: Path) -> bytes:
    """Read a plain file: a pipe might never end, and a device never does."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise Rejected("cannot be opened: it is a folder", remedy="name a file in it")
        if not stat.S_ISREG(status.st_mode):
            raise Rejected("cannot be opened: not a plain file", remedy="name a .mid file")
        if status.st_size <= MAX_BYTES:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)  # it may have grown meanwhile
            if len(data) <= MAX_BYTES:
                return data
        raise Rejected(f"too large: over {MAX_BYTES >> 20} MiB", remedy="use a shorter one")
    except (OSError, ValueError) as error:  # ValueError: a name that no system could have
        reason = getattr(error, "strerror", None) or error
        raise Rejected(f"cannot be opened: {reason}", remedy="check the path") from None


def _parse(data: bytes) -> symusic.core.ScoreTick:
    import symusic

    _check_chunks(data)
    try:
        # A data byte above 127 crashes the parser unless it is cut to seven bits first.
        return symusic.core.ScoreTick.from_midi(data, sanitize_data=True)
    except (RuntimeError, ValueError) as error:
        words = str(error).replace("MiniMidi: ", "").replace("Invaild", "Invalid")
        detail = words.split("!")[0].split(":")[0]
        raise Rejected(f"damaged: {detail}", remedy="export the file again") from None


def _check_chunks(data: bytes) -> None:
    """Walk the chunks of a file as its lengths tell, so that none is believed that lies."""
    again = "export or download the file again"
    if not data:
        raise Rejected("empty file", remedy=again)
    if not data.startswith(b"MThd"):
        raise Rejected("not a MIDI file", remedy="give a standard MIDI file (.mid)")
    if len(data) < 14:
        raise Rejected("cut short: within its header", remedy=again)
    length = int.from_bytes(data[4:8], "big")
    kind, count, division = (int.from_bytes(data[i : i + 2], "big") for i in (8, 10, 12))
    if kind > 1:
        name = "MIDI type 2" if kind == 2 else f"unknown MIDI type: {kind}"
        raise Rejected(name, remedy="save it as type 0 or 1")
    if division & 0x8000:
        raise Rejected("SMPTE time", remedy="save it with ticks per quarter note")
    if division == 0:
        raise Rejected("no ticks in a quarter note", remedy=again)
    place, found = 8 + length, 0
    while found < count:
        if place + 8 > len(data):
            raise Rejected(f"cut short: after {found} of {count} tracks", remedy=again)
        end = place + 8 + int.from_bytes(data[place + 4 : place + 8], "big")
        if end > len(data):
            raise Rejected(f"cut short: within track {found + 1}", remedy=again)
        if data[place : place + 4] == b"MTrk":
            found += 1
            if data[end - 3 : end] != b"\xff\x2f\x00":
                raise Rejected(f"false track length: track {found} has no end", remedy=again)
        place = end


def _sane(score: symusic.core.ScoreTick) -> symusic.core.ScoreTick:
    """Check what the notes say, as `_check_chunks` checks what the bytes say."""
    if any(tempo.mspq <= 0 for tempo in score.tempos):
        raise Rejected("tempo of zero", remedy="set a tempo and export it again")
    count = sum(track.note_num() for track in score.tracks)
    if count > MAX_NOTES:
        raise Rejected(
            f"too many notes: {count:,}", remedy=f"cut it to {MAX_NOTES:,} notes or fewer"
        )
    steps = song_steps(score)
    if score.end() < 0 or steps > MAX_BARS * STEPS_PER_BAR:
        raise Rejected(f"too long: over {MAX_BARS:,} bars", remedy="cut the silence out")
    if steps == 0:
        raise Rejected("no notes", remedy="choose a file whose notes start and end")
    return score


def tempo(score: symusic.core.ScoreTick) -> float:
    """Give the tempo that a song begins in, in quarter notes a minute: 120 where it says none."""
    said = sorted((each.time, each.qpm) for each in score.tempos)
    return min(max(said[0][1], SLOWEST), FASTEST) if said else 120.0


def song_steps(score: symusic.core.ScoreTick) -> int:
    """Count the steps up to the end of the last note, or to a time signature after it.

    A signature after all notes marks where the music ends: `to_midi` writes one, so that silence
    at the end is kept.
    """
    ticks = score.ticks_per_quarter
    ends = [0]
    for track in score.tracks:
        notes = track.notes.numpy()
        if len(notes["time"]):
            times = notes["time"].astype(np.int64)
            ends.append(int(quantise(times, times + notes["duration"], ticks).ends.max()))
    marks = [each.time for each in score.time_signatures]
    mark = quantise(marks, marks, ticks).starts.max(initial=0)
    return max(*ends, int(mark)) if len(ends) > 1 else int(mark)


def check_metre(score: symusic.core.ScoreTick, last_step: int) -> None:
    """Refuse a song of which any part is not in 4/4."""
    ticks = score.ticks_per_quarter
    signatures = sorted(score.time_signatures, key=lambda each: each.time)
    until = [each.time for each in signatures[1:]] + [last_step * ticks // STEPS_PER_BEAT]
    for signature, end in zip(signatures, until, strict=False):
        metre = (signature.numerator, signature.denominator)
        if end > signature.time and metre not in ((4, 4), (2, 2)):
            raise Rejected(
                f"not in 4/4: {metre[0]}/{metre[1]}",
                bar=signature.time // (4 * ticks) + 1,
                remedy="choose music in 4/4",
            )
