"""Any piece as sound, with no system package.

The SoundFont that comes with pretty_midi is played by `melonb.music.soundfont`; where it is
missing, a small synthesizer of our own plays. (symusic has a faster player, which does not tune the
samples of this SoundFont to their keys, and does not run with every numpy.)
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from melonb.errors import MusicError
from melonb.files import write_bytes
from melonb.music import synthesis
from melonb.music.midi_out import seconds_per_step, to_midi
from melonb.music.piece import Piece
from melonb.music.soundfont import SoundFont

__all__ = ["Sound", "render"]

_TAIL = 0.6  # seconds for the last notes to ring out
_PEAK = 0.9
_FORMATS = {".wav": "WAV", ".mp3": "MP3", ".ogg": "OGG", ".flac": "FLAC"}


@dataclass(frozen=True, eq=False, repr=False)
class Sound:
    """Samples of one channel.

    Parameters
    ----------
    samples
        Between -1 and 1, shape (n,), float32.
    rate
        Samples a second.
    """

    samples: NDArray[np.float32]
    rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate

    def encoded(self, suffix: str = ".mp3") -> bytes:
        """Give this as the bytes of a ``.wav``, ``.mp3``, ``.ogg`` or ``.flac`` file."""
        import soundfile

        if suffix not in _FORMATS:
            raise MusicError(
                f"no way to write sound as {suffix!r}", remedy=f"use one of {', '.join(_FORMATS)}"
            )
        buffer = io.BytesIO()
        soundfile.write(buffer, self.samples, self.rate, format=_FORMATS[suffix])
        return buffer.getvalue()

    def write(self, path: str | PathLike[str]) -> None:
        """Write a file; its ending says which kind."""
        path = Path(path)
        write_bytes(path, self.encoded(path.suffix.lower()))

    def __repr__(self) -> str:
        return f"<Sound {self.seconds:.1f} s, {self.rate} Hz>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        data = base64.b64encode(self.encoded(".mp3")).decode()
        player = (
            f'<audio controls aria-label="sound of {self.seconds:.1f} seconds" '
            f'src="data:audio/mpeg;base64,{data}"></audio>'
        )
        return {"text/plain": repr(self), "text/html": player}


def render(piece: Piece, rate: int = 22050, qpm: float = 120.0) -> Sound:
    """Play a piece, chords included.

    Parameters
    ----------
    piece
        What to play.
    rate
        Samples a second, 8,000 to 96,000.
    qpm
        Quarter notes a minute.
    """
    if not 8000 <= rate <= 96000:
        raise MusicError(f"{rate} samples a second", remedy="choose 8000 to 96000")
    samples = np.zeros(
        round((piece.steps * seconds_per_step(qpm) + _TAIL) * rate), dtype=np.float32
    )
    play = _player()
    for track in to_midi(piece, None, qpm).instruments:
        for note in track.notes:
            seconds = round(note.end - note.start, 6)
            tone = play(track.program, track.is_drum, note.pitch, seconds, rate)
            begin = round(note.start * rate)
            tone = tone[: max(0, len(samples) - begin)]
            samples[begin : begin + len(tone)] += tone * (note.velocity / 127) ** 2
    tail = round(_TAIL * rate)
    samples[-tail:] *= np.linspace(1, 0, tail, dtype=np.float32)
    loudest = float(np.abs(samples).max(initial=0.0))
    return Sound(samples * (_PEAK / loudest) if loudest > 0 else samples, rate)


@lru_cache(maxsize=1)
def _player() -> Callable[[int, bool, int, float, int], NDArray[np.float32]]:
    """Choose who plays the notes: the SoundFont, or without one our own synthesizer."""
    import pretty_midi

    try:
        return SoundFont(Path(pretty_midi.__file__).parent / "TimGM6mb.sf2").note
    except MusicError:
        return synthesis.note
