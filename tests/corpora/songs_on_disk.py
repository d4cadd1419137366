"""Songs of the house band as MIDI files, and files that nobody can read."""

from __future__ import annotations

import hashlib
import os
import signal
from pathlib import Path

from melonb.corpora.houseband import play
from melonb.corpora.registry import Entry
from melonb.corpora.song import Reading
from melonb.music import Bass, Drums, Melody, Trio


def write_song(path: Path, number: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    melody, bass, drums = (part.tokens[: 16 * 24] for part in play(number).parts)
    Trio(Melody(melody), Bass(bass), Drums(drums)).to_midi(path)
    return path


def write_lakh(folder: Path, count: int) -> list[str]:
    """Lay songs out as Lakh does, named by their md5; returns the names."""
    names = []
    for number in range(count):
        path = write_song(folder / "new.mid", number)
        name = hashlib.md5(path.read_bytes()).hexdigest()
        place = folder / "lmd_full" / name[0] / f"{name}.mid"
        place.parent.mkdir(parents=True, exist_ok=True)
        path.rename(place)
        names.append(name)
    return names


def write_broken(folder: Path) -> int:
    """Write files that are no songs; returns how many."""
    whole = write_song(folder / "whole.mid", 3).read_bytes()
    (folder / "whole.mid").unlink()
    broken = {"empty.mid": b"", "cut.mid": whole[: len(whole) // 2], "words.mid": b"not a song" * 9}
    for name, content in broken.items():
        (folder / name).write_bytes(content)
    return len(broken)


class DyingEntry(Entry):
    """A corpus with a file that takes the whole process with it."""

    def suffixes(self) -> tuple[str, ...]:
        return ()

    def read(self, folder: Path, file: str) -> Reading:
        if file == "deadly":
            os._exit(1)
        return Reading([play(int(file))])


class InterruptedEntry(DyingEntry):
    """A corpus at each of whose files somebody presses Ctrl-C."""

    def read(self, folder: Path, file: str) -> Reading:
        signal.raise_signal(signal.SIGINT)
        return super().read(folder, file)
