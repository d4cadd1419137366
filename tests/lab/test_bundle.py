from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from melonb.lab.bundle import bundle, stylesheet

from .conftest import STATIC

MODULES = sorted(STATIC.rglob("*.js"))


def test_the_bundle_holds_every_module() -> None:
    text = bundle()
    missing = [path for path in MODULES if f'modules["{path.relative_to(STATIC)}"]' not in text]
    assert missing == []
    assert not re.search(r"^(import|export) ", text, re.MULTILINE)


def test_the_bundle_is_sound_javascript(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    file = tmp_path / "bundle.js"
    file.write_text(bundle())
    subprocess.run([node, "--check", str(file)], check=True)


def test_nothing_is_loaded_from_elsewhere() -> None:
    addresses = re.findall(r"https?://[^\s\"')]+", bundle() + stylesheet())
    assert set(addresses) == {"http://www.w3.org/2000/svg"}


def test_modules_are_small_and_say_what_they_are_for() -> None:
    for path in MODULES:
        lines = path.read_text().splitlines()
        assert lines[0].startswith("// "), path
        assert len(lines) < 300, path
        assert max(map(len, lines)) <= 115, path


def test_the_bundle_is_light() -> None:
    assert len(bundle()) + len(stylesheet()) < 130_000
