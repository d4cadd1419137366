"""The house band: a seeded generator of whole songs in 4/4, so that nothing need be downloaded.

A song has a style, a key, a form of sections of eight bars that come back, chords with cadences, a
melody made of motifs, a bass, and drums with fills and a crash where a section begins. It is
synthetic: good enough to learn from and to test on, and called synthetic wherever it appears.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from melonb.corpora.houseband.harmony import Chord, Key, section_chords
from melonb.corpora.houseband.players import Bassist, Drummer
from melonb.corpora.houseband.singer import Singer
from melonb.corpora.houseband.styles import FORMS, STYLES, Style
from melonb.corpora.song import Reading, Song, SongPart, chord_mask
from melonb.music.grid import HOLD, REST, STEPS_PER_BAR

__all__ = ["LICENCE", "SONGS", "SOURCE", "SUFFIXES", "files", "play", "read", "root"]

SONGS = 3000
SUFFIXES = ()
SOURCE = "melonb's house band (synthetic)"
LICENCE = "CC0 1.0"
_PER_FILE = 50
_INTRO = 4
_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

Section = tuple[NDArray[np.int16], NDArray[np.uint16], NDArray[np.int16], NDArray[np.int16]]


def root() -> Path:
    """Return a folder, which a generator does not need, as readers of files have one."""
    return Path()


def files(_folder: Path) -> list[str]:
    """List the batches of songs."""
    return [f"{first}-{first + _PER_FILE - 1}" for first in range(0, SONGS, _PER_FILE)]


def read(_folder: Path, file: str) -> Reading:
    """Play one batch of songs."""
    first, last = map(int, file.split("-"))
    return Reading([play(number) for number in range(first, last + 1)])


def play(number: int, seed: int = 0) -> Song:
    """Compose and play one song.

    Parameters
    ----------
    number, seed
        The same two give the same song.

    Examples
    --------
    >>> [part.kind for part in play(1).parts]
    ['melody', 'bass', 'drums']
    """
    random = Random(f"melonb house band {seed} {number}")
    name = random.choice(list(STYLES))
    style = STYLES[name]
    mode = "minor" if random.random() < style.minor else "major"
    key = Key(random.randrange(12), mode, random.random() < style.sevenths)
    sections = _sections(random, style, key, random.choice(FORMS))
    melody, chords, bass, drums = (np.concatenate(stream) for stream in zip(*sections, strict=True))
    title = f"House band {seed}-{number:04d} ({name}, {_NAMES[key.tonic]} {mode})"
    parts = (
        SongPart("melody", melody, random.choice(style.melody_programs), 0, True, chords),
        SongPart("bass", bass, random.choice(style.bass_programs), 1),
        SongPart("drums", drums, 0, 2),
    )
    return Song(title, f"house band {seed} {number}", parts, SOURCE, LICENCE)


def _sections(random: Random, style: Style, key: Key, form: str) -> list[Section]:
    """Play the sections of a form; one that comes back is the same, or sung a little otherwise."""
    drummer, bassist = Drummer(random, style), Bassist(random, style)
    singer = Singer(random, style, key)
    letters = sorted(set(form) - {"i"})
    chords = {letter: section_chords(random, key) for letter in letters}
    first: dict[str, Section] = {}
    played = []
    for letter in form:
        if letter == "i":
            played.append(_intro(drummer, bassist, chords["A"][:_INTRO]))
            continue
        if letter not in first:
            first[letter] = (
                singer.section(chords[letter]),
                _masks(chords[letter]),
                bassist.section(chords[letter]),
                drummer.section(8),
            )
            played.append(first[letter])
            continue
        melody, mask, bass, drums = first[letter]
        if random.random() < 0.5:
            melody = singer.varied(melody, chords[letter])
        if random.random() < 0.3:
            drums = drummer.section(8)
        played.append((melody, mask, bass, drums))
    return _lifted(played) if random.random() < 0.1 else played


def _intro(drummer: Drummer, bassist: Bassist, chords: list[tuple[Chord, Chord]]) -> Section:
    """Let bass and drums begin alone."""
    silence = np.full(_INTRO * STEPS_PER_BAR, REST, np.int16)
    drums = drummer.section(_INTRO, opening=False)
    return silence, _masks(chords), bassist.section(chords), drums


def _masks(chords: list[tuple[Chord, Chord]]) -> NDArray[np.uint16]:
    masks = [chord_mask(chord.notes) for bar in chords for chord in bar]
    return np.repeat(np.array(masks, np.uint16), STEPS_PER_BAR // 2)


def _lifted(played: list[Section]) -> list[Section]:
    """Play the last section again a tone higher."""
    melody, chords, bass, drums = played[-1]
    higher = ((chords << 2) | (chords >> 10)) & 0xFFF
    up = (np.where(t < HOLD, t + 2, t).astype(np.int16) for t in (melody, bass))
    return [*played, (next(up), higher.astype(np.uint16), next(up), drums)]
