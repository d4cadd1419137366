"""MIDI files in bulk: read one safely, and take all its parts onto the song's bar grid.

`read` lets nothing through that would hang, crash or lie later on: a file that is cut short, whose
lengths do not add up, or that is no MIDI at all raises `Rejected`, whose ``reason`` is short enough
to count by. `parts` needs 4/4 (2/2 has the same bar) and raises `Rejected` otherwise.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from melonb.errors import MidiError
from melonb.music.grid import (
    STEPS_PER_BAR,
    STEPS_PER_BEAT,
    Monophony,
    drum_tokens,
    melody_tokens,
    quantise,
)
from melonb.music.loss import LossReport
from melonb.music.percussion import GENERAL_MIDI

if TYPE_CHECKING:
    import pretty_midi
    import symusic

__all__ = [
    "MAX_BARS",
    "MAX_BYTES",
    "MAX_NOTES",
    "GridNotes",
    "Part",
    "Rejected",
    "Source",
    "grid_notes",
    "parts",
    "read",
    "song_steps",
]

MAX_BYTES = 8 << 20
MAX_NOTES = 50_000
MAX_BARS = 4096  # more than two hours at 120 beats a minute

Source: TypeAlias = "str | PathLike[str] | bytes | pretty_midi.PrettyMIDI | symusic.core.ScoreTick"

MELODY_PROGRAMS = range(0, 112)  # all that is pitched
BASS_PROGRAMS = range(32, 40)


class Rejected(MidiError):  # noqa: N818 - what happened to the file
    """A file that cannot be used."""

    @property
    def reason(self) -> str:
        """Say why in words that are the same for every file with this fault."""
        return self.message.partition(":")[0]


@dataclass(frozen=True)
class GridNotes:
    """The notes of a track on the grid, by start: first step, step after the last, pitch."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    pitches: NDArray[np.int64]
    moved: NDArray[np.bool_]
    resized: NDArray[np.bool_]

    def shifted(self, steps: int) -> GridNotes:
        """Count the steps from another one on."""
        return replace(self, starts=self.starts - steps, ends=self.ends - steps)


@dataclass(frozen=True)
class Part:
    """What one player of a song plays, on the song's bar grid.

    Parameters
    ----------
    kind
        ``"melody"`` (any pitched program but the basses and the sound effects), ``"bass"``
        (programs 32..39), or ``"drums"`` (all drum tracks of the song together).
    program
        MIDI program 0..127; 0 for drums.
    track
        Number of the track in the file, from 0.
    name
        The track's name in the file.
    tokens
        Melody or drum tokens, shape (steps,), as long for every part of a song: whole bars.
    monophonic
        Whether it is one voice as it stands: no two notes start together, and none goes on for
        more than a step into the next.
    notes
        Number of notes in the file.
    loss
        What the grid and one voice lost.
    """

    kind: Literal["melody", "bass", "drums"]
    program: int
    track: int
    name: str
    tokens: NDArray[np.int16]
    monophonic: bool
    notes: int
    loss: LossReport


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
    file = source if isinstance(source, (str, PathLike)) else None
    try:
        ready = hasattr(source, "ticks_per_quarter")
        return _sane(cast("symusic.core.ScoreTick", source) if ready else _parse(_bytes(source)))
    except Rejected as error:
        raise Rejected(error.message, file=file, bar=error.bar, remedy=error.remedy) from None


def _bytes(source: Any) -> bytes:
    """Get the bytes of a file."""
    if isinstance(source, (str, PathLike)):
        try:
            if Path(source).stat().st_size > MAX_BYTES:
                raise Rejected(f"too large: over {MAX_BYTES >> 20} MiB", remedy="use a shorter one")
            return Path(source).read_bytes()
        except OSError as error:
            raise Rejected(f"cannot be opened: {error.strerror}", remedy="check the path") from None
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


