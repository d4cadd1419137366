"""What can be said to the command ``melonb``: its options, and how each is read.

A table of `Words` is what one subcommand takes: option -> keywords of ``add_argument``.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = [
    "FOLDER",
    "FROM",
    "MEASURED",
    "MIDI",
    "MODEL",
    "PLAYED",
    "SEED",
    "TRAINING",
    "WEIGHTS",
    "WORK",
    "Words",
    "place",
    "signed",
]

_PRESETS = ("tiny", "book", "paper")
_MOST = 1000  # pieces: they are made in one batch, and each becomes a file
_COLDEST, _FURTHEST = 0.01, 100.0  # beyond, the numbers inside a model overflow


def count(word: str) -> int:
    """Read a whole number from 1."""
    if not _whole(word) or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is no whole number from 1")
    return int(word)


def pieces(word: str) -> int:
    """Read how many pieces to make at once."""
    if not _whole(word) or not 1 <= int(word) <= _MOST:
        raise argparse.ArgumentTypeError(f"{word!r} is no whole number from 1 to {_MOST}")
    return int(word)


def _whole(word: str) -> bool:
    return word.isdecimal() and len(word) < 19  # what a machine can count with


def seed(word: str) -> int:
    """Read a whole number from 0 that every generator takes."""
    if not _whole(word) or int(word) >= 2**31:
        raise argparse.ArgumentTypeError(f"{word!r} is no whole number from 0 to {2**31 - 1}")
    return int(word)


def positive(word: str) -> float:
    """Read a finite number above 0."""
    value = number(word)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{word!r} is no number above 0")
    return value


def number(word: str) -> float:
    """Read a finite number."""
    with contextlib.suppress(ValueError):
        if math.isfinite(float(word)):
            return float(word)
    raise argparse.ArgumentTypeError(f"{word!r} is no number")


def signed(words: Sequence[str]) -> list[str]:
    """Tie numbers below zero to their options: argparse takes -1e-1 for an option itself."""
    tied = list(words)
    for at in range(len(tied) - 1, 0, -1):
        with contextlib.suppress(argparse.ArgumentTypeError):
            if tied[at - 1].startswith("--") and tied[at].startswith("-"):
                number(tied[at])
                tied[at - 1 : at + 1] = [f"{tied[at - 1]}={tied[at]}"]
    return tied


def amount(word: str) -> float:
    """Read how far to turn something, either way."""
    value = number(word)
    if abs(value) > _FURTHEST:
        raise argparse.ArgumentTypeError(
            f"{word!r} is not between {-_FURTHEST:g} and {_FURTHEST:g}"
        )
    return value


def distance(word: str) -> float:
    """Read how far to go."""
    value = number(word)
    if not 0 <= value <= _FURTHEST:
        raise argparse.ArgumentTypeError(f"{word!r} is not between 0 and {_FURTHEST:g}")
    return value


def temperature(word: str) -> float:
    """Read a temperature."""
    value = number(word)
    if value != 0 and not _COLDEST <= value <= _FURTHEST:
        raise argparse.ArgumentTypeError(
            f"{word!r} is neither 0 nor between {_COLDEST:g} and {_FURTHEST:g}"
        )
    return value


def filled(word: str) -> str:
    """Read the name of a file or folder, or an address: an empty one would mean the folder here."""
    if not word.strip():
        raise argparse.ArgumentTypeError("an empty name is no file or folder")
    return word


def place(word: str) -> Path:
    """Read the name of a file or folder."""
    return Path(filled(word))


def bars(word: str) -> tuple[int, int]:
    """Read a range of bars: people count from 1 to the last, code from 0 to the one after it."""
    match = re.fullmatch(r"(\d{1,18})(?:-(\d{1,18}))?", word)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last:
        raise argparse.ArgumentTypeError(f"{word!r} is no range of bars, such as 3-4")
    return first - 1, last


Words = dict[str, dict[str, Any]]
FROM: Words = {
    "--from": {
        "dest": "source",
        "type": place,
        "metavar": "PATH",
        "help": "an archive or a folder of the corpus",
    }
}
SEED: Words = {"--seed": {"type": seed, "help": "decides every draw"}}
WEIGHTS: Words = {
    "--weights": {
        "type": filled,
        "metavar": "PATH",
        "help": "a run's folder, a file, or ADDRESS#sha256=CHECKSUM (default: the bundled ones)",
    },
    "--size": {
        "default": "book",
        "choices": _PRESETS,
        "help": "of the bundled weights, which are all of size book (the default)",
    },
}
MODEL: Words = {
    "model": {"metavar": "MODEL", "help": "such as musicvae/mel-2bar; `melonb models` lists all"}
}
WORK: Words = {
    "--workers": {"type": count, "help": "processes (default: one a core)"},
    "--scheduler": {"type": filled, "metavar": "ADDRESS", "help": "of Dask, for a cluster's work"},
}
TRAINING: Words = {
    "--preset": {"choices": _PRESETS, "help": "how large (default: book)"},
    "--data": {"metavar": "NAME", "help": "the corpus; several are joined by +"},
    "--steps": {"type": count, "help": "how many in all"},
    "--batch-size": {"type": count, "help": "pieces a step"},
    "--run": {
        "dest": "run_folder",
        "type": place,
        "metavar": "DIR",
        "help": "the run's folder (default: one below MELONB_HOME)",
    },
    "--resume": {
        "action": "store_true",
        "help": "go on with a run that was stopped; where there is none, begin it",
    },
    "--more": {
        "type": count,
        "metavar": "N",
        "help": "train a run that has ended, or the bundled weights, for N steps more",
    },
    "--peak": {
        "type": positive,
        "metavar": "RATE",
        "help": "with --more: where the learning rate starts (default: where it did before)",
    },
    "--devices": {"type": count, "default": 1, "help": "how many to train on (default: 1)"},
    "--precision": {
        "choices": ("32-true", "bf16-mixed"),
        "help": "bf16-mixed only counts where it is faster",
    },
    "--seconds": {"type": positive, "help": "stop after this time"},
    "--one-hour": {"action": "store_true", "help": "with MODEL all: fit into an hour"},
}
MEASURED: Words = {
    "--data": {
        "metavar": "NAME",
        "help": "a corpus, its test songs (default: those the model was trained beside)",
    },
    **FROM,
    "--midi": {"type": place, "metavar": "DIR", "help": "a folder of MIDI files in its place"},
    "--limit": {"type": count, "help": "how many pieces at most"},
}
FILE: Words = {"--out": {"required": True, "type": filled, "help": "the MIDI file to write"}}
FOLDER: Words = {"--out": {"required": True, "type": filled, "help": "the folder to write into"}}
MIDI: dict[str, Any] = {"type": filled, "metavar": "MIDI", "help": "a MIDI file"}


def _n(default: int) -> Words:
    return {"-n": {"type": pieces, "help": f"how many (default: {default})"}}


_COLD = (
    "0 takes the likeliest; in loopvq/cnn and the LSTMs, how far from the middle points are drawn"
)
_FAR = (
    "how far, from 0: of the way to a random point (MusicVAE, up to 1), the variance of noise on "
    "the rhythm (EC2-VAE), delta (CLSM), the share of codes (loopvq/vq and prior, up to 1), else "
    "standard deviations"
)
_TURN = "how many times its vector is added; below 0, taken away"

# What a model can play: the files it reads, options of its own, where it writes, what is told.
PLAYED: dict[str, tuple[tuple[str, ...], Words, Words, str]] = {
    "sample": (
        (),
        {**_n(1), "--temperature": {"type": temperature, "help": _COLD}, **SEED},
        FOLDER,
        "make new music, with any model",
    ),
    "reconstruct": (
        ("midi_file",),
        {},
        FILE,
        "send music through the latent space and back, with any model but clsm/arnn, arnn-t and "
        "judge",
    ),
    "interpolate": (
        ("midi_a", "midi_b"),
        {"--steps": {"type": pieces, "required": True, "help": "how many pieces"}},
        FOLDER,
        "go from one piece to another, with any model but clsm/arnn, arnn-t and judge; EC2-VAE "
        "goes from one rhythm to another, clsm/clsm in four bars at most of the first piece",
    ),
    "vary": (
        ("midi_file",),
        {"--amount": {"type": distance, "required": True, "help": _FAR}, **_n(4), **SEED},
        FOLDER,
        "make variations, with any model but clsm/arnn, arnn-t and judge",
    ),
    "swap": (
        ("midi_a", "midi_b"),
        {},
        FOLDER,
        "exchange pitch and rhythm, with EC2-VAE: c has the first's pitch, d its rhythm",
    ),
    "attribute": (
        ("midi_file",),
        {
            "--name": {"required": True, "help": "such as density; a wrong one lists them all"},
            "--amount": {"type": amount, "required": True, "help": _TURN},
        },
        FILE,
        "turn an attribute up or down, with MusicVAE",
    ),
    "infill": (
        ("midi_file",),
        {
            "--bars": {
                "type": bars,
                "required": True,
                "metavar": "3-4",
                "help": "which; 1 is the first",
            },
            **_n(1),
            **SEED,
        },
        FOLDER,
        "write bars anew, with CLSM: clsm/clsm, vae, arnn and arnn-t",
    ),
}
