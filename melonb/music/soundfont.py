"""A player of SoundFont 2 files in numpy, so that sound needs no system package.

Read are presets, instruments and samples with their tuning, loops and volume envelope; filters,
panning, modulators and effects are left out. The names follow the SoundFont 2.04 specification.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from melonb.errors import MusicError

__all__ = ["SoundFont"]

_RECORDS = {
    "phdr": [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("x", "V12")],
    "pbag": [("gen", "<u2"), ("mod", "<u2")],
    "pgen": [("oper", "<u2"), ("amount", "<i2")],
    "inst": [("name", "S20"), ("bag", "<u2")],
    "ibag": [("gen", "<u2"), ("mod", "<u2")],
    "igen": [("oper", "<u2"), ("amount", "<i2")],
    "shdr": [("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop", "<u4"), ("stop", "<u4"),
             ("rate", "<u4"), ("key", "u1"), ("cents", "i1"), ("link", "<u2"), ("kind", "<u2")],
}  # fmt: skip

# Generators by their number in the specification.
_ATTACK, _HOLD, _DECAY, _SUSTAIN, _RELEASE = 34, 35, 36, 37, 38
_INSTRUMENT, _KEYS, _VELOCITIES, _ATTENUATION = 41, 43, 44, 48
_SEMITONES, _CENTS, _SAMPLE, _LOOPED, _SCALE, _ROOT = 51, 52, 53, 54, 56, 58
_START, _END, _LOOP, _STOP = (0, 4), (1, 12), (2, 45), (3, 50)  # fine and coarse offsets
_DEFAULTS = {_ATTACK: -12000, _HOLD: -12000, _DECAY: -12000, _RELEASE: -12000, _SCALE: 100}

_FULL_RANGE = 127 << 8  # a low byte of 0, a high byte of 127
_VELOCITY = 80  # chooses among layers; loudness is the mixer's
_DRUM_BANK = 128
_LONGEST_RELEASE = 0.6  # seconds
_SILENT_DB = 100.0  # an envelope falls by this much in its decay or release time

Generators = dict[int, int]


@dataclass(frozen=True)
class _Region:
    """One sample as it sounds for some keys: where it lies, how it is tuned and shaped."""

    wave: NDArray[np.float32]
    loop: tuple[int, int] | None
    rate: int
    root: int
    cents: float
    scale: float
    attack: float
    hold: float
    decay: float
    sustain_db: float
    release: float
    gain: float


class SoundFont:
    """The instruments of a SoundFont file.

    Parameters
    ----------
    path
        A file in SoundFont 2 format, with 16-bit samples.

    Raises
    ------
    MusicError
        If it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        try:
            chunks = _chunks(path.read_bytes())
            self._samples = np.frombuffer(chunks["smpl"], dtype="<i2")
            self._tables = {
                name: np.frombuffer(chunks[name], dtype=np.dtype(fields))
                for name, fields in _RECORDS.items()
            }
        except (OSError, KeyError, ValueError) as error:
            raise MusicError(f"no SoundFont can be read: {error}", file=path) from None
        self.note = lru_cache(maxsize=1024)(self._note)

    def _note(
        self, program: int, is_drum: bool, pitch: int, seconds: float, rate: int
    ) -> NDArray[np.float32]:
        """Play one note, at full velocity, until it has rung out."""
        regions = self._regions(program, is_drum, pitch)
        sounds = [_play(region, pitch, seconds, rate) for region in regions]
        whole = np.zeros(max((len(sound) for sound in sounds), default=0), dtype=np.float32)
        for sound in sounds:
            whole[: len(sound)] += sound
        whole.setflags(write=False)
        return whole

    def _regions(self, program: int, is_drum: bool, pitch: int) -> list[_Region]:
        """Find the samples that sound for a key of a preset."""
        headers = self._tables["phdr"][:-1]
        banks = (_DRUM_BANK, 0) if is_drum else (0, program)
        match = (headers["bank"] == banks[0]) & (headers["program"] == banks[1])
        if not match.any():
            return []
        found = []
        for preset in self._zones("p", int(np.flatnonzero(match)[0]), _INSTRUMENT, pitch):
            for zone in self._zones("i", preset[_INSTRUMENT], _SAMPLE, pitch):
                found.append(self._region(_added(zone, preset)))
        return found

    def _zones(self, level: str, index: int, target: int, pitch: int) -> list[Generators]:
        """List the generators of each zone that a key falls in, with the global zone's below."""
        headers = self._tables["phdr" if level == "p" else "inst"]
        bags, generators = self._tables[f"{level}bag"], self._tables[f"{level}gen"]
        common: Generators = {}
        zones = []
        for bag in range(headers["bag"][index], headers["bag"][index + 1]):
            own = generators[bags["gen"][bag] : bags["gen"][bag + 1]]
            zone: Generators = dict(own.tolist())
            if target not in zone:
                common = zone
            elif _within({**common, **zone}, pitch):
                zones.append({**common, **zone})
        return zones

    def _region(self, zone: Generators) -> _Region:
        """Gather what the generators say of one sample."""
        header = self._tables["shdr"][zone[_SAMPLE]]

        def place(field: str, offsets: tuple[int, int]) -> int:
            return int(header[field]) + zone.get(offsets[0], 0) + zone.get(offsets[1], 0) * 32768

        start, end = place("start", _START), place("end", _END)
        loop = (place("loop", _LOOP) - start, place("stop", _STOP) - start)
        looped = zone.get(_LOOPED, 0) & 1 and 0 <= loop[0] < loop[1] < end - start

        def seconds(generator: int) -> float:
            return float(2.0 ** (zone.get(generator, _DEFAULTS[generator]) / 1200))

        return _Region(
            wave=self._samples[start:end].astype(np.float32) / np.float32(32768),
            loop=loop if looped else None,
            rate=int(header["rate"]),
            root=zone.get(_ROOT, -1) if zone.get(_ROOT, -1) >= 0 else int(header["key"]),
            cents=float(zone.get(_SEMITONES, 0) * 100 + zone.get(_CENTS, 0) + header["cents"]),
            scale=float(zone.get(_SCALE, _DEFAULTS[_SCALE])),
            attack=seconds(_ATTACK),
            hold=seconds(_HOLD),
            decay=seconds(_DECAY),
            sustain_db=min(zone.get(_SUSTAIN, 0) / 10, _SILENT_DB),
            release=min(seconds(_RELEASE), _LONGEST_RELEASE),
            gain=float(10 ** (-0.4 * zone.get(_ATTENUATION, 0) / 200)),
        )


