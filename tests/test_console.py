"""How the command speaks where it can hardly be heard, and how it reads odd numbers and names."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from melonb import console
from melonb.cli import main
from melonb.errors import MidiError

COMMAND = [sys.executable, "-m", "melonb.cli"]
LIST = " ".join([*COMMAND, "data", "list"])
ODD = (
    "-1", "nan", "inf", "1e400", "1e308", "", "x", "0x1", "1_000", "9" * 20, "9" * 5000
)  # fmt: skip


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MELONB_HOME", str(tmp_path / "home"))


def shell(line: str, **more: str) -> subprocess.CompletedProcess[str]:
    there = {**os.environ, **more}
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=60, env=there, check=False
    )


def test_a_closed_or_full_output_is_said_and_breaks_nothing() -> None:
    closed = shell(f"{LIST} >&-")
    assert closed.returncode == 2
    assert closed.stderr.startswith("melonb: standard output is closed; ")
    full = shell(f"{LIST} --json >/dev/full")
    assert full.returncode == 1
    assert "No space left on device" in full.stderr
    assert full.stderr.count("\n") == 1
    mute = shell(f"{LIST} 2>&-")
    assert (mute.returncode, "folk" in mute.stdout) == (0, True)
    silent = shell(f"{LIST} <&- >&- 2>&-")
    assert (silent.returncode, silent.stdout) == (2, "")


def test_a_complaint_never_lands_on_standard_output() -> None:
    told = shell(f"{' '.join(COMMAND)} data show polka --json 2>&-")
    assert (told.returncode, told.stdout) == (2, "")


def test_help_to_a_reader_that_has_seen_enough_is_quiet() -> None:
    for line in (f"{' '.join(COMMAND)} --help | head -c 1", f"{' '.join(COMMAND)} -h >/dev/full"):
        assert shell(f"set -o pipefail; {line}").stderr == ""


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_names_that_are_no_text_come_out_as_they_are(tmp_path: Path, encoding: str) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xc3\xa9-\xff.mid")
    code = "import sys; from melonb import console; console.speak(sys.argv[1])"
    made = subprocess.run(
        [sys.executable, "-c", code, name],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"},
        check=True,
    )
    raw = os.fsencode(name) if encoding == "utf-8" else None
    shown = name.encode("ascii", "backslashreplace")
    assert made.stdout.rstrip(b"\n") == (raw or shown)


def test_a_stream_that_cannot_be_set_anew_is_written_to_all_the_same(monkeypatch) -> None:
    class Plain(io.StringIO):
        encoding, errors = "ascii", "strict"  # type: ignore[assignment]

    monkeypatch.setattr(sys, "stdout", Plain())
    console.speak("café")
    assert sys.stdout.getvalue() == "caf\\xe9\n"  # type: ignore[attr-defined]


def test_a_name_that_would_move_the_cursor_is_written_out(capsys, tmp_path: Path) -> None:
    for name in ("two\nlines.mid", "two  spaces.mid", "\x1b[31mred.mid", "\u202eevil.mid"):
        assert main(["loops", str(tmp_path / name), "--out", str(tmp_path / "o")]) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert console.shown(name) in said
        assert "\x1b" not in said


def test_every_kind_of_failure_is_one_line_with_a_remedy() -> None:
    full = OSError(28, "No space left on device", "/a/b")
    for error in (MidiError("is odd", file="a\nb", remedy="x"), full, MemoryError(),
                  RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried ..."),
                  ValueError("one\ntwo")):  # fmt: skip
        line = console.explain(error)
        assert "\n" not in line
        assert "; " in line
        assert "MELONB_DEBUG" not in line or isinstance(error, ValueError)
    assert console.explain(full).startswith("/a/b: No space left on device; ")


def test_a_request_to_end_cleans_up_as_ctrl_c_does() -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert before is signal.SIG_DFL
    with pytest.raises(KeyboardInterrupt), console.listening():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("word", ODD)
@pytest.mark.parametrize(
    "words",
    [
        ["sample", "musicvae/mel-2bar", "--out", "x", "-n"],
        ["sample", "musicvae/mel-2bar", "--out", "x", "--temperature"],
        ["sample", "musicvae/mel-2bar", "--out", "x", "--seed"],
        ["interpolate", "musicvae/mel-2bar", "a", "b", "--out", "x", "--steps"],
        ["vary", "musicvae/mel-2bar", "a", "--out", "x", "--amount"],
        ["infill", "clsm/clsm", "a", "--out", "x", "--bars"],
        ["measure", "musicvae/mel-2bar", "--limit"],
        ["train", "musicvae/mel-2bar", "--more"],
        ["train", "musicvae/mel-2bar", "--devices"],
    ],
)
def test_odd_numbers_are_refused_before_any_work(capsys, words: list[str], word: str) -> None:
    *others, option = words
    joined = f"{option}={word}" if option.startswith("--") else f"{option}{word}"
    with pytest.raises(SystemExit) as ended:
        main([*others, joined])
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "words",
    [
        ["sample", "musicvae/mel-2bar", "--out", "x", "-n", "1001"],
        ["interpolate", "musicvae/mel-2bar", "a", "b", "--out", "x", "--steps", "1001"],
        ["sample", "musicvae/mel-2bar", "--out", "x", "--temperature", "1e-320"],
        ["sample", "musicvae/mel-2bar", "--out", "x", "--temperature", "101"],
        ["vary", "musicvae/mel-2bar", "a", "--out", "x", "--amount", "101"],
        ["attribute", "musicvae/mel-2bar", "a", "--name", "n", "--out", "x", "--amount=-101"],
        ["sample", "musicvae/mel-2bar", "--out", "x", "--size", "huge"],
        ["train", "musicvae/mel-2bar", "--precision", "64"],
        ["sample", "musicvae/mel-2bar", "--out", ""],
        ["loops", "", "--out", "x"],
        ["train", "musicvae/mel-2bar", "--run", ""],
        ["measure", "musicvae/mel-2bar", "--midi", ""],
        ["measure", "musicvae/mel-2bar", "--weights", ""],
        ["data", "prepare", "lakh", "--from", ""],
        ["data", "prepare", "lakh", "--scheduler", ""],
        ["data", "show", "polka"],
        ["train", "musicvae/mel-2bar", "--preset", "huge"],
    ],
)
def test_words_beyond_all_measure_are_2(capsys, words: list[str]) -> None:
    try:
        status = main(words)
    except SystemExit as ended:
        status = ended.code
    out, errors = capsys.readouterr()
    assert (status, out) == (2, "")
    assert "MELONB_DEBUG" not in errors
