"""How the command speaks: one answer on standard output, one line of complaint on standard error.

Both may be closed, full, or in an encoding that lacks a letter, and names of files may hold bytes
that are no text at all; none of it may hide what the command has to say.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import NoReturn, TextIO

from melonb.errors import MelonbError, UsageError

__all__ = ["complain", "explain", "hush", "listening", "open_all", "shown", "speak"]

_NO_MEMORY = ("allocate memory", "out of memory")


def open_all() -> None:
    """Open what is closed of the three standard streams, lest a file of ours take its number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - it lasts as long as the program
    if sys.stdout is None:
        raise UsageError(
            "standard output is closed", remedy="send it to a file, or to /dev/null, instead"
        )


@contextlib.contextmanager
def listening() -> Iterator[None]:
    """Let a polite request to end (SIGTERM) clean up as Ctrl-C does."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def stop(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def speak(text: str) -> None:
    """Write the answer, every letter of it, and see it off."""
    print(_sayable(text, sys.stdout), flush=True)


def complain(text: str) -> None:
    """Write one line on standard error."""
    with contextlib.suppress(OSError):  # nobody is left to tell
        print(_sayable(text, sys.stderr), file=sys.stderr, flush=True)


def hush() -> None:
    """Send what may still be waiting for standard output nowhere: its reader is gone."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def shown(text: str) -> str:
    r"""Write what cannot be seen, or would move the cursor, as it is written in a program.

    Examples
    --------
    >>> print(shown("new\nline  two.mid"))
    new\nline  two.mid
    """
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def explain(error: BaseException) -> str:
    """Say in one line what went wrong and what to do about it."""
    if isinstance(error, KeyboardInterrupt):
        return "stopped"
    if isinstance(error, MelonbError):
        words = str(error)
        return _line(words.replace(error.file, shown(error.file)) if error.file else words)
    if isinstance(error, MemoryError) or any(words in str(error) for words in _NO_MEMORY):
        return "there is not enough memory for this; ask for fewer or smaller pieces at a time"
    if isinstance(error, OSError) and error.strerror:
        place = f"{shown(str(error.filename))}: " if error.filename else ""
        remedy = "see that the place is there, may be read and written, and has room"
        return _line(f"{place}{error.strerror}; {remedy}")
    return _line(f"{type(error).__name__}: {error}; MELONB_DEBUG=1 shows where it came from")


def _line(text: str) -> str:
    return shown(" ".join(part.strip() for part in text.splitlines()))


def _sayable(text: str, stream: TextIO) -> str:
    """Give text that a stream can write: bytes of names as they were, other letters by number."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding, getattr(stream, "errors", None) or "strict")
    except UnicodeEncodeError:
        for errors in ("surrogateescape", "backslashreplace"):
            with contextlib.suppress(UnicodeEncodeError):
                raw = text.encode(encoding, errors)
                break
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="surrogateescape")
            return raw.decode(encoding, "surrogateescape")
        return raw.decode(encoding, "replace")
    return text
