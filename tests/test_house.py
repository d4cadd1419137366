"""The house stands: floors are cheap to import, and the lists of what is needed agree."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import tomllib
import yaml

from melonb.errors import MelonbError, MidiError

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_import_melonb_loads_neither_torch_nor_music21() -> None:
    code = (
        "import sys, melonb; print([m for m in ('torch', 'music21', 'numpy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_environment_yml_agrees_with_pyproject() -> None:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"][-1]["pip"]
    extras = PROJECT["optional-dependencies"]
    wanted = {*PROJECT["dependencies"], *extras["book"], *extras["dev"], "-e ."}
    assert set(listed) == wanted


def test_pyproject_states_lower_bounds_only() -> None:
    extras = PROJECT["optional-dependencies"]
    every = [*PROJECT["dependencies"], *(line for lines in extras.values() for line in lines)]
    pinned = [line for line in every if "==" in line or "<=" in line]
    assert pinned == []
    assert all(">=" in line for line in every)


def test_constraints_pin_what_pyproject_needs() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = {line.split("==")[0].lower().replace("_", "-") for line in lines if "==" in line}
    names = {
        line.split(">=")[0].split("[")[0].strip().lower().replace("_", "-")
        for line in [
            *PROJECT["dependencies"],
            *PROJECT["optional-dependencies"]["book"],
            *PROJECT["optional-dependencies"]["dev"],
        ]
    }
    assert names - pins == set()


def test_version_is_stated_once_and_the_same_everywhere() -> None:
    import melonb

    assert PROJECT["version"] == melonb.__version__
    assert f"## {melonb.__version__}" in (ROOT / "CHANGELOG.md").read_text()
    assert f"version: {melonb.__version__}" in (ROOT / "CITATION.cff").read_text()


def test_an_error_names_file_bar_and_remedy_and_survives_a_process_border() -> None:
    import pickle

    error = MidiError("it is empty", file="a.mid", bar=3, remedy="export it again")
    assert str(error) == "a.mid, bar 3: it is empty; export it again"
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, MidiError)
    assert str(again) == str(error)


@pytest.mark.parametrize(
    "package", ["", ".training", ".weights", ".musicvae", ".ec2vae", ".clsm", ".loopvq"]
)
def test_every_door_opens_on_what_stands_behind_it(package: str) -> None:
    module = importlib.import_module(f"melonb{package}")
    things = {name: getattr(module, name) for name in dir(module)}
    assert set(module.__all__) <= set(things)
    assert all(thing.__doc__ for thing in things.values())


def test_an_unknown_name_is_an_attribute_error() -> None:
    import melonb

    with pytest.raises(AttributeError, match="no attribute 'melody'"):
        _ = melonb.melody
    assert issubclass(melonb.MelonbError, MelonbError)
