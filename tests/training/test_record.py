from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest

from melonb.errors import MelonbError
from melonb.training import Result, environment


def test_a_result_comes_back_from_its_file(tmp_path: Path) -> None:
    result = Result(
        "mel-2bar-accuracy",
        "musicvae/mel-2bar",
        "accuracy, sampled",
        value=np.float32(0.5),
        interval=(np.float64(0.4), 0.6),
        rows=[{"t": np.int64(1), "cost": 0.25}],
    )
    path = result.save(tmp_path / "musicvae")
    assert path.name == "mel-2bar-accuracy.json"
    assert Result.load(path) == Result.load(path)
    assert Result.load(path).interval == (0.4, 0.6)
    assert Result.load(path).rows == ({"t": 1, "cost": 0.25},)


def test_a_stamp_fills_only_what_is_empty() -> None:
    stamped = Result("a", "m/n", "f", device="a lathe").stamp(preset="book", seed=4)
    assert stamped.device == "a lathe"
    assert stamped.preset == "book"
    assert stamped.commit
    assert stamped.date.startswith("20")


@pytest.mark.parametrize("text", ["", "[]", '{"name": "a"}', '{"name": "a", "colour": 1}'])
def test_a_file_that_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(MelonbError, match="not a result"):
        Result.load(tmp_path / "a.json")


def test_a_name_cannot_lead_out_of_the_folder() -> None:
    with pytest.raises(MelonbError):
        Result("../a", "m/n", "f")


def test_the_environment_says_what_a_run_depends_on() -> None:
    assert {"commit", "date", "device", "python", "versions"} <= environment().keys()


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("melonb.loopvq.report", "python -m melonb.loopvq.report --loops 3"),
        ("melonb.clsm.experiments.__main__", "python -m melonb.clsm.experiments --loops 3"),
        (None, "melonb --loops 3"),
        ("pytest.__main__", "melonb --loops 3"),
    ],
)
def test_a_command_is_written_as_one_would_type_it(
    monkeypatch: pytest.MonkeyPatch, module: str | None, said: str
) -> None:
    main = types.SimpleNamespace(__spec__=module and types.SimpleNamespace(name=module))
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(sys, "argv", ["/a/b/melonb", "--loops", "3"])
    assert Result("a", "m/n", "f").stamp().command == said
