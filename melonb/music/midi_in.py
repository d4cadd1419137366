"""One voice, the drums, or the chords of a MIDI file, for the ``from_midi`` of each type."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from melonb.errors import MidiError
from melonb.music.grid import STEPS_PER_BAR, Monophony, chord_chroma, drum_tokens
from melonb.music.loss import LossReport
from melonb.music.midi import BASS_PROGRAMS, GridNotes, grid_notes, is_monophonic, joined, voice
from melonb.music.midi_file import Source, check_metre, named, read, song_steps
from melonb.music.midi_out import CHORD_TRACK

if TYPE_CHECKING:
    import symusic

__all__ = ["check_band", "read_chords", "read_drums", "read_voice", "reading", "whole_steps"]

Bars = tuple[int, int] | None
_CLIP = 40  # letters of a track's name are enough to know it by


class _Span(NamedTuple):
    """The steps of a song that are asked for."""

    first: int
    stop: int


@contextmanager
def reading(source: Source) -> Iterator[symusic.core.ScoreTick]:
    """Read a file once for several parts, and name it in any error."""
    with named(source):
        yield read(source)


def read_voice(
    source: Source,
    kind: str,
    track: int | str | None,
    monophony: Monophony,
    bars: Bars,
    in_band: bool = False,
) -> tuple[NDArray[np.int16], LossReport]:
    """Read one voice: the track asked for, else the one named ``kind``, else the likeliest.

    In a band a player may be absent, and is then silent; alone, some track must be the voice.
    """
    with reading(source) as score:
        span = _span(score, bars)
        number = _find(score, track) if track is not None else _guess(score, kind, in_band)
        if number is None:
            return voice(_EMPTY, span.stop - span.first, monophony)
        notes = grid_notes(score.tracks[number], score.ticks_per_quarter)
        return voice(notes.shifted(span.first), span.stop - span.first, monophony)


def read_drums(
    source: Source,
    track: int | str | None,
    mapping: NDArray[np.int8],
    bars: Bars,
    in_band: bool = False,
) -> tuple[NDArray[np.int16], LossReport]:
    """Read drums: the track asked for, else all drum tracks together."""
    with reading(source) as score:
        span = _span(score, bars)
        if track is not None:
            chosen = [score.tracks[_find(score, track)]]
        else:
            chosen = [each for each in score.tracks if each.is_drum and each.note_num()]
        if not (chosen or in_band) and _has_notes(score):
            raise MidiError(
                "no drum track",
                remedy="put the drums on channel 10, or choose their track in Python with track=; "
                + _listed(score),
            )
        notes = joined([_EMPTY, *(grid_notes(each, score.ticks_per_quarter) for each in chosen)])
        notes = notes.shifted(span.first)
        steps = span.stop - span.first
        return drum_tokens(notes.starts, notes.pitches, steps, mapping, notes.moved)


def check_band(source: Source) -> None:
    """Refuse music that has notes, but none for a bass or for drums."""
    with reading(source) as score:
        drums = any(each.is_drum and each.note_num() for each in score.tracks)
        if _has_notes(score) and not drums and _guess(score, "bass", in_band=True) is None:
            raise MidiError(
                "no bass and no drums",
                remedy="give a track a bass's program (33 to 40), put the drums on channel 10, or "
                f"choose the bass in Python with track=; {_listed(score)}",
            )


def read_chords(
    source: Source, track: int | str | None, bars: Bars
) -> tuple[NDArray[np.uint8], LossReport]:
    """Read the pitch classes of the track asked for, else of the one named ``chords``, if any."""
    with reading(source) as score:
        span = _span(score, bars)
        number = _find(score, track) if track is not None else _by_name(score, CHORD_TRACK)
        steps = span.stop - span.first
        if number is None:
            return np.zeros((steps, 12), dtype=np.uint8), LossReport()
        notes = grid_notes(score.tracks[number], score.ticks_per_quarter).shifted(span.first)
        inside = (notes.ends > 0) & (notes.starts < steps)
        kept, outside = int(inside.sum()), int(np.sum(~inside))
        loss = LossReport(
            notes=kept + outside,
            kept=kept,
            dropped=outside,
            moved=int(notes.moved[inside].sum()),
            resized=int(notes.resized[inside].sum()),
            reasons={"outside the bars": outside} if outside else {},
        )
        return chord_chroma(notes.starts, notes.ends, notes.pitches, steps), loss


def whole_steps(score: symusic.core.ScoreTick) -> int:
    """Give the length of a song: up to its end mark if it has one, else in whole bars."""
    length = song_steps(score)
    signatures = score.time_signatures
    if len(signatures) > 1 and _at_end(score):
        return max(1, length)
    return max(1, -(-length // STEPS_PER_BAR)) * STEPS_PER_BAR


def _at_end(score: symusic.core.ScoreTick) -> bool:
    """Say whether the last time signature comes after all notes."""
    last = max(each.time for each in score.time_signatures)
    return all(not track.note_num() or track.end() <= last for track in score.tracks)


def _span(score: symusic.core.ScoreTick, bars: Bars) -> _Span:
    """Turn bars into steps, in a song that must be in 4/4."""
    steps = whole_steps(score)
    check_metre(score, song_steps(score))
    if bars is None:
        return _Span(0, steps)
    total = -(-steps // STEPS_PER_BAR)
    first, stop = bars
    if not 0 <= first < stop <= total:
        raise MidiError(
            f"bars {first} to {stop} are not in a song of {total} bars",
            remedy=f"choose 0 <= first < stop <= {total}",
        )
    return _Span(first * STEPS_PER_BAR, min(stop * STEPS_PER_BAR, steps))


_EMPTY = GridNotes(*(np.zeros(0, np.int64),) * 3, *(np.zeros(0, bool),) * 2)


def _has_notes(score: symusic.core.ScoreTick) -> bool:
    return any(track.note_num() for track in score.tracks)


def _listed(score: symusic.core.ScoreTick) -> str:
    """List the tracks for an error message."""
    names = [
        f"{number} {track.name.strip()[:_CLIP] or 'unnamed'!r}"
        for number, track in enumerate(score.tracks)
    ]
    return f"the tracks are {', '.join(names[:12])}{' ...' if len(names) > 12 else ''}"


def _by_name(score: symusic.core.ScoreTick, name: str) -> int | None:
    """Find the first track of a name, in capitals or not."""
    for number, track in enumerate(score.tracks):
        if track.name.strip().lower() == name.lower() and track.note_num():
            return number
    return None


def _find(score: symusic.core.ScoreTick, track: int | str) -> int:
    """Find a track by number or name."""
    number = _by_name(score, track) if isinstance(track, str) else track
    if number is None or not 0 <= number < len(score.tracks):
        raise MidiError(f"no track {track!r}", remedy=_listed(score))
    return number


def _guess(score: symusic.core.ScoreTick, kind: str, in_band: bool) -> int | None:
    """Choose the track to read a voice from; none if the music is silent.

    A track of that name comes first. A bass is then the first bass program, a melody the track
    that is most one voice, plays in most bars, and lies highest, with a helping word in its name.
    """
    named_so = _by_name(score, kind)
    if named_so is not None or not _has_notes(score):
        return named_so
    chords = _by_name(score, CHORD_TRACK)
    pitched = [
        number
        for number, track in enumerate(score.tracks)
        if track.note_num() and not track.is_drum and number != chords
    ]
    basses = [number for number in pitched if score.tracks[number].program in BASS_PROGRAMS]
    others = [number for number in pitched if number not in basses]
    likely = basses if kind == "bass" else others
    if not likely and in_band:
        return None
    if not pitched:
        raise MidiError(
            "no pitched notes", remedy="it holds drums only: take a model of drums, or read Drums"
        )
    if kind == "bass":
        if not basses and len(pitched) > 1:
            raise MidiError(
                "no bass track",
                remedy="give a track a bass's program (33 to 40), or choose it in Python with "
                f"track=; {_listed(score)}",
            )
        return pitched[0] if not basses else basses[0]
    return max(
        likely or basses,
        key=lambda number: _melodious(score.tracks[number], score.ticks_per_quarter),
    )


def _melodious(track: symusic.core.TrackTick, ticks_per_quarter: int) -> float:
    """Rate how much a track looks like the tune."""
    notes = grid_notes(track, ticks_per_quarter)
    single = len(np.unique(notes.starts)) / len(notes.starts)
    bars = len(np.unique(notes.starts // STEPS_PER_BAR)) / (notes.ends.max() / STEPS_PER_BAR + 1)
    words = ("melod", "vocal", "voice", "lead", "sing", "tune")
    helped = any(word in track.name.lower() for word in words)
    return single + bars + notes.pitches.mean() / 128 + helped + 0.5 * is_monophonic(notes)
