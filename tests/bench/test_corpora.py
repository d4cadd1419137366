"""Preparing MIDI files, against the pipeline that the loop paper names: pretty_midi, pypianoroll.

Both read the same files, put them on a sixteenth grid and write what they found, in one process and
in turn. The files are songs of the house band; ``MELONB_BENCH_MIDI`` names a folder of real ones to
take instead, of which 100 are drawn, and ``MELONB_BENCH_LAKH`` an archive of Lakh to prepare whole.
"""

from __future__ import annotations

import contextlib
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from melonb.corpora import midi_folder
from melonb.corpora.houseband import play
from melonb.corpora.registry import entry
from melonb.corpora.store import write_part
from melonb.corpora.tasks import read_files
from melonb.music import Bass, Drums, Melody, Trio

from .conftest import Note

FILES, REAL_FILES, ROUNDS = 24, 100, 3
GOAL = 20.0
FOLDER = entry("folder")


def house_band_files(folder: Path) -> list[str]:
    for number in range(FILES):
        melody, bass, drums = (part.tokens for part in play(number).parts)
        Trio(Melody(melody), Bass(bass), Drums(drums)).to_midi(folder / f"{number:02d}.mid")
    return midi_folder.files(folder)


def real_files(folder: Path) -> list[str]:
    found = midi_folder.files(folder)
    return sorted(random.Random(0).sample(found, min(REAL_FILES, len(found))))


def peers(folder: Path, files: list[str], out: Path) -> int:
    """Read with pretty_midi, roll with pypianoroll as its authors do, keep binary rolls."""
    import pretty_midi
    import pypianoroll

    done = 0
    for number, file in enumerate(files):
        try:
            song = pretty_midi.PrettyMIDI(str(folder / file))
            rolls = pypianoroll.from_pretty_midi(song, algorithm="strict")
            rolls = rolls.set_resolution(4, "floor").binarize()
            tracks = {str(i): track.pianoroll for i, track in enumerate(rolls.tracks)}
            np.savez_compressed(out / f"{number}.npz", **tracks)
            done += 1
        except Exception:  # no first time signature, broken files: their readers name no family
            continue
    return done


def ours(folder: Path, files: list[str], out: Path) -> int:
    reading = read_files(FOLDER, folder, files)
    write_part(out / "part.parquet", reading)
    return len(reading.songs)


def seconds(work: Callable[[Path, list[str], Path], int], *arguments: object) -> tuple[float, int]:
    begin = time.perf_counter()
    done = work(*arguments)  # type: ignore[arg-type]
    return time.perf_counter() - begin, done


@pytest.mark.bench
def test_preparation_is_twenty_times_faster(tmp_path: Path, note: Note) -> None:
    pytest.importorskip("pypianoroll", reason="the pipeline compared with: pip install pypianoroll")
    chosen = os.environ.get("MELONB_BENCH_MIDI")
    folder = Path(chosen) if chosen else tmp_path / "songs"
    folder.mkdir(exist_ok=True)
    files = real_files(folder) if chosen else house_band_files(folder)
    theirs_out, ours_out = tmp_path / "theirs", tmp_path / "ours"
    theirs_out.mkdir()
    ours_out.mkdir()
    ours(folder, files, ours_out)  # imports and first calls, for both
    peers(folder, files[:2], theirs_out)
    ratios = []
    for _ in range(ROUNDS):
        slow, their_count = seconds(peers, folder, files, theirs_out)
        fast, our_count = seconds(ours, folder, files, ours_out)
        ratios.append(slow / fast)
    ratio = statistics.median(ratios)
    theirs_ms, ours_ms = (1000 * time / len(files) for time in (slow, fast))
    print(
        f"\n{len(files)} files: {theirs_ms:.1f} ms a file ({their_count} read) against"
        f" {ours_ms:.1f} ms ({our_count} read)"
    )
    note("corpus preparation over pretty_midi and pypianoroll", ratio, 20)
    assert ratio > GOAL


@pytest.mark.bench
def test_a_subset_of_lakh_is_prepared_in_four_minutes_and_two_gigabytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    archive = os.environ.get("MELONB_BENCH_LAKH")
    if not archive:
        pytest.skip("MELONB_BENCH_LAKH names no archive")
    monkeypatch.setenv("MELONB_HOME", str(tmp_path))
    begin = time.perf_counter()
    command = [sys.executable, "-m", "melonb.cli", "data", "prepare", "lakh", "--from", archive]
    process = subprocess.Popen([*command, "--workers", "2"])
    used = 0
    while process.poll() is None:
        used = max(used, memory(process.pid))
        time.sleep(0.5)
    minutes = (time.perf_counter() - begin) / 60
    note("a subset of Lakh prepared, minutes", minutes, 4, below=True)
    note("a subset of Lakh prepared, GiB at the most", used / 2**30, 2, below=True)
    assert process.returncode == 0
    assert minutes < 4
    assert used < 2 * 2**30


def memory(pid: int) -> int:
    """Return the resident memory of a process and its children, in bytes."""
    import psutil

    total = 0
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total
