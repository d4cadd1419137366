"""What can be said to the command ``melonb``: its options, and how each is read.

A table of `Words` is what one subcommand takes: option -> keywords of ``add_argument``.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import re
from typing import Any

__all__ = ["FROM", "MODEL", "PLAYED", "SEED", "TRAINING", "WEIGHTS", "Words", "count"]


def count(word: str) -> int:
    """Read a whole number from 1."""
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is no whole number from 1")
    return int(word)


def seed(word: str) -> int:
    """Read a whole number from 0 that every generator takes."""
    if not word.isdecimal() or int(word) >= 2**31:
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


def bars(word: str) -> tuple[int, int]:
    """Read a range of bars: people count from 1 to the last, code from 0 to the one after it."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", word)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last:
        raise argparse.ArgumentTypeError(f"{word!r} is no range of bars, such as 3-4")
    return first - 1, last


Words = dict[str, dict[str, Any]]
FROM: Words = {"--from": {"dest": "source", "metavar": "PATH", "help": "archive or folder"}}
SEED: Words = {"--seed": {"type": seed, "help": "decides every draw"}}
WEIGHTS: Words = {
    "--weights": {"metavar": "PATH", "help": "a run's folder, a file, or ADDRESS#sha256=CHECKSUM"},
    "--size": {"default": "book", "help": "which bundled weights: book (default), tiny, paper"},
}
_N: Words = {"-n": {"type": count, "help": "how many"}}
_TEMPERATURE: Words = {"--temperature": {"type": number, "help": "0 takes the likeliest"}}
_AMOUNT: Words = {"--amount": {"type": number, "required": True}}
_STEPS: Words = {"--steps": {"type": count, "required": True, "help": "how many pieces"}}
_ATTRIBUTE: Words = {"--name": {"required": True, "help": "such as density"}, **_AMOUNT}
_BARS: Words = {"--bars": {"type": bars, "required": True, "metavar": "3-4"}}
MODEL: Words = {"model": {"metavar": "MODEL"}}
TRAINING: Words = {
    "--preset": {"help": "tiny, book or paper"},
    "--data": {"metavar": "NAME", "help": "several are joined by +"},
    "--steps": {"type": count},
    "--batch-size": {"type": count},
    "--run": {"dest": "run_folder", "metavar": "DIR"},
    "--resume": {"action": "store_true", "help": "go on with a run that was stopped"},
    "--more": {
        "type": count,
        "metavar": "N",
        "help": "train a run that has ended, or the bundled weights, for N steps more",
    },
    "--devices": {"type": count, "default": 1},
    "--precision": {"help": "32-true or bf16-mixed"},
    "--seconds": {"type": positive, "help": "stop after this time"},
    "--one-hour": {"action": "store_true", "help": "with MODEL all: fit into an hour"},
}

# What a model can play: the files it reads, and the options of its own.
PLAYED: dict[str, tuple[tuple[str, ...], Words, str]] = {
    "sample": ((), {**_N, **_TEMPERATURE, **SEED}, "make new music"),
    "reconstruct": (("midi_file",), {}, "send music through the latent space and back"),
    "interpolate": (("midi_a", "midi_b"), _STEPS, "go from one piece to another"),
    "vary": (("midi_file",), {**_AMOUNT, **_N, **SEED}, "make variations"),
    "swap": (("midi_a", "midi_b"), {}, "exchange pitch and rhythm"),
    "attribute": (("midi_file",), _ATTRIBUTE, "turn an attribute up or down"),
    "infill": (("midi_file",), {**_BARS, **_N, **SEED}, "fill bars anew"),
}
