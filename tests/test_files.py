"""Files are whole or absent: a full disk, a link, a device, a folder in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from melonb.errors import MelonbError
from melonb.files import append_line, read_json, read_lines, whole, write_bytes, write_json
from melonb.music import Melody

FULL = Path("/dev/full")


def write_half(path: Path, error: BaseException) -> None:
    with whole(path, "make room") as unfinished:
        unfinished.write_bytes(b"ha")
        raise error


def test_what_was_there_before_stays_where_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "tune.mid"
    write_bytes(path, b"before")
    with pytest.raises(MelonbError, match=r"tune\.mid: .* No space left; make room$"):
        write_half(path, OSError(28, "No space left"))
    with pytest.raises(KeyboardInterrupt):
        write_half(path, KeyboardInterrupt())
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["tune.mid"]


def test_folders_are_made_and_others_may_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "newer" / "facts.json"
    write_json(path, {"tune": "Å"})
    assert read_json(path) == {"tune": "Å"}
    assert "Å" in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "kept.mid", tmp_path / "link.mid"
    target.write_bytes(b"before")
    link.symlink_to(target)
    write_bytes(link, b"after")
    assert link.is_symlink()
    assert target.read_bytes() == b"after"


def test_a_folder_in_the_way_is_told(tmp_path: Path) -> None:
    with pytest.raises(MelonbError, match="could not be written: Is a directory"):
        write_bytes(tmp_path, b"")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MelonbError, match="could not be written"):
        write_bytes(tmp_path / "file" / "below", b"")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
def test_a_device_is_written_to_and_stays_one() -> None:
    write_bytes(Path(os.devnull), b"gone")
    with pytest.raises(MelonbError, match=r"/dev/full: could not be written: No space left"):
        write_bytes(FULL, b"much")
    with pytest.raises(MelonbError, match="No space left"):
        Melody([60, 128] * 8).to_midi(FULL)
    assert FULL.is_char_device()
    assert Path(os.devnull).is_char_device()


def test_a_line_cut_off_by_a_crash_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    append_line(path, {"step": 1})
    with path.open("a") as file:
        file.write('{"step": 2, "lo')
    assert read_lines(path) == [{"step": 1}]
    with pytest.raises(MelonbError, match="make room"):
        append_line(tmp_path, {"step": 2})
