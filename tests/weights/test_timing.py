from __future__ import annotations

from pathlib import Path

import pytest

from melonb.training import Result
from melonb.weights import timing
from melonb.weights.cards import bundled_file
from melonb.weights.registry import names
from melonb.weights.tables import project

MODEL = "loopvq/vq"


def test_each_bundled_model_is_loaded_and_weighed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(timing, "names", lambda: [MODEL])
    result = timing.loading().stamp(preset="book")
    (row,) = result.rows
    assert row["model"] == MODEL
    assert row["bytes"] == bundled_file(MODEL).stat().st_size
    assert 0 < row["milliseconds"] == result.value

    assert "not been measured" in timing.note(tmp_path)
    result.save(tmp_path / "results" / "weights")
    assert timing.note(tmp_path).startswith("1 bundled models, 0.")


def test_the_stored_times_are_of_what_is_bundled() -> None:
    stored = Result.load(project() / "results" / "weights" / "loading.json")
    sizes = {row["model"]: row["bytes"] for row in stored.rows}
    files = {name: bundled_file(name) for name in names()}
    assert sizes == {name: file.stat().st_size for name, file in files.items() if file.exists()}
