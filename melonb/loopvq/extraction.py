"""Finding loops in songs by the paper's rules, and saying why a bar was refused.

Eight bars are a loop when

* kick and crash are hit on the first step ("to clarify the starting point"),
* a bass pitch between C1 and B7 starts on the first step (one that is held over from the bar
  before does not count: nothing marks the starting point then),
* the first and the fifth bar differ in less than 0.0015 of their 16 x 93 cells, so in two
  cells at most.

Before, the song must be in 4/4 and have drums and a bass (program 32-39), of which only the
lowest pitch is kept: the lowest of those that start together, until the next one starts.

The paper scans "with 8 bars striding window", and finds 1.32 loops in a file.  In a clean subset
of Lakh a step of one bar finds about three in a file, a step of eight bars one in three files.
So one bar is the default here, and ``stride=8`` the other reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from os import PathLike, fspath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from melonb.corpora.scan import scan_loops
from melonb.errors import MelonbError
from melonb.music import Bass, Drums, Loop, LossReport
from melonb.signs import STEPS_PER_BAR as BAR

if TYPE_CHECKING:
    from melonb.music.midi import Source

__all__ = ["Extraction", "FoundLoop", "Reason", "Refusal", "extract", "judge"]

BARS = 8
FIRST_CELLS = BAR * 93
HAMMING = 0.0015
KICK, CRASH = 1 << 0, 1 << 7


class Reason(Enum):
    """Why a bar does not begin a loop: the first rule that it breaks, in this order."""

    NONE = "it begins a loop"
    NO_KICK = "no kick on the first note"
    NO_CRASH = "no crash on the first note"
    NO_BASS = "no bass on the first note"
    NOT_REPEATED = "first and fifth bar differ"


@dataclass(frozen=True)
class FoundLoop:
    """A loop, the song it stands in and its first bar, counted from 1."""

    loop: Loop
    song: str
    bar: int
    distance: float  # Hamming distance of first and fifth bar, share of cells


@dataclass(frozen=True)
class Refusal:
    """A bar that does not begin a loop, and why; ``distance`` as in `FoundLoop`."""

    bar: int
    reason: Reason
    distance: float

    def __str__(self) -> str:
        cells = round(self.distance * FIRST_CELLS)
        more = f" in {cells} cells" if self.reason is Reason.NOT_REPEATED else ""
        return f"bar {self.bar}: {self.reason.value}{more}"


@dataclass(frozen=True)
class Extraction:
    """What was found in a song.

    Parameters
    ----------
    loops, refusals
        One entry for every window that was looked at, in one list or the other.
    rejected
        Why the song as a whole was not looked at; empty if it was.
    losses
        What putting the song's bass and drums on the grid lost, by part.
    """

    loops: tuple[FoundLoop, ...]
    refusals: tuple[Refusal, ...]
    rejected: str = ""
    losses: Mapping[str, LossReport] = field(default_factory=dict)

    def __repr__(self) -> str:
        if self.rejected:
            return f"<Extraction rejected: {self.rejected}>"
        return f"<Extraction {len(self.loops)} loops, {len(self.refusals)} bars refused>"


def judge(
    bass: NDArray[np.integer], drums: NDArray[np.integer], stride: int = 1
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Judge every window of a song at once.

    Parameters
    ----------
    bass, drums
        Tokens of `Bass` and `Drums` over the whole song, ``(steps,)`` each.
    stride
        Bars from one window to the next.

    Returns
    -------
    bars
        First bar of each window, from 0, ``(W,)``.
    reasons
        Place of each window's `Reason` in the enumeration, 0 for a loop, ``(W,)``.
    distances
        Hamming distance of first and fifth bar, ``(W,)``.
    """
    whole = min(len(bass), len(drums)) // BAR
    starts = np.arange(0, max(0, whole - BARS + 1), stride)
    low, struck = (np.asarray(voice[: whole * BAR], np.int64) for voice in (bass, drums))
    below, beaten = scan_loops(low, "bass"), scan_loops(struck, "drums")
    distances = (below.differing[starts] + beaten.differing[starts]) / FIRST_CELLS
    first = struck[::BAR][starts]
    broken = [
        (first & KICK) == 0,
        (first & CRASH) == 0,
        ~below.begins[starts],
        distances >= HAMMING,
    ]
    return starts, np.select(broken, [1, 2, 3, 4], default=0), distances


def extract(source: Source, stride: int = 1, song: str | None = None) -> Extraction:
    """Find the loops of a MIDI file.

    Of several bass tracks the one with most notes is taken; all drum tracks count as one kit.

    Parameters
    ----------
    source
        A path, bytes, a `pretty_midi.PrettyMIDI` or a `symusic.Score`.
    stride
        Bars from one window to the next.
    song
        What to call the song; by default the path.
    """
    from melonb.music.midi import parts, read

    name = song or (fspath(source) if isinstance(source, str | PathLike) else "song")
    try:
        found = parts(read(source))
    except MelonbError as failure:
        return Extraction((), (), failure.message)
    bass = max((p for p in found if p.kind == "bass"), key=lambda p: p.notes, default=None)
    drums = max((p for p in found if p.kind == "drums"), key=lambda p: p.notes, default=None)
    if bass is None or drums is None:
        missing = "bass (program 32 to 39)" if bass is None else "drums"
        return Extraction((), (), f"the song has no {missing}")
    losses = {"bass": bass.loss, "drums": drums.loss}
    starts, reasons, distances = judge(bass.tokens, drums.tokens, stride)
    if not len(starts):
        return Extraction((), (), "the song is shorter than eight bars", losses)
    order = tuple(Reason)
    loops, refusals = [], []
    for start, reason, distance in zip(starts, reasons, distances, strict=True):
        if reason:
            refusals.append(Refusal(int(start) + 1, order[reason], float(distance)))
            continue
        steps = slice(start * BAR, (start + BARS) * BAR)
        loop = Loop.from_parts(Bass(bass.tokens[steps]), Drums(drums.tokens[steps]))
        loops.append(FoundLoop(loop, name, int(start) + 1, float(distance)))
    return Extraction(tuple(loops), tuple(refusals), losses=losses)
