"""The paper's figures on a made-up corpus."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from melonb import ec2vae
from melonb.corpora.corpus import Corpus, from_songs
from melonb.corpora.song import Song, SongPart
from melonb.ec2vae.experiments import training_curve
from melonb.ec2vae.held_out import phrases
from melonb.ec2vae.instruments import EC2Instrument
from melonb.ec2vae.variations import listening_groups
from melonb.errors import CorpusError
from melonb.music import LeadSheet

Sheets = Callable[..., LeadSheet]


@pytest.mark.parametrize("model", ["2bar", "8bar-hierarchical"])
def test_measure(corpus: Corpus, model: str) -> None:
    net = ec2vae.build(model, "tiny")
    results = {
        result.name.removeprefix(f"{model}-"): result
        for result in ec2vae.measure(model, net, corpus, limit=4)
    }
    assert {
        "accuracy",
        "accuracy-rhythm",
        "accuracy-told",
        "accuracy-onsets",
        "transposition",
        "coherence-theme",
        "coherence-0.8",
        "form-1.3",
        "rhythm-kept-0.8",
    } <= set(results)
    lengths = dict.fromkeys(results, 2 if model == "2bar" else 8)
    lengths |= dict.fromkeys(("coherence-theme", "form-1.3"), 8)  # always of whole phrases
    for name in ("accuracy", "transposition", "coherence-theme", "form-1.3"):
        used = phrases(corpus, lengths[name], limit=4)
        assert results[name].data_hash == used.hash
        assert results[name].songs == len(set(used.songs))
    for name, result in results.items():
        assert result.model == f"ec2vae/{model}"
        assert result.data == "made-up"
        if name != "transposition":
            assert 0 <= result.interval[0] <= result.value <= result.interval[1] <= 1
    low, high = results["transposition"].interval
    assert 0 < low <= results["transposition"].value <= high
    assert [row["semitones"] for row in results["transposition"].rows] == list(range(1, 13))
    assert results["accuracy"].paper == (0.995 if "hier" in model else None)


def test_a_corpus_without_chords_is_measured_over_none(sheet: Sheets) -> None:
    tokens = sheet(0, 8).melody.tokens
    song = Song("a", "a", (SongPart("melody", tokens, program=0),), "made up", "none", "test")
    bare = from_songs("bare", [song])
    held_out = phrases(bare, 8)
    assert held_out.melody.shape == (1, 128)
    assert not held_out.chords.any()


def test_a_corpus_without_melodies_is_told() -> None:
    with pytest.raises(CorpusError, match="no 8 bars of melody"):
        phrases(from_songs("empty", []), 8)


def test_listening_groups(hierarchical: EC2Instrument, sheet: Sheets) -> None:
    two = ec2vae.instrument("2bar", ec2vae.build("2bar", "tiny"))
    groups = listening_groups(hierarchical, two, [sheet(1), sheet(2)])
    assert [set(group) for group in groups] == [{"human", "hierarchical", "2bar"}] * 2
    assert all(piece.bars == 8 for group in groups for piece in group.values())
    assert groups[0]["human"] == sheet(1)


def test_a_training_curve_keeps_the_validations() -> None:
    history = [{"step": 1, "loss": 2.0}, {"step": 5, "valid/accuracy": 0.5, "valid/rhythm": 0.6}]
    curve = training_curve("8bar-long", history)
    assert curve.rows == ({"step": 5, "accuracy": 0.5, "rhythm": 0.6},)
    assert curve.split == "valid"  # the songs that choose the checkpoint, not the test's
