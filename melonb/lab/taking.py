"""Bars of the reader's own tune in the form that a model takes, and what is lost on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from melonb.errors import MusicError
from melonb.lab.roll import roll_json

__all__ = ["Bars", "Taken", "Tune"]

Bars = tuple[int, int]  # the first, counted from 0, and the one after the last


@dataclass(frozen=True)
class Taken:
    """Bars of a tune as a model takes them.

    Attributes
    ----------
    piece
        The music; an instrument follows it with silence where it is shorter than the model.
    lost
        Sentences that say what the model does not hear as it was chosen.
    """

    piece: Any
    lost: tuple[str, ...] = ()


class Tune:
    """A file that was read: its parts, and what each kind of model takes of them.

    Parameters
    ----------
    midi
        The file's bytes.
    """

    def __init__(self, midi: bytes) -> None:
        from melonb.music import midi as files

        self.midi = midi
        score = files.read(midi)
        self.qpm = files.tempo(score)
        self.parts = files.parts(score)
        if not self.parts:
            raise MusicError("there are no notes that the grid can hold", remedy="try another file")
        self.pieces = [_played_by(part.kind, part.tokens) for part in self.parts]

    def describe(self) -> list[dict[str, Any]]:
        """Give what the page shows of each part."""
        return [
            {
                "name": f"{part.name.strip() or part.kind} ({part.kind})",
                "loss": str(part.loss),
                "roll": roll_json(piece, self.qpm),
            }
            for part, piece in zip(self.parts, self.pieces, strict=True)
        ]

    def take(self, number: int, accepts: type, chosen: Bars, most: int) -> Taken:
        """Give some bars in the form that a model takes, as many of them as there are.

        Parameters
        ----------
        number
            The part that the reader chose; in a trio or a loop it plays among the first parts of
            the other kinds, and a kind that the tune has not is silent.
        accepts
            The type that the model takes.
        chosen
            The bars that the reader chose.
        most
            How many bars the model takes.
        """
        first, stop = chosen
        last = self.pieces[number].bars
        if not 0 <= first < min(stop, last):
            raise MusicError(
                f"the tune has {_count(last)}", bar=first + 1, remedy="begin earlier in the tune"
            )
        heard = min(stop, last, first + most) - first
        piece, lost = self._shaped(number, accepts, (first, first + heard))
        asked = stop - first
        takes = f"The model takes {_count(most)}"
        if asked > most:
            lost.insert(0, f"{takes}; of the {asked} chosen it hears the first {most}.")
        elif heard < most:
            lost.insert(0, f"{takes}; it hears {heard}, then silence.")
        return Taken(piece, tuple(lost))

    def _shaped(self, number: int, accepts: type, bars: Bars) -> tuple[Any, list[str]]:
        """Cut the parts that a type of music is made of, and say what is lacking or left out."""
        from melonb import music

        lost: list[str] = []
        if accepts is music.Trio:
            return music.Trio(*self._band(number, ("melody", "bass", "drums"), bars, lost)), lost
        if accepts is music.Loop:
            bass, drums = self._band(number, ("bass", "drums"), bars, lost)
            loop = music.Loop.from_parts(_filled_up("bass", bass), _filled_up("drums", drums))
            if isinstance(loop.loss, music.LossReport) and loop.loss.kept < loop.loss.notes:
                lost.append(f"As a loop: {loop.loss}.")
            return loop, lost
        piece = self.pieces[number]
        if isinstance(piece, music.Drums) != (accepts is music.Drums):
            raise MusicError(
                f"the model takes {accepts.__name__}, not {type(piece).__name__}",
                remedy="choose another part or another model",
            )
        cut = piece.slice_bars(*bars)
        if accepts is music.Drums:
            return cut, lost
        melody = music.Melody(cut.tokens)  # a bass line is read as a melody too
        if accepts is not music.LeadSheet:
            return melody, lost
        chroma = music.Chords.from_midi(self.midi).chroma  # may end before the last bar does
        rows = np.pad(chroma, ((0, piece.steps - len(chroma)), (0, 0)), mode="edge")
        chords = music.Chords(rows).slice_bars(*bars)
        if not chords.chroma.any():
            lost.append("It hears no chords: no track of that name plays here.")
        return music.LeadSheet(melody, chords), lost

    def _band(self, number: int, kinds: Sequence[str], bars: Bars, lost: list[str]) -> list[Any]:
        """Cut one part of each kind: the one chosen, else the first there is, else silence."""
        found: dict[str, Any] = {}
        for place in (number, *range(len(self.parts))):
            found.setdefault(self.parts[place].kind, self.pieces[place])
        if not set(kinds) & set(found):
            raise MusicError(
                f"the tune has no {' and no '.join(kinds)}", remedy="choose a model that needs none"
            )
        silent = [kind for kind in kinds if kind not in found]
        lost += [f"The tune has no {kind}: that part is silent." for kind in silent]
        for kind in silent:
            found[kind] = _played_by(kind, _silence(kind, self.pieces[number].steps))
        return [found[kind].slice_bars(*bars) for kind in kinds]


def _played_by(kind: str, tokens: np.ndarray) -> Any:
    """Make music of the tokens of a part."""
    from melonb import music

    types: dict[str, Any] = {"melody": music.Melody, "bass": music.Bass, "drums": music.Drums}
    return types[kind](tokens)


def _silence(kind: str, steps: int) -> np.ndarray:
    from melonb.signs import REST

    return np.full(steps, 0 if kind == "drums" else REST, dtype=np.int16)


def _filled_up(kind: str, piece: Any) -> Any:
    """Follow bass or drums with silence up to the eight bars of a loop, which has no other length.

    The instruments do this for all other music.
    """
    from melonb.music.band import LOOP_BARS
    from melonb.music.grid import STEPS_PER_BAR

    silence = _silence(kind, LOOP_BARS * STEPS_PER_BAR - piece.steps)
    return _played_by(kind, np.concatenate([piece.tokens, silence]))


def _count(bars: int) -> str:
    return f"{bars} bar{'s' * (bars != 1)}"
