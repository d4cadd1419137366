"""Between melody tokens, which all of melonb speaks, and the symbols of a MusicVAE.

The paper's 130 symbols and magenta's 90 both say when a note starts and when it ends, and have one
symbol for "nothing new happens"; see `melonb.music.encodings`.  Drums need no translation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from melonb.music import encodings
from melonb.musicvae.streams import Stream

__all__ = ["Alphabet", "alphabet", "silence"]

Tokens = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Alphabet:
    """The symbols of a voice.

    Parameters
    ----------
    write, read
        From melody tokens and back.
    low, high
        First and last symbol that starts a note.
    nothing
        The symbol of a step at which nothing new happens.
    """

    write: Callable[[Any], Tokens]
    read: Callable[[Any], Tokens]
    low: int
    high: int
    nothing: int


_VOICES = {
    encodings.EVENTS_SIZE: Alphabet(encodings.to_events, encodings.from_events, 0, 127, 129),
    encodings.MAGENTA_SIZE: Alphabet(encodings.to_magenta, encodings.from_magenta, 2, 89, 0),
}


def alphabet(stream: Stream) -> Alphabet | None:
    """Give the alphabet of a voice; drums have none."""
    return None if stream.name == "drums" else _VOICES[stream.size]


def silence(stream: Stream) -> int:
    """Give the token, as melonb speaks, with which a stream that is too short is filled up."""
    return 0 if stream.name == "drums" else 129
