"""Fetching: from a home on this computer that sometimes hangs up."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import shutil
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from melonb import corpora
from melonb.corpora import registry
from melonb.corpora.archive import unpack
from melonb.corpora.fetching import MIRROR
from melonb.corpora.home import downloads
from melonb.errors import CorpusError

CONTENT = bytes(range(256)) * 2000


class Home(BaseHTTPRequestHandler):
    """Serves one file with ranges; cuts the first answer short when told to."""

    cut = False
    asked: list[str | None]

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.asked.append(wanted)
        first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(CONTENT) - first))
        self.end_headers()
        body = CONTENT[first:]
        if type(self).cut:
            type(self).cut = False
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[type[Home]]:
    handler = type("OneHome", (Home,), {"cut": False, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv(MIRROR, f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    right = hashlib.sha256(CONTENT).hexdigest()
    known = dataclasses.replace(registry.entry("groove"), sha256=right)
    monkeypatch.setattr(registry, "_ENTRIES", (known,))
    yield handler
    server.shutdown()
    server.server_close()


def test_an_archive_is_fetched_once(mirror: type[Home]) -> None:
    path = corpora.get("groove")
    assert path.read_bytes() == CONTENT
    assert corpora.get("groove") == path
    assert mirror.asked == [None]
    assert not list(downloads().glob("*.part"))


def test_a_cut_download_goes_on(mirror: type[Home]) -> None:
    mirror.cut = True
    with pytest.raises(CorpusError, match="--from"):
        corpora.get("groove")
    assert corpora.get("groove").read_bytes() == CONTENT
    assert mirror.asked[0] is None
    assert 0 < int(str(mirror.asked[1])[6:-1]) <= len(CONTENT) // 2


def test_a_wrong_checksum_is_not_trusted(
    mirror: type[Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = dataclasses.replace(registry.entry("groove"), sha256="0" * 64)
    monkeypatch.setattr(registry, "_ENTRIES", (wrong,))
    with pytest.raises(CorpusError, match="cannot be fetched"):
        corpora.get("groove")
    assert not list(downloads().glob("*.zip"))
    assert not list(downloads().glob("*.part"))
    assert mirror.asked == [None]


def test_a_local_copy_needs_no_home(tmp_path: Path) -> None:
    assert corpora.get("groove", tmp_path) == tmp_path
    with pytest.raises(CorpusError, match="no such file"):
        corpora.get("groove", tmp_path / "nothing.zip")


def test_files_that_lead_out_of_the_folder_stay_packed(tmp_path: Path) -> None:
    archive = tmp_path / "songs.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a/good.mid", "good")
        packed.writestr("a/notes.txt", "not wanted")
        packed.writestr("../evil.mid", "evil")
        packed.writestr("/evil.mid", "evil")
    root = unpack(archive, tmp_path / "in" / "unpacked", (".mid",))
    assert [p.name for p in root.rglob("*") if p.is_file()] == ["good.mid"]
    assert not (tmp_path / "in" / "evil.mid").exists()


def test_an_archive_is_unpacked_once(tmp_path: Path) -> None:
    archive, target = tmp_path / "songs.zip", tmp_path / "unpacked"
    _write_zip(archive, "one")
    first = unpack(archive, target, (".mid",)) / "song.mid"
    stamp = first.stat().st_mtime_ns
    assert unpack(archive, target, (".mid",)) == target
    assert first.stat().st_mtime_ns == stamp
    _write_zip(archive, "another")
    unpack(archive, target, (".mid",))
    assert first.read_text() == "another"


def test_a_broken_archive_leaves_nothing(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("song.mid", "x" * 1000)
    for content in (b"no archive", buffer.getvalue()[:300], b""):
        archive = tmp_path / "songs.zip"
        archive.write_bytes(content)
        with pytest.raises(CorpusError, match="cannot be unpacked"):
            unpack(archive, tmp_path / "in" / "unpacked", (".mid",))
        assert not list((tmp_path / "in").iterdir())


def test_damaged_data_is_not_taken_for_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, target = tmp_path / "songs.zip", tmp_path / "in" / "unpacked"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("song.mid", "a song " * 1000)
    content = bytearray(archive.read_bytes())
    content[40:50] = b"\xff" * 10  # behind the entry's header
    archive.write_bytes(content)
    with pytest.raises(CorpusError, match=r"songs.zip.*remove the file, then fetch it again"):
        unpack(archive, target, (".mid",))
    assert not list((tmp_path / "in").iterdir())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    _write_zip(archive, "whole again")
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(CorpusError, match=r"No space left.*make room"):
        unpack(archive, target, (".mid",))
    assert not list((tmp_path / "in").iterdir())


def _write_zip(path: Path, text: str) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("song.mid", text)
