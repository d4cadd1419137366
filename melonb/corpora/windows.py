"""Windows of a corpus: starting points in flat token buffers, from which bars are gathered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from melonb.music.encodings import canonical
from melonb.music.grid import STEPS_PER_BAR

__all__ = ["Windows"]


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of one kind, all of one length.

    Parameters
    ----------
    kind
        What was asked for, such as ``melody`` or ``trio``.
    streams
        Stream name -> flat tokens of the corpus, (total steps,): melody, bass and drums int16,
        chords uint16 bit masks.
    starts
        Stream name -> first step of each window in that stream, int64 (n,).
    steps
        Length of a window in sixteenths.
    songs
        Number of the song that each window comes from, int32 (n,).
    song_names
        Name of each song of the corpus.
    corpus
        Name of the corpus.
    hashes
        One 64-bit hash of its tokens a window, uint64 (n,).

    Examples
    --------
    >>> windows = corpora.load("folk").windows("melody", 2)            # doctest: +SKIP
    >>> windows.take([0, 1])["melody"].shape                           # doctest: +SKIP
    (2, 32)
    """

    kind: str
    streams: dict[str, NDArray[np.integer]]
    starts: dict[str, NDArray[np.int64]]
    steps: int
    songs: NDArray[np.int32]
    song_names: list[str]
    corpus: str
    hashes: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.songs)

    def __repr__(self) -> str:
        return f"<Windows {self.corpus}: {len(self):,} of {self.bars} bars, {self.kind}>"

    @property
    def bars(self) -> int:
        """Length of a window in bars."""
        return self.steps // STEPS_PER_BAR

    @cached_property
    def hash(self) -> str:
        """Sixteen hexadecimal digits that say which windows, in which order."""
        head = f"{self.kind} {self.steps} {self.corpus}".encode()
        return hashlib.sha256(head + self.hashes.tobytes()).hexdigest()[:16]

    def take(self, index: int | Sequence[int] | NDArray[Any] | slice) -> dict[str, NDArray[Any]]:
        """Gather windows.

        Parameters
        ----------
        index
            Which of them, anything that indexes a NumPy array.

        Returns
        -------
        dict
            Stream name -> tokens, (n, steps), or (steps,) for a single number. Holds at the start
            that hold a note from before the window are rests.
        """
        if isinstance(index, list | tuple):
            index = np.asarray(index, np.int64)
        offsets = np.arange(self.steps)
        taken = {}
        for name, stream in self.streams.items():
            tokens = stream[np.asarray(self.starts[name][index])[..., None] + offsets]
            taken[name] = canonical(tokens) if name in ("melody", "bass") else tokens
        return taken

    def subset(self, index: Sequence[int] | NDArray[Any] | slice) -> Windows:
        """Return some of the windows, over the same buffers."""
        if isinstance(index, list | tuple):
            index = np.asarray(index, np.int64)
        starts = {name: start[index] for name, start in self.starts.items()}
        return replace(self, starts=starts, songs=self.songs[index], hashes=self.hashes[index])

    def music(self, i: int) -> Any:
        """Return window ``i`` as the music object of its kind; a song as its trio."""
        from melonb import music

        tokens = self.take(int(i))
        if self.kind == "loop":
            return music.Loop.from_parts(music.Bass(tokens["bass"]), music.Drums(tokens["drums"]))
        if self.kind == "trio" or self.kind == "song":
            return music.Trio(
                music.Melody(tokens["melody"]),
                music.Bass(tokens["bass"]),
                music.Drums(tokens["drums"]),
            )
        if self.kind == "leadsheet":
            chroma = (tokens["chords"][:, None] >> np.arange(12)) & 1
            return music.LeadSheet(
                music.Melody(tokens["melody"]), music.Chords(chroma.astype(np.uint8))
            )
        return _SINGLE[self.kind](tokens)

    def name(self, i: int) -> str:
        """Return the name of the song that window ``i`` comes from."""
        return self.song_names[self.songs[i]]


def _melody(tokens: dict[str, NDArray[Any]]) -> Any:
    from melonb.music import Melody

    return Melody(tokens["melody"])


def _bass(tokens: dict[str, NDArray[Any]]) -> Any:
    from melonb.music import Bass

    return Bass(tokens["bass"])


def _drums(tokens: dict[str, NDArray[Any]]) -> Any:
    from melonb.music import Drums

    return Drums(tokens["drums"])


_SINGLE = {"melody": _melody, "melody-mono": _melody, "bass": _bass, "drums": _drums}
