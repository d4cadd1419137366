"""What the help of the command says of the models is so."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from typing import Any

import pytest

from melonb import __version__
from melonb.cli import main
from melonb.options import PLAYED
from melonb.weights.registry import find, names

_HEARING = ("with any model but clsm/arnn, arnn-t and judge", r"(?!clsm/(arnn|arnn-t|judge)$)")
#: What the help says of who can, and who that is.
ABLE = {
    "sample": ("with any model", ""),
    "reconstruct": _HEARING,
    "interpolate": _HEARING,
    "vary": _HEARING,
    "swap": ("with EC2-VAE", "ec2vae/"),
    "attribute": ("with MusicVAE", "musicvae/"),
    "infill": ("clsm/clsm, vae, arnn and arnn-t", "clsm/(clsm|vae|arnn|arnn-t)$"),
}


@pytest.fixture(scope="module")
def players() -> dict[str, Any]:
    models = {name: find(name) for name in names()}
    return {
        name: model.paper.instrument(model.short, model.paper.build(model.short, "tiny"))
        for name, model in models.items()
    }


@pytest.mark.parametrize("what", PLAYED)
def test_who_can_and_how_many_as_a_rule(what: str, players: dict[str, Any]) -> None:
    able = {name for name, player in players.items() if hasattr(player, what)}
    said, who = ABLE[what]
    _, words, _, about = PLAYED[what]
    assert said in about
    assert able == {name for name in players if re.match(who, name)}
    if "-n" in words:
        usual = {
            inspect.signature(getattr(players[name], what)).parameters["n"].default for name in able
        }
        assert words["-n"]["help"] == f"how many (default: {usual.pop()})"
        assert not usual


@pytest.mark.parametrize(
    "what", [*PLAYED, "train", "measure", "loops", "tables", "models", "data prepare", "data get"]
)
def test_every_option_has_a_word_of_help(what: str, capsys) -> None:
    with pytest.raises(SystemExit):
        main([*what.split(), "--help"])
    said = capsys.readouterr().out
    for option in re.findall(r"^  (-.*?)$", said, flags=re.MULTILINE):
        assert re.search(r"\S  +\S", option) or f"{option}\n    " in said, option


@pytest.mark.parametrize("number", ["-1e-1", "-.5", "-2E+1"])
def test_numbers_below_zero_are_numbers(number: str, capsys, tmp_path) -> None:
    words = ["attribute", "musicvae/mel-2bar", "none.mid", "--name", "density"]
    assert main([*words, "--amount", number, "--out", str(tmp_path / "o.mid")]) == 1
    assert "none.mid" in capsys.readouterr().err


def test_the_package_is_the_command() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "melonb", "--version"], capture_output=True, text=True, check=True
    )
    assert made.stdout.strip() == __version__
