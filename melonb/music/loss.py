"""What quantising loses, counted note by note with its reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["LossReport"]


@dataclass(frozen=True)
class LossReport:
    """What became of the notes of a source when they were put on the grid.

    Each note has one fate: ``notes == kept + merged + dropped + out_of_range``.

    Parameters
    ----------
    notes
        Notes found in the source.
    kept
        Notes that sound in the result.
    merged
        Notes that fell together with an equal note on the same step.
    dropped
        Notes left out: another voice won the step, or they lie outside the bars asked for.
    out_of_range
        Notes whose pitch or drum has no symbol here.
    moved
        Kept notes whose start was not on the grid and went to the nearest step.
    resized
        Kept notes whose length is not what it was: rounded, or cut short by the next note.
    reasons
        Notes lost, by reason.

    Examples
    --------
    >>> print(LossReport(notes=4, kept=3, dropped=1, reasons={"another voice": 1}))
    4 notes: 3 kept, 1 dropped (another voice: 1)
    """

    notes: int = 0
    kept: int = 0
    merged: int = 0
    dropped: int = 0
    out_of_range: int = 0
    moved: int = 0
    resized: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: LossReport) -> LossReport:
        """Sum two reports, as for the tracks of a song or the songs of a corpus."""
        return LossReport(
            **{name: getattr(self, name) + getattr(other, name) for name in _COUNTS},
            reasons=dict(Counter(self.reasons) + Counter(other.reasons)),
        )

    @property
    def lossless(self) -> bool:
        """Whether each note is there, where and as long as it was."""
        return self.kept == self.notes and not self.moved and not self.resized

    def as_dict(self) -> dict[str, object]:
        """Give the counts as plain values, ready for JSON."""
        return {**{name: getattr(self, name) for name in _COUNTS}, "reasons": dict(self.reasons)}

    def __str__(self) -> str:
        fates = [f"{self.kept} kept"]
        for name in ("merged", "dropped", "out_of_range", "moved", "resized"):
            if count := getattr(self, name):
                fates.append(f"{count} {name.replace('_', ' ')}")
        line = f"{self.notes} note{'s' * (self.notes != 1)}: {', '.join(fates)}"
        reasons = ", ".join(f"{reason}: {count}" for reason, count in self.reasons.items())
        return f"{line} ({reasons})" if reasons else line


_COUNTS = ("notes", "kept", "merged", "dropped", "out_of_range", "moved", "resized")
