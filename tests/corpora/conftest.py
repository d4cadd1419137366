"""A home of its own for every test, so that none touches the reader's."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home."""
    place = tmp_path / "home"
    monkeypatch.setenv("MELONB_HOME", str(place))
    return place
