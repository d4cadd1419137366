"""What can be said to the command ``melonb``: its options, and how each is read.

A table of `Words` is what one subcommand takes: option -> keywords of ``add_argument``.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import re
from pathlib import Path
from typing import Any

__all__ = [
    "FROM",
    "MODEL",
    "PLAYED",
    "SEED",
    "TRAINING",
    "WEIGHTS",
    "Words",
    "count",
    "filled",
    "place",
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
        "help": "archive or folder",
    }
}
SEED: Words = {"--seed": {"type": seed, "help": "decides every draw"}}
WEIGHTS: Words = {
    "--weights": {
        "type": filled,
        "metavar": "PATH",
        "help": "a run's folder, a file, or ADDRESS#sha256=CHECKSUM",
    },
    "--size": {"default": "book", "choices": _PRESETS, "help": "which bundled weights"},
}
_N: Words = {"-n": {"type": pieces, "help": "how many"}}
_TEMPERATURE: Words = {"--temperature": {"type": temperature, "help": "0 takes the likeliest"}}
_AMOUNT: Words = {"--amount": {"type": amount, "required": True}}
_DISTANCE: Words = {"--amount": {"type": distance, "required": True}}
_STEPS: Words = {"--steps": {"type": pieces, "required": True, "help": "how many pieces"}}
_ATTRIBUTE: Words = {"--name": {"required": True, "help": "such as density"}, **_AMOUNT}
_BARS: Words = {"--bars": {"type": bars, "required": True, "metavar": "3-4"}}
MODEL: Words = {"model": {"metavar": "MODEL"}}
TRAINING: Words = {
    "--preset": {"choices": _PRESETS, "help": "how large"},
    "--data": {"metavar": "NAME", "help": "several are joined by +"},
    "--steps": {"type": count},
    "--batch-size": {"type": count},
    "--run": {"dest": "run_folder", "type": place, "metavar": "DIR"},
    "--resume": {"action": "store_true", "help": "go on with a run that was stopped"},
    "--more": {
        "type": count,
        "metavar": "N",
        "help": "train a run that has ended, or the bundled weights, for N steps more",
    },
    "--devices": {"type": count, "default": 1},
    "--precision": {"choices": ("32-true", "bf16-mixed"), "help": "of what is computed"},
    "--seconds": {"type": positive, "help": "stop after this time"},
    "--one-hour": {"action": "store_true", "help": "with MODEL all: fit into an hour"},
}

# What a model can play: the files it reads, and the options of its own.
PLAYED: dict[str, tuple[tuple[str, ...], Words, str]] = {
    "sample": ((), {**_N, **_TEMPERATURE, **SEED}, "make new music"),
    "reconstruct": (("midi_file",), {}, "send music through the latent space and back"),
    "interpolate": (
        ("midi_a", "midi_b"),
        _STEPS,
        "go from one piece to another; with EC2-VAE, from one rhythm to another",
    ),
    "vary": (("midi_file",), {**_DISTANCE, **_N, **SEED}, "make variations"),
    "swap": (("midi_a", "midi_b"), {}, "exchange pitch and rhythm"),
    "attribute": (("midi_file",), _ATTRIBUTE, "turn an attribute up or down"),
    "infill": (("midi_file",), {**_BARS, **_N, **SEED}, "fill bars anew"),
}
