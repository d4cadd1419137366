"""MIDI bytes written by hand, sound ones and broken ones."""

from __future__ import annotations

import struct

Event = tuple[int, bytes]


def number(value: int) -> bytes:
    """Write a number of variable length."""
    digits = [value & 127]
    while value := value >> 7:
        digits.append(128 | value & 127)
    return bytes(reversed(digits))


def chunk(data: bytes, length: int | None = None) -> bytes:
    return b"MTrk" + struct.pack(">I", len(data) if length is None else length) + data


def track(events: list[Event]) -> bytes:
    body = b"".join(number(wait) + event for wait, event in events)
    return chunk(body + b"\x00\xff\x2f\x00")


def header(tracks: int = 1, kind: int = 1, division: int = 480) -> bytes:
    return b"MThd" + struct.pack(">IHHH", 6, kind, tracks, division)


def notes(count: int, channel: int = 0, length: int = 120) -> list[Event]:
    """Write sixteenths that go up and down an octave."""
    events: list[Event] = []
    for index in range(count):
        pitch = 60 + index % 12 if channel != 9 else 36
        events.append((0, bytes([0x90 | channel, pitch, 80])))
        events.append((length, bytes([0x80 | channel, pitch, 0])))
    return events


def file(
    *tracks: list[Event], kind: int = 1, division: int = 480, count: int | None = None
) -> bytes:
    head = header(len(tracks) if count is None else count, kind, division)
    return head + b"".join(map(track, tracks))


def metre(numerator: int, power: int) -> Event:
    return (0, bytes([0xFF, 0x58, 4, numerator, power, 24, 8]))


GOOD = file(notes(32))
_HELD = [(120, bytes([0x90, 60 + index % 12, 80])) for index in range(32)]
_FAR = [(0x0FFFFFFF, bytes([0x90, 62, 80])), (0x0FFFFFFF, bytes([0x80, 62, 0]))]

# What is broken, and the reason that `read` must give.
UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty file"),
    "one byte": (b"M", "not a MIDI file"),
    "text renamed": (b"these are words, not music\n" * 99, "not a MIDI file"),
    "web page": (b"<html><body>404</body></html>", "not a MIDI file"),
    "zeros": (bytes(4000), "not a MIDI file"),
    "half a header": (GOOD[:10], "cut short"),
    "half a file": (GOOD[: len(GOOD) // 2], "cut short"),
    "last bytes missing": (GOOD[:-5], "cut short"),
    "tracks missing": (file(notes(8), count=5000), "cut short"),
    "length too long": (GOOD[:18] + struct.pack(">I", 10**6) + GOOD[22:], "cut short"),
    "length of 4 GiB": (GOOD[:18] + b"\xff" * 4 + GOOD[22:], "cut short"),
    "length too short": (GOOD[:18] + struct.pack(">I", 20) + GOOD[22:], "false track length"),
    "endless number": (header() + chunk(b"\xff" * 40), "false track length"),
    "type 2": (file(notes(8), notes(8), kind=2), "MIDI type 2"),
    "type 3": (file(notes(8), kind=3), "unknown MIDI type"),
    "SMPTE": (file(notes(8), division=0xE728), "SMPTE time"),
    "no division": (file(notes(8), division=0), "no ticks in a quarter note"),
    "tempo 0": (file([(0, b"\xff\x51\x03\0\0\0"), *notes(8)]), "tempo of zero"),
    "100,000 notes": (file(notes(100_000, length=10)), "too many notes"),
    "notes without end": (file(_HELD), "no notes"),
    "silent": (file([]), "no notes"),
    "a year long": (file(_FAR * 40), "too long"),
    "lying sysex": (file([(0, b"\xf0" + number(10**7) + b"abc"), *notes(8)]), "damaged"),
    "lying text": (file([(0, b"\xff\x03" + number(10**7) + b"abc"), *notes(8)]), "damaged"),
    "status missing": (header() + chunk(b"\x00\x3c\x40\x00\xff\x2f\x00"), "damaged"),
}

ODD_METRES = {
    "3/4": file([metre(3, 2), *notes(8)]),
    "0/4": file([metre(0, 2), *notes(8)]),
    "no denominator": file([metre(4, 255), *notes(8)]),
}

# Unusual, but music all the same: how many notes there are.
ODD_BUT_GOOD: dict[str, tuple[bytes, int]] = {
    "type 0": (file(notes(32), kind=0), 32),
    "garbage at the end": (GOOD + b"garbage" * 99, 32),
    "name in no encoding": (file([(0, b"\xff\x03\x04\xff\xfe\x80\x81"), *notes(32)]), 32),
    "unknown chunk": (header() + b"XYZW" + struct.pack(">I", 4) + b"abcd" + track(notes(32)), 32),
    "2/2": (file([metre(2, 1), *notes(32)]), 32),
    "3/4 after the music": (file([metre(4, 2), *notes(30), metre(3, 2)]), 30),
    "pitch 200": (file([(0, b"\x90\xc8\x50"), (120, b"\x80\xc8\x00")] * 4), 4),
    "coarse ticks": (file(notes(32, length=1), division=4), 32),
}
