"""What the house band can play: grooves, bass figures, rhythms and progressions by style.

Drum lines have sixteen signs a bar: ``x`` is struck, ``o`` is struck in some songs, ``.`` is not.
Bass figures have one sign a sixteenth: ``R`` root, ``3``, ``5``, ``7`` (the sixth in major), ``8``,
``A`` a step towards the next root, ``-`` goes on, ``.`` rests. Melody rhythms: ``x`` starts a note.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CADENCE_RHYTHMS", "FILLS", "FORMS", "PROGRESSIONS", "RHYTHMS", "STYLES", "Style"]

KICK, SNARE, CLOSED, OPEN, LOW, MID, HIGH, CRASH, RIDE = range(9)

Groove = dict[int, str]


@dataclass(frozen=True)
class Style:
    """One style: lines that each player chooses from.

    Parameters
    ----------
    kicks, snares, cymbals
        Lines of kick and snare, and of hi-hats or ride together.
    basses
        Bass figures of one bar.
    rhythms
        Weight of each family of melody rhythms, see `RHYTHMS`.
    sevenths
        Share of songs whose chords have sevenths.
    minor
        Share of songs in minor.
    melody_programs, bass_programs
        General MIDI programs.
    """

    kicks: tuple[str, ...]
    snares: tuple[str, ...]
    cymbals: tuple[Groove, ...]
    basses: tuple[str, ...]
    rhythms: dict[str, float]
    sevenths: float
    minor: float
    melody_programs: tuple[int, ...]
    bass_programs: tuple[int, ...]


_BACKBEAT = "....x.......x..."
_GHOSTS = ("....x..o.o..x...", "....x..o.o..x..o", "....x....o.ox...")
_EIGHTHS: Groove = {CLOSED: "x.x.x.x.x.x.x.x."}
_LIFTED: Groove = {CLOSED: "x.x.x.x.x.x.x...", OPEN: "..............x."}
_SIXTEENTHS: Groove = {CLOSED: "xxxxxxxxxxxxxxxx"}
_QUARTERS: Groove = {CLOSED: "x...x...x...x..."}
_RIDE: Groove = {RIDE: "x.x.x.x.x.x.x.x."}
_DRIVEN: Groove = {OPEN: "..x...x...x...x.", CLOSED: "xx.xxx.xxx.xxx.x"}
_OFFBEAT: Groove = {OPEN: "..x...x...x...x.", CLOSED: "x...x...x...x..."}

STYLES: dict[str, Style] = {
    "rock": Style(
        ("x.......x.o.....", "x.....x.x.......", "x..x..o...x.....", "x.x.....x.x....o"),
        (_BACKBEAT, "....x.......x.o."),
        (_EIGHTHS, _LIFTED, _RIDE, _QUARTERS),
        ("R-R-R-R-R-R-R-R-", "R---R---R---R-A-", "R-..R-R-..R-R-A-", "R---..R-R---5-A-"),
        {"even": 3, "syncopated": 2, "long": 2, "busy": 1},
        0.1,
        0.4,
        (27, 29, 30, 16),
        (33, 34),
    ),
    "pop": Style(
        ("x.....x...x.....", "x.......x.......", "x..x......x.....", "x.....x.x.....o."),
        (_BACKBEAT,),
        (_EIGHTHS, _SIXTEENTHS, _LIFTED),
        ("R-----R-R-------", "R---R---5---R---", "R-..R-..R-..R-A-", "R-----5-R---3-A-"),
        {"even": 3, "syncopated": 3, "long": 2, "busy": 1},
        0.2,
        0.35,
        (0, 4, 5, 25),
        (33, 38),
    ),
    "funk": Style(
        ("x..x......x..x..", "x.x....x..x.....", "x..o...x.xx.....", "x.....xo..x..x.."),
        _GHOSTS,
        (_SIXTEENTHS, _EIGHTHS, {CLOSED: "x.xxx.xxx.xxx.xx"}),
        ("R..R.-8.R..7.8..", "R-.R..R-.R5.7.8.", "R..8..R-..R.5.A-", "R.R..8-..7.5R.A."),
        {"syncopated": 4, "busy": 3, "even": 1},
        0.7,
        0.6,
        (4, 7, 17, 28),
        (36, 37, 33),
    ),
    "disco": Style(
        ("x...x...x...x...", "x...x...x...x.o."),
        (_BACKBEAT,),
        (_OFFBEAT, _DRIVEN),
        ("R-8-R-8-R-8-R-8-", "R-R-8-R-R-R-8-A-", "R..R8-R-..R-8-A-"),
        {"syncopated": 3, "even": 2, "long": 2},
        0.4,
        0.6,
        (4, 6, 11, 28),
        (33, 36),
    ),
    "bossa": Style(
        ("x..xx..xx..xx..x", "x.....xxx.....xx"),
        ("x..x..x...x..x..", "..x...x..x..x..."),
        (_EIGHTHS, _RIDE),
        ("R-----5-5-----R-", "R-----5-R-----5-", "R-----R-5---5-A-"),
        {"syncopated": 4, "long": 2, "even": 1},
        0.9,
        0.4,
        (24, 0, 11, 26),
        (32, 33),
    ),
    "reggae": Style(
        ("........x.......", "x.......x.......", "x...x...x...x..."),
        ("........x.......", "........x.....o."),
        (_EIGHTHS, {CLOSED: "x.x.x.x.x.x.x..."}, _LIFTED),
        ("R---..R-5---....", "R-..3-..5-..R-..", "....R-R-..3-5-..", "R-R-..8-..5-3-.."),
        {"syncopated": 3, "long": 2, "even": 2},
        0.3,
        0.45,
        (16, 17, 27, 0),
        (33, 32),
    ),
    "ballad": Style(
        ("x.........x.....", "x.......x.x.....", "x......xx......."),
        ("........x.......", _BACKBEAT),
        (_EIGHTHS, _RIDE, _QUARTERS),
        ("R---------------", "R-------5-------", "R-----5-R-------", "R-------R---A---"),
        {"long": 4, "even": 2, "syncopated": 1},
        0.5,
        0.4,
        (0, 4, 24, 22),
        (32, 33, 35),
    ),
    "country": Style(
        ("x.......x.......", "x.......x.o....."),
        ("..x.x.x...x.x.x.", _BACKBEAT, "....x..o....x..o"),
        (_QUARTERS, _EIGHTHS),
        ("R-------5-------", "R---....5---....", "R---5---R---5-A-", "R---R---5---A---"),
        {"even": 4, "busy": 2, "long": 1},
        0.05,
        0.15,
        (25, 15, 22, 0),
        (32, 33),
    ),
    "house": Style(
        ("x...x...x...x...",),
        (_BACKBEAT, "....x.......x..o"),
        (
            {OPEN: "..x...x...x...x."},
            _OFFBEAT,
            _DRIVEN,
        ),
        ("..R-..R-..R-..R-", "R..R..R-..R-..R-", "R-.R-.R-R-.R-.A-"),
        {"syncopated": 4, "busy": 2, "even": 1},
        0.6,
        0.8,
        (5, 16, 4, 2),
        (38, 39),
    ),
    "soul": Style(
        ("x.....x.x.....x.", "x..x..x...x.....", "x.....xx..x....."),
        ("x...x...x...x...", _BACKBEAT, "....x..o....x.o."),
        (_EIGHTHS, _LIFTED),
        ("R--RR-5-..R-5-A-", "R-..R-R-3-..5-A-", "R---3---5---A---", "R-5-R..R5-3-A-A-"),
        {"even": 2, "syncopated": 3, "long": 1, "busy": 1},
        0.5,
        0.3,
        (4, 16, 0, 26),
        (33, 32),
    ),
    "shuffle": Style(
        ("x.......x.......", "x......xx......x"),
        (_BACKBEAT,),
        ({RIDE: "x...x..xx...x..x"}, {CLOSED: "x..xx..xx..xx..x"}),
        ("R---3---5---A---", "R--R3--35--57--5", "R---5---7---A---"),
        {"swung": 4, "long": 1, "even": 1},
        0.6,
        0.3,
        (26, 0, 22, 11),
        (32, 33),
    ),
    "march": Style(
        ("x.......x.......", "x...x...x...x..."),
        ("....x...x.xxx.x.", "..x.x.x...x.xxxx", "....x.......x.x."),
        ({CLOSED: "................"}, _QUARTERS),
        ("R---....5---....", "R---5---R---5---", "R-------A-------"),
        {"even": 3, "swung": 2, "busy": 2},
        0.0,
        0.2,
        (21, 22, 19, 9),
        (32, 33),
    ),
}

#: Family -> melody rhythms of one bar; a note lasts until the next sign, a point ends it.
RHYTHMS: dict[str, tuple[str, ...]] = {
    "even": (
        "x---x---x---x---",
        "x---x-x-x---x---",
        "x-x-x---x-x-x---",
        "x---x---x-x-x-x-",
        "x-x-x-x-x---x---",
        "x-----x-x---x---",
        "x---x-x-x-x-x---",
        "....x---x---x---",
    ),
    "long": (
        "x-------x-------",
        "x-----------x---",
        "x-------x---x---",
        "x-----x-x-------",
        "x---x---x-------",
        "..x---x---------",
        "x-----------x-x-",
    ),
    "syncopated": (
        "x--x--x---x---x-",
        "x-----x---x-x---",
        "x-x--x----x-x---",
        "..x-x-x--x----x-",
        "x--x----x--x--x-",
        "....x-x--x--x---",
        "x--x--x-x--x--x-",
        "x---x--x--x-x---",
        "..x--x--x-x---..",
    ),
    "busy": (
        "x-xxx-x-x-xxx-x-",
        "x-x-x-x-x-x-x-x-",
        "xxx-x-x-xxx-x---",
        "x-x-xxx-x---x-x-",
        "x--xx-x-x-x-x-x-",
        "x-xxx-xxx---x---",
    ),
    "swung": (
        "x--xx--xx--xx---",
        "x---x--xx---x---",
        "x--xx---x--xx--x",
        "x------xx--xx---",
        "x--xx--xx-------",
    ),
}

#: Rhythms of the last bar of a phrase.
CADENCE_RHYTHMS = (
    "x---------------",
    "x-----------....",
    "x-x-x-------....",
    "x---x-------....",
    "x---x---x-------",
    "x-------x---....",
    "x--x--x-----....",
    "x-----x-----....",
)

#: Fills: class -> line, laid over the end of the last bar of a section.
FILLS: tuple[Groove, ...] = (
    {SNARE: "............x.xx"},
    {SNARE: "........x.xxx.xx"},
    {HIGH: "........xx......", MID: "..........xx....", LOW: "............x.x."},
    {SNARE: "........xx......", HIGH: "..........xx....", LOW: "............xxxx"},
    {SNARE: "............xxxx"},
    {HIGH: "............x...", MID: ".............x..", LOW: "..............xx"},
    {SNARE: "..........x..x..", KICK: "........x..x..x."},
    {SNARE: "x.x.x.x.xxxxxxxx"},
    {HIGH: "....x.x.........", MID: "........x.x.....", LOW: "............x.x."},
    {OPEN: "............x...", SNARE: "..............x."},
)

#: Progressions of four bars in scale degrees, major and minor; two degrees share a bar.
PROGRESSIONS: dict[str, tuple[str, ...]] = {
    "major": (
        "1 5 6 4", "1 6 4 5", "1 4 5 4", "6 4 1 5", "1 4 1 5", "1 3 4 5", "4 5 3 6", "1 1 4 5",
        "2 5 1 1", "1 6 2 5", "1 5 4 5", "1 2 4 1", "4 1 5 6", "1 56 4 5", "1 36 25 1", "14 15 6 5",
    ),
    "minor": (
        "1 6 3 7", "1 4 5 1", "1 7 6 5", "1 1 4 5", "1 4 7 3", "6 7 1 1", "1 3 7 4", "1 6 4 5",
        "1 7 1 5", "4 1 5 1", "1 34 6 5", "1 6 47 5",
    ),
}  # fmt: skip

#: Forms: i intro of four bars, letters sections of eight bars.
FORMS = (
    "iABAB",
    "iAABA",
    "iABABCB",
    "iAABABB",
    "AABBA",
    "iABACA",
    "iABABCAB",
    "AABB",
)
