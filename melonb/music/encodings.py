"""The same melody in the symbols of each paper.

Every function takes and gives whole-number arrays whose last axis is time; any axes before it are
kept, so a batch goes through as one melody does.

========  ====  ==================================================================================
name      size  symbols
========  ====  ==================================================================================
melody     130  0..127 a note starts, 128 it goes on, 129 rest: the form that all else comes from
events     130  0..127 a note starts, 128 it ends, 129 nothing new happens (MusicVAE, section 5.1)
magenta     90  0 nothing new happens, 1 the note ends, 2..89 = pitch 21..108 (published MusicVAE)
clsm        32  0..29 = pitch 55..84, 30 hold ``__``, 31 rest ``R`` (CLSM, section 4.1)
rhythm       3  0 a note starts, 1 it goes on, 2 rest (EC2-VAE)
========  ====  ==================================================================================
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from melonb.errors import TokenError
from melonb.music.grid import HOLD, MELODY_SIZE, REST

__all__ = [
    "CLSM_SIZE",
    "EVENTS_SIZE",
    "MAGENTA_SIZE",
    "RHYTHM_SIZE",
    "canonical",
    "from_clsm",
    "from_events",
    "from_magenta",
    "to_clsm",
    "to_events",
    "to_magenta",
    "to_rhythm",
    "transpose",
]

EVENTS_SIZE = 130
MAGENTA_SIZE = 90
CLSM_SIZE = 32
RHYTHM_SIZE = 3

_EVENT_OFF, _EVENT_NONE = 128, 129
_MAGENTA_LOW, _MAGENTA_HIGH, _MAGENTA_OFFSET = 21, 108, 19
_CLSM_LOW, _CLSM_HIGH, _CLSM_HOLD, _CLSM_REST = 55, 84, 30, 31

Tokens = NDArray[np.int16]


def canonical(tokens: ArrayLike) -> Tokens:
    """Read a hold that has no note to hold, at the start or after a rest, as a rest.

    Examples
    --------
    >>> canonical([128, 60, 128, 129, 128]).tolist()
    [129, 60, 128, 129, 129]
    """
    array = _checked(tokens, MELODY_SIZE)
    held = array == HOLD
    silent = held & (_last_where(~held, array, REST) == REST)
    return np.where(silent, REST, array).astype(np.int16)


def to_events(tokens: ArrayLike) -> Tokens:
    """Write melody tokens as the MusicVAE paper's events: note-on, note-off, nothing.

    Examples
    --------
    >>> to_events([60, 128, 129, 129]).tolist()
    [60, 129, 128, 129]
    """
    melody = canonical(tokens)
    before = np.concatenate([np.full_like(melody[..., :1], REST), melody[..., :-1]], axis=-1)
    ends = (melody == REST) & (before != REST)
    events = np.where(melody >= HOLD, _EVENT_NONE, melody)
    return np.where(ends, _EVENT_OFF, events).astype(np.int16)


def from_events(events: ArrayLike) -> Tokens:
    """Undo `to_events`; a note-off where nothing sounds is a rest."""
    array = _checked(events, EVENTS_SIZE)
    state = _last_where(array != _EVENT_NONE, array, _EVENT_OFF)
    going_on = np.where(state == _EVENT_OFF, REST, HOLD)
    return np.where(array < _EVENT_OFF, array, going_on).astype(np.int16)


def to_magenta(tokens: ArrayLike) -> Tokens:
    """Write melody tokens as the 90 symbols of the published MusicVAE.

    Notes outside 21..108 have no symbol: they fall silent.
    """
    events = to_events(_within(tokens, _MAGENTA_LOW, _MAGENTA_HIGH))
    symbols = np.where(events < _EVENT_OFF, events - _MAGENTA_OFFSET, 0)
    return np.where(events == _EVENT_OFF, 1, symbols).astype(np.int16)


def from_magenta(symbols: ArrayLike) -> Tokens:
    """Undo `to_magenta`."""
    array = _checked(symbols, MAGENTA_SIZE)
    events = np.where(array >= 2, array + _MAGENTA_OFFSET, _EVENT_NONE)
    return from_events(np.where(array == 1, _EVENT_OFF, events))


def to_clsm(tokens: ArrayLike) -> Tokens:
    """Write melody tokens as the 32 symbols of CLSM; notes outside 55..84 fall silent."""
    melody = _within(tokens, _CLSM_LOW, _CLSM_HIGH)
    symbols = np.where(melody == HOLD, _CLSM_HOLD, _CLSM_REST)
    return np.where(melody < HOLD, melody - _CLSM_LOW, symbols).astype(np.int16)


def from_clsm(symbols: ArrayLike) -> Tokens:
    """Undo `to_clsm`; a hold with nothing to hold is a rest."""
    array = _checked(symbols, CLSM_SIZE)
    others = np.where(array == _CLSM_HOLD, HOLD, REST)
    return canonical(np.where(array < _CLSM_HOLD, array + _CLSM_LOW, others))


def to_rhythm(tokens: ArrayLike) -> Tokens:
    """Keep when notes start, go on and stop; forget their pitch.

    Examples
    --------
    >>> to_rhythm([60, 128, 129]).tolist()
    [0, 1, 2]
    """
    return np.maximum(canonical(tokens) - (HOLD - 1), 0).astype(np.int16)


def transpose(tokens: ArrayLike, semitones: int) -> Tokens:
    """Move all notes by a number of semitones.

    Raises
    ------
    TokenError
        If a note would leave 0..127.
    """
    array = _checked(tokens, MELODY_SIZE)
    moved = np.where(array < HOLD, array + semitones, array)
    if ((array < HOLD) & ((moved < 0) | (moved >= HOLD))).any():
        raise TokenError(
            f"moving by {semitones} semitones takes a note out of the 128 pitches",
            remedy="transpose by less",
        )
    return moved.astype(np.int16)


def _checked(tokens: ArrayLike, size: int) -> NDArray[np.int64]:
    """Check that an array of any shape holds symbols, and widen it for arithmetic."""
    array = np.asarray(tokens)
    if array.ndim < 1 or not np.issubdtype(array.dtype, np.integer):
        raise TokenError(
            f"tokens have shape {array.shape} and type {array.dtype}",
            remedy="give whole numbers with time on the last axis",
        )
    if array.size and (array.min() < 0 or array.max() >= size):
        raise TokenError(f"a token is not in 0..{size - 1}")
    return array.astype(np.int64)


def _last_where(known: NDArray[np.bool_], values: np.ndarray, default: int) -> np.ndarray:
    """Give each step the value at the last step up to it where ``known``, else the default."""
    place = np.where(known, np.arange(values.shape[-1]), -1)
    place = np.maximum.accumulate(place, axis=-1)
    found = np.take_along_axis(values, np.maximum(place, 0), axis=-1)
    return np.where(place >= 0, found, default)


def _within(tokens: ArrayLike, low: int, high: int) -> NDArray[np.int64]:
    """Silence the notes outside a range of pitches."""
    array = _checked(tokens, MELODY_SIZE)
    strange = (array < HOLD) & ((array < low) | (array > high))
    return canonical(np.where(strange, REST, array)).astype(np.int64)