def _chunks(data: bytes) -> dict[str, bytes]:
    """Walk the RIFF chunks of a file, lists included."""
    found: dict[str, bytes] = {}
    place, end = 12, len(data)
    while place + 8 <= end:
        name = data[place : place + 4].decode("latin-1")
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        if name == "LIST":
            place += 12
            continue
        found[name] = data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
    return found


def _within(zone: Generators, pitch: int) -> bool:
    """Say whether a zone sounds for a key (at the velocity that chooses among layers)."""
    spans = ((pitch, zone.get(_KEYS, _FULL_RANGE)), (_VELOCITY, zone.get(_VELOCITIES, _FULL_RANGE)))
    return all((span & 255) <= value <= (span >> 8 & 255) for value, span in spans)


def _added(zone: Generators, preset: Generators) -> Generators:
    """Add what a preset changes to an instrument's zone."""
    fixed = (_INSTRUMENT, _KEYS, _VELOCITIES)
    changes = {number: amount for number, amount in preset.items() if number not in fixed}
    sums = {
        number: zone.get(number, _DEFAULTS.get(number, 0)) + amount
        for number, amount in changes.items()
    }
    return {**zone, **sums}


def _play(region: _Region, pitch: int, seconds: float, rate: int) -> NDArray[np.float32]:
    """Play a sample at a pitch, for a time and its release."""
    semitones = (pitch - region.root) * region.scale / 100 + region.cents / 100
    speed = 2.0 ** (semitones / 12) * region.rate / rate
    place = np.arange(round((seconds + region.release) * rate)) * speed
    if region.loop is None:
        place = place[: int((len(region.wave) - 1) / speed)]
    else:
        begin, stop = region.loop
        place = np.where(place < stop, place, begin + (place - begin) % (stop - begin))
    before = place.astype(np.int64)
    share = (place - before).astype(np.float32)
    wave = region.wave[before] * (1 - share) + region.wave[before + 1] * share
    return wave * _envelope(region, np.arange(len(place)) / rate, seconds)


def _envelope(region: _Region, time: NDArray[np.float64], seconds: float) -> NDArray[np.float32]:
    """Shape loudness: rise in a line, hold, fall in decibels to the sustain level, then release."""
    since = np.maximum(time - region.attack - region.hold, 0.0)
    fallen = np.minimum(since / region.decay * _SILENT_DB, region.sustain_db)
    released = np.maximum(time - seconds, 0.0) / region.release * _SILENT_DB
    rise = np.minimum(time / region.attack, 1.0)
    return (region.gain * rise * 10 ** (-(fallen + released) / 20)).astype(np.float32)
