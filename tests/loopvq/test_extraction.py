from __future__ import annotations

from pathlib import Path

import numpy as np
import pretty_midi
import pytest

from melonb.loopvq.extraction import FIRST_CELLS, HAMMING, Reason, extract, judge
from melonb.measures.loops import loop_metrics
from melonb.music.grid import HOLD, REST
from tests.loopvq.conftest import CRASH, HAT, KICK, make_parts

REASONS = tuple(Reason)


def reason_of(bass: np.ndarray, drums: np.ndarray) -> Reason:
    _, reasons, _ = judge(bass, drums)
    return REASONS[reasons[0]]


def test_a_loop_is_found() -> None:
    assert reason_of(*make_parts(0)) is Reason.NONE


def test_each_rule_refuses_with_its_reason() -> None:
    bass, drums = make_parts(0)
    without = drums.copy()
    without[0] &= ~KICK
    assert reason_of(bass, without) is Reason.NO_KICK
    without = drums.copy()
    without[0] &= ~CRASH
    assert reason_of(bass, without) is Reason.NO_CRASH
    for first in (REST, HOLD, 23, 108):  # silent, held over, below C1, above B7
        other = bass.copy()
        other[0] = first
        assert reason_of(other, drums) is Reason.NO_BASS
    changed = drums.copy()
    changed[64:67] ^= 8
    assert reason_of(bass, changed) is Reason.NOT_REPEATED


def test_two_cells_may_differ_and_three_may_not() -> None:
    assert 2 / FIRST_CELLS < HAMMING < 3 / FIRST_CELLS
    bass, drums = make_parts(0)
    drums[64:66] ^= 8
    assert reason_of(bass, drums) is Reason.NONE
    drums[66] ^= 8
    assert reason_of(bass, drums) is Reason.NOT_REPEATED


def test_distance_counts_cells_as_the_measure_does() -> None:
    bass, drums = make_parts(1)
    bass[64] += 1  # another pitch at one step and while it is held: two cells each
    drums[70] ^= HAT
    _, _, distances = judge(bass, drums)
    assert distances[0] == pytest.approx(5 / FIRST_CELLS, abs=1e-12)


def test_stride_and_short_songs() -> None:
    bass, drums = make_parts(0, bars=24)
    assert judge(bass, drums)[0].tolist() == list(range(17))
    assert judge(bass, drums, stride=8)[0].tolist() == [0, 8, 16]
    assert len(judge(bass[:112], drums[:112])[0]) == 0


@pytest.fixture
def song() -> pretty_midi.PrettyMIDI:
    """Ten bars at 120: kick, crash and bass on every bar; bars 3 and 7 differ."""
    midi = pretty_midi.PrettyMIDI(initial_tempo=120)
    midi.time_signature_changes.append(pretty_midi.TimeSignature(4, 4, 0))
    bass, drums = pretty_midi.Instrument(33), pretty_midi.Instrument(0, is_drum=True)
    for bar in range(10):
        at = 2.0 * bar
        bass.notes.append(pretty_midi.Note(80, 36, at, at + 1))
        bass.notes.append(pretty_midi.Note(80, 48, at, at + 1))  # only the lower one stays
        for pitch in (36, 49):
            drums.notes.append(pretty_midi.Note(100, pitch, at, at + 0.1))
        for beat in range(bar * (bar == 6)):
            drums.notes.append(pretty_midi.Note(100, 42, at + 0.25 * beat, at + 0.25 * beat + 0.1))
    midi.instruments += [bass, drums]
    return midi


def test_a_file_gives_loops_and_refusals(song: pretty_midi.PrettyMIDI, tmp_path: Path) -> None:
    song.write(str(tmp_path / "song.mid"))
    found = extract(tmp_path / "song.mid")
    assert [each.bar for each in found.loops] == [1, 2]
    assert [(each.bar, each.reason) for each in found.refusals] == [(3, Reason.NOT_REPEATED)]
    assert "bar 3: first and fifth bar differ in 6 cells" in str(found.refusals[0])
    measured = loop_metrics(np.stack([each.loop.roll for each in found.loops]))
    assert (measured.hd, measured.fnd, measured.fnb, measured.db) == (0, 1, 1, 0)
    assert found.loops[0].loop.bass().tokens[0] == 36


def test_what_reading_a_song_lost_is_told(song: pretty_midi.PrettyMIDI) -> None:
    losses = extract(song).losses
    assert (losses["bass"].notes, losses["bass"].kept, losses["bass"].dropped) == (20, 10, 10)
    assert losses["bass"].reasons == {"another voice": 10}
    assert losses["drums"].notes == losses["drums"].kept == 26


def test_songs_that_cannot_hold_a_loop_say_so(song: pretty_midi.PrettyMIDI) -> None:
    song.instruments[0].program = 0
    assert "no bass" in extract(song).rejected
    song.instruments[0].program = 33
    song.time_signature_changes[0] = pretty_midi.TimeSignature(3, 4, 0)
    assert "4/4" in extract(song).rejected
    assert extract(b"not a midi file").rejected
    song.time_signature_changes.clear()
    for each in song.instruments:
        each.notes = [note for note in each.notes if note.start < 10]
    assert "shorter" in extract(song).rejected
