"""The command's manners: what it prints where, its exit status, what it leaves on the disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from melonb import music
from melonb.cli import main
from melonb.music import Drums, Loop, Melody
from melonb.training.checkpoint import write_checkpoint
from melonb.weights.cards import card
from melonb.weights.registry import find

MELODY, DRUMS = "musicvae/mel-2bar", "musicvae/drums-2bar"


@pytest.fixture(autouse=True)
def _home(tmp_path_factory, monkeypatch) -> None:
    """One home for all, so that the folk tunes are built once."""
    shared = tmp_path_factory.getbasetemp() / "home"
    monkeypatch.setenv("MELONB_HOME", os.environ.get("MELONB_HOME", str(shared)))


@pytest.fixture
def weights(tmp_path: Path):
    def make(name: str = MELODY) -> str:
        torch.manual_seed(0)
        model = find(name)
        net = model.paper.build(model.short, "tiny")
        if hasattr(net, "attribute_vectors"):
            net.attribute_vectors.normal_()
        facts = {"model": name, "preset": "tiny", "recipe": {"size": {}, "data": ["folk"]}}
        write_checkpoint(tmp_path / "weights.safetensors", net.state_dict(), facts)
        return str(tmp_path / "weights.safetensors")

    return make


@pytest.fixture
def tune(tmp_path: Path) -> str:
    tokens = [60, 128, 62, 128, 64, 128, 65, 128, 67, 128, 128, 128, 72, 128, 128, 128] * 2
    Melody(tokens).to_midi(tmp_path / "tune.mid")
    return str(tmp_path / "tune.mid")


def answer(capsys, *words: str) -> dict:
    """Run a command with --json; standard output must hold that one object."""
    status = main([*words, "--json"])
    out, errors = capsys.readouterr()
    assert status == 0, errors
    return json.loads(out)


def refusal(capsys, *words: str, status: int = 1) -> str:
    """Run a command that must fail: nothing on standard output, one line on standard error."""
    try:
        given = main(list(words))
    except SystemExit as end:  # argparse prints its usage as well
        given = end.code
    out, errors = capsys.readouterr()
    assert given == status, errors
    assert out == ""
    assert "Traceback" not in errors
    return errors


def test_models_and_corpora_are_listed(capsys) -> None:
    models = answer(capsys, "models")["models"]
    assert {row["name"] for row in models} >= {MELODY, "ec2vae/8bar-hierarchical", "loopvq/vq"}
    assert all(row["parameters"]["paper"] > 0 for row in models)
    names = [row["name"] for row in answer(capsys, "data", "list")["corpora"]]
    assert "folk" in names
    assert main(["models"]) == 0
    assert MELODY in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["sing"],
        ["sample", MELODY],
        ["sample", MELODY, "-n", "0", "--out", "x"],
        ["sample", "musicvae/mel-3bar", "--out", "x"],
        ["vary", MELODY, "a.mid", "--amount", "nan", "--out", "x"],
        ["infill", "clsm/clsm", "a.mid", "--bars", "4-3", "--out", "x"],
        ["infill", "clsm/clsm", "a.mid", "--bars", "0-3", "--out", "x"],
        ["train", "musicvae/nothing"],
        ["train", MELODY, "--one-hour"],
        ["train", MELODY, "--seconds", "-5"],
        ["train", "all", "--run", "here"],
        ["train", "all", "--seconds", "9"],
        ["measure", MELODY, "--seed", "-1"],
        ["measure", MELODY, "--seed", "99999999999"],
    ],
)
def test_words_that_make_no_sense_are_2(capsys, words: list[str]) -> None:
    assert refusal(capsys, *words, status=2)


def test_a_model_that_cannot_do_it_says_so(capsys, weights, tune, tmp_path: Path) -> None:
    words = ["swap", MELODY, tune, tune, "--out", str(tmp_path / "o"), "--weights", weights()]
    assert "cannot swap" in refusal(capsys, *words, status=2)
    assert not (tmp_path / "o").exists()


def test_music_goes_in_and_comes_out(capsys, weights, tune, tmp_path: Path) -> None:
    given = ["--weights", weights()]
    out = tmp_path / "out"
    made = answer(capsys, "sample", MELODY, "-n", "3", "--seed", "1", "--out", str(out), *given)
    assert [Path(file).name for file in made["files"]] == [
        "sample-01.mid",
        "sample-02.mid",
        "sample-03.mid",
    ]
    assert all(Melody.from_midi(file).bars <= 2 for file in made["files"] if _notes(file))
    again = answer(
        capsys, "sample", MELODY, "-n", "3", "--seed", "1", "--out", str(tmp_path / "b"), *given
    )
    assert [Path(a).read_bytes() for a in made["files"]] == [
        Path(b).read_bytes() for b in again["files"]
    ]
    whole = answer(capsys, "reconstruct", MELODY, tune, "--out", str(out / "r.mid"), *given)
    assert whole["read"][tune]["kept"] == 12
    long = tmp_path / "long.mid"
    Melody([60, 128] * 24).to_midi(long)
    words = ["reconstruct", MELODY, str(long), "--out", str(out / "l.mid"), *given]
    assert "the first 2 of its 3 bars are read" in json.dumps(answer(capsys, *words))
    walk = answer(
        capsys, "interpolate", MELODY, tune, tune, "--steps", "5", "--out", str(out), *given
    )
    assert len(walk["files"]) == 5
    varied = answer(
        capsys, "vary", MELODY, tune, "--amount", "0.4", "-n", "2", "--out", str(out), *given
    )
    assert len(varied["files"]) == 2
    turned = ["--name", "density", "--amount", "-1.5", "--out", str(out / "t.mid"), *given]
    assert answer(capsys, "attribute", MELODY, tune, *turned)["files"] == [str(out / "t.mid")]
    assert not list(out.glob(".*"))


def _notes(file: str) -> int:
    import pretty_midi

    return sum(len(track.notes) for track in pretty_midi.PrettyMIDI(file).instruments)


def test_pitch_and_rhythm_are_swapped(capsys, weights, tune, tmp_path: Path) -> None:
    given = ["--out", str(tmp_path / "s"), "--weights", weights("ec2vae/2bar")]
    assert len(answer(capsys, "swap", "ec2vae/2bar", tune, tune, *given)["files"]) == 2


def test_a_phrase_is_varied_walked_and_swapped(capsys, weights, tune, tmp_path: Path) -> None:
    name, out = "ec2vae/8bar-hierarchical", tmp_path / "o"
    given = ["--out", str(out), "--weights", weights(name)]
    made = {
        "sample": ["sample", name, "-n", "2", "--temperature", "1", "--seed", "3"],
        "vary": ["vary", name, tune, "--amount", "0.8", "-n", "3"],
        "interpolate": ["interpolate", name, tune, tune, "--steps", "4"],
        "swap": ["swap", name, tune, tune],
    }
    for words in made.values():
        answer(capsys, *words, *given)
    written = {what: len(list(out.glob(f"{what}-*.mid"))) for what in made}
    assert written == {"sample": 2, "vary": 3, "interpolate": 4, "swap": 2}
    one = [tune, "--out", str(tmp_path / "r.mid"), *given[2:]]
    assert answer(capsys, "reconstruct", name, *one)["files"] == [str(tmp_path / "r.mid")]
    turn = ["attribute", name, tune, "--name", "density", "--amount", "1", *given]
    assert "cannot attribute" in refusal(capsys, *turn, status=2)


@pytest.mark.parametrize(
    "name", ["clsm/clsm", "clsm/vae", "loopvq/vq", "loopvq/prior", "loopvq/lstm"]
)
def test_phrases_and_loops_are_played_and_measured(
    capsys, weights, tmp_path: Path, name: str
) -> None:
    songs = tmp_path / "songs"
    songs.mkdir()
    beat = [1 | 128, 0, 4, 0, 2, 0, 4, 0, 1, 0, 4, 0, 2, 0, 4, 0]
    for number in range(3):
        line = [60 + number, 128, 64, 128, 62, 128, 67, 128] * 16
        bass = [36 + number, *[128] * 7, 43, *[128] * 7] * 8
        loop = Loop.from_parts(music.Bass(bass), Drums(beat * 8))
        (loop if name.startswith("loopvq") else Melody(line)).to_midi(songs / f"{number}.mid")
    a, b = (str(songs / f"{number}.mid") for number in (0, 1))
    given = ["--weights", weights(name)]
    for words, files in (
        (["sample", name, "-n", "2"], 2),
        (["reconstruct", name, a], 1),
        (["interpolate", name, a, b, "--steps", "3"], 3),
        (["vary", name, a, "--amount", "0.5", "-n", "2"], 2),
    ):
        out = tmp_path / ("one.mid" if files == 1 else words[0])
        assert len(answer(capsys, *words, "--out", str(out), *given)["files"]) == files
    measured = answer(capsys, "measure", name, "--midi", str(songs), "--limit", "4", *given)
    assert measured["figures"]
    assert "cannot swap" in refusal(
        capsys, "swap", name, a, b, "--out", str(tmp_path / "no"), *given, status=2
    )


def test_training_ends_with_what_it_gave(capsys, tmp_path: Path) -> None:
    words = ["train", MELODY, "--preset", "tiny", "--data", "folk", "--steps", "2"]
    assert main([*words, "--run", str(tmp_path / "run")]) == 0
    said = capsys.readouterr().out
    assert f"{tmp_path / 'run'}: at its end after 2 steps on folk, " in said
    assert "best so far: accuracy 0." in said


def test_bars_are_filled(capsys, weights, tune, tmp_path: Path) -> None:
    given = ["--out", str(tmp_path / "i"), "--weights", weights("clsm/clsm")]
    made = answer(capsys, "infill", "clsm/clsm", tune, "--bars", "2", "-n", "2", *given)
    assert len(made["files"]) == 2
    assert made["accounts"][tune].startswith("bar 2 is what changes; ")


@pytest.mark.parametrize("content", [b"", b"MThd", b"hello, I am text", bytes(64)])
def test_a_broken_file_is_one_line_and_leaves_nothing(
    capsys, weights, tmp_path: Path, content: bytes
) -> None:
    broken = tmp_path / "broken.mid"
    broken.write_bytes(content)
    out, given = str(tmp_path / "out"), ["--weights", weights()]
    for words in (
        ["reconstruct", MELODY, str(broken), "--out", out, *given],
        ["vary", MELODY, str(broken), "--amount", "1", "--out", out, *given],
        ["loops", str(broken), "--out", out],
        ["reconstruct", MELODY, str(tmp_path / "absent.mid"), "--out", out, *given],
    ):
        message = refusal(capsys, *words)
        assert message.startswith("melonb: ")
        assert len(message.splitlines()) == 1
    assert not Path(out).exists()


def test_loops_are_found_or_refused_with_reasons(capsys, tmp_path: Path) -> None:
    bar = [0] * 16
    bar[0], bar[4], bar[8], bar[12] = 1 | 128, 2, 1, 2
    line = ([36] + [128] * 7 + [43] + [128] * 7) * 8
    loop = Loop.from_parts(music.Bass(line), Drums(bar * 8))
    loop.to_midi(tmp_path / "loop.mid")
    found = answer(capsys, "loops", str(tmp_path / "loop.mid"), "--out", str(tmp_path / "l"))
    assert len(found["files"]) == 1
    Loop.from_parts(music.Bass(line), Drums([2] * 128)).to_midi(tmp_path / "none.mid")
    none = answer(capsys, "loops", str(tmp_path / "none.mid"), "--out", str(tmp_path / "n"))
    assert none["files"] == []
    assert "no kick" in none["refused"][0]
    assert not (tmp_path / "n").exists()


def test_a_model_is_trained_resumed_and_measured(capsys, tmp_path: Path) -> None:
    run = ["--run", str(tmp_path / "run")]
    words = ["train", MELODY, "--preset", "tiny", "--data", "folk", "--seed", "3", *run]
    first = answer(capsys, *words, "--steps", "4")
    assert (first["steps"], first["stopped"]) == (4, "steps")
    assert "holds a run already" in refusal(capsys, *words)
    more = answer(capsys, "train", MELODY, "--steps", "6", "--resume", *run)
    assert (more["steps"], more["preset"]) == (6, "tiny")
    where = ["--weights", str(tmp_path / "run"), "--limit", "32"]
    measured = answer(capsys, "measure", MELODY, *where)
    assert measured["data"] == "folk"
    assert measured["figures"]
    assert all(result["commit"] and result["budget"]["steps"] for result in measured["results"])


def test_bundled_weights_and_ended_runs_are_trained_further(capsys, tmp_path: Path) -> None:
    run = ["--run", str(tmp_path / "run")]
    words = ["train", MELODY, "--data", "folk", "--batch-size", "4", "--more"]
    bundled = card(MELODY)
    first = answer(capsys, *words, "2", *run)
    assert (first["steps"], first["stopped"]) == (bundled["steps"] + 2, "steps")
    made = json.loads((tmp_path / "run" / "card.json").read_text())
    assert bundled["sha256"][:16] in made["origin"]
    assert made["best"]["step"] == bundled["steps"] + 2  # scores on other songs do not count
    second = answer(capsys, *words, "1", "--peak", "1e-4", *run)
    assert second["steps"] == bundled["steps"] + 3
    rate = json.loads((tmp_path / "run" / "recipe.json").read_text())["learning_rate"]
    assert rate["steps"][-2:] == [2, 1]
    assert sum(rate["steps"]) == bundled["steps"] + 3
    assert rate["start"][-1] == 1e-4 != rate["start"][-2]
    assert json.loads((tmp_path / "run" / "card.json").read_text())["origin"] == made["origin"]
    said = refusal(capsys, *words, "1", "--steps", "5", status=2)
    assert "--more how many more" in said
    assert "give --more N" in refusal(capsys, "train", MELODY, "--peak", "1e-4", status=2)
    paper = ["train", MELODY, "--preset", "paper", "--more", "1", "--run", str(tmp_path / "none")]
    assert "no paper weights" in refusal(capsys, *paper)
    assert "goes with a single model" in refusal(capsys, "train", "all", "--more", "1", status=2)


def test_a_folder_is_measured_as_it_lies(capsys, weights, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("MELONB_HOME", str(tmp_path / "empty"))
    folder = tmp_path / "songs"
    folder.mkdir()
    for number in range(3):
        tokens = [60 + number, 128, 62, 128, 64, 128, 65 + number, 128] * 8
        Melody(tokens).to_midi(folder / f"{number}.mid")
    (folder / "broken.mid").write_bytes(b"MThd")
    measured = answer(capsys, "measure", MELODY, "--weights", weights(), "--midi", str(folder))
    assert measured["figures"]
    assert not (tmp_path / "empty" / "corpora").exists()
    both = ["measure", MELODY, "--weights", weights(), "--midi", str(folder), "--data", "folk"]
    assert "one of the two" in refusal(capsys, *both, status=2)
    absent = ["measure", MELODY, "--weights", weights(), "--midi", str(tmp_path / "absent")]
    assert "no folder" in refusal(capsys, *absent)


def test_tables_are_of_the_folder_that_is_named(capsys, tmp_path: Path) -> None:
    said = refusal(capsys, "tables", "--check", "--root", str(tmp_path))
    assert "is not the project's folder" in said


def test_ctrl_c_ends_training_tidily(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "melonb.cli", "train", MELODY, "--preset", "tiny"]
    run = ["--data", "folk", "--steps", "100000", "--run", str(tmp_path / "run")]
    process = subprocess.Popen([*command, *run], stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "run" / "last.safetensors").exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    assert "--resume goes on" in errors
    assert "Traceback" not in errors
    assert main(["train", MELODY, "--resume", "--steps", "1", "--run", str(tmp_path / "run")]) == 0