def _parse(data: bytes) -> symusic.core.ScoreTick:
    import symusic

    _check_chunks(data)
    try:
        return symusic.core.ScoreTick.from_midi(data)
    except (RuntimeError, ValueError) as error:
        detail = str(error).replace("MiniMidi: ", "").split("!")[0].split(":")[0]
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
        raise Rejected(f"MIDI type {kind}", remedy="save it as type 0 or 1")
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
    if score.end() < 0 or song_steps(score) > MAX_BARS * STEPS_PER_BAR:
        raise Rejected(f"too long: over {MAX_BARS:,} bars", remedy="cut the silence out")
    if count == 0 and len(score.time_signatures) < 2:
        raise Rejected("no notes", remedy="choose a file whose notes start and end")
    return score


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


def grid_notes(track: symusic.core.TrackTick, ticks_per_quarter: int) -> GridNotes:
    """Put the notes of a track on the grid."""
    notes = track.notes.numpy()
    times = notes["time"].astype(np.int64)
    pitches = notes["pitch"].astype(np.int64)
    if len(pitches) and pitches.min() < 0:
        raise Rejected("a pitch above 127", remedy="export the file again")
    on_grid = quantise(times, times + notes["duration"], ticks_per_quarter)
    return GridNotes(on_grid.starts, on_grid.ends, pitches, on_grid.moved, on_grid.resized)


def joined(tracks: list[GridNotes]) -> GridNotes:
    """Put the notes of several tracks together."""
    if len(tracks) == 1:
        return tracks[0]
    names = ("starts", "ends", "pitches", "moved", "resized")
    return GridNotes(*(np.concatenate([getattr(each, name) for each in tracks]) for name in names))


def voice(
    notes: GridNotes, steps: int, monophony: Monophony = "highest"
) -> tuple[NDArray[np.int16], LossReport]:
    """Write the notes of a track as one voice (see `melonb.music.grid.melody_tokens`)."""
    return melody_tokens(
        notes.starts, notes.ends, notes.pitches, steps, monophony, notes.moved, notes.resized
    )


def parts(score: symusic.core.ScoreTick) -> list[Part]:
    """Take all parts of a song onto its bar grid, which begins at tick 0.

    Parameters
    ----------
    score
        What `read` gave.

    Returns
    -------
    parts
        Melodies and basses in the order of the file, then the drums. All are of one length, in
        whole bars. May be empty.

    Raises
    ------
    Rejected
        If the song is not in 4/4 throughout.
    """
    length = song_steps(score)
    check_metre(score, length)
    steps = max(1, -(-length // STEPS_PER_BAR)) * STEPS_PER_BAR
    found: list[Part] = []
    drums: list[tuple[int, GridNotes]] = []
    for number, track in enumerate(score.tracks):
        if not track.note_num():
            continue
        if track.is_drum:
            drums.append((number, grid_notes(track, score.ticks_per_quarter)))
        elif track.program in MELODY_PROGRAMS:
            notes = grid_notes(track, score.ticks_per_quarter)
            found.append(_voice_part(number, track, notes, steps))
    if drums:
        found.append(_drum_part(drums, score, steps))
    return found


def _voice_part(number: int, track: symusic.core.TrackTick, notes: GridNotes, steps: int) -> Part:
    kind: Literal["melody", "bass"] = "bass" if track.program in BASS_PROGRAMS else "melody"
    tokens, loss = voice(notes, steps, "lowest" if kind == "bass" else "highest")
    count = len(notes.starts)
    return Part(kind, track.program, number, track.name, tokens, is_monophonic(notes), count, loss)


def _drum_part(
    drums: list[tuple[int, GridNotes]], score: symusic.core.ScoreTick, steps: int
) -> Part:
    notes = joined([each for _, each in drums])
    tokens, loss = drum_tokens(notes.starts, notes.pitches, steps, GENERAL_MIDI, notes.moved)
    first = drums[0][0]
    name = score.tracks[first].name
    return Part("drums", 0, first, name, tokens, False, len(notes.starts), loss)


def is_monophonic(notes: GridNotes) -> bool:
    """Say whether notes are one voice: legato may overlap by a step, chords may not."""
    order = np.argsort(notes.starts, kind="stable")
    starts, ends, pitches = notes.starts[order], notes.ends[order], notes.pitches[order]
    together = np.diff(starts) == 0
    if np.any(together & (np.diff(pitches) != 0)):
        return False
    return bool(np.all(together | (ends[:-1] - starts[1:] <= 1)))
