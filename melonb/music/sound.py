"""Any piece as sound, with no system package.

The SoundFont that comes with pretty_midi is played by symusic; where that fails, a small
synthesizer of our own plays.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from melonb.errors import MusicError
from melonb.music.midi_out import seconds_per_step, to_midi
from melonb.music.piece import Piece
from melonb.music.synthesis import synthesize

if TYPE_CHECKING:
    import pretty_midi

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
        data = self.encoded(Path(fspath(path)).suffix.lower())
        Path(path).write_bytes(data)

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
    length = round((piece.steps * seconds_per_step(qpm) + _TAIL) * rate)
    midi = to_midi(piece, None, qpm)
    played = _soundfont(midi, rate) if any(each.notes for each in midi.instruments) else None
    if played is None:
        played = synthesize(midi, length, rate)
    samples = np.zeros(length, dtype=np.float32)
    samples[: len(played)] = played[:length]
    samples[-round(_TAIL * rate) :] *= np.linspace(1, 0, round(_TAIL * rate), dtype=np.float32)
    loudest = float(np.abs(samples).max(initial=0.0))
    return Sound(samples * (_PEAK / loudest) if loudest > 0 else samples, rate)


def _soundfont(midi: pretty_midi.PrettyMIDI, rate: int) -> NDArray[np.float32] | None:
    """Play with symusic; none if its synthesizer does not work here.

    Some releases cannot hand their samples to a newer numpy (a TypeError), and an install may lack
    the SoundFont (an OSError or RuntimeError).
    """
    import symusic

    buffer = io.BytesIO()
    midi.write(buffer)
    try:
        score = symusic.core.ScoreTick.from_midi(buffer.getvalue())
        stereo = np.asarray(_synthesizer(rate).render(score, stereo=True), dtype=np.float32)
    except (AttributeError, OSError, RuntimeError, TypeError, ValueError):
        return None
    return stereo.mean(axis=0)


@lru_cache(maxsize=2)
def _synthesizer(rate: int) -> Any:
    import pretty_midi
    import symusic

    folder = Path(pretty_midi.__file__).parent
    return symusic.Synthesizer(str(folder / "TimGM6mb.sf2"), rate, 4)
