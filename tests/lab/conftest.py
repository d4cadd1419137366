"""A small page of the lab's own HTML, served from this machine to a real browser."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

STATIC = Path(__file__).resolve().parents[2] / "melonb" / "lab" / "static"
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
HEAD = """<!doctype html>
<html lang="en" data-theme="{theme}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>A page of the lab</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/static/melonb.css">
<script type="module" src="/static/melonb.js"></script>
<style>[data-theme="dark"] body {{ background: #121212; color: #eee; }}
[data-theme="dark"] body a {{ color: #6cb8ec; }}</style>
</head><body><main><h1>A page of the lab</h1>{body}</main></body></html>"""


def melody(notes: list[list[int]] | None = None, steps: int = 32) -> dict[str, Any]:
    """Roll JSON of one melody."""
    given = [[0, 4, 60], [4, 4, 64], [8, 8, 67], [16, 16, 72]] if notes is None else notes
    track = {"name": "melody", "kind": "pitch", "program": 0, "notes": given}
    return {"steps": steps, "qpm": 120, "tracks": [track], "chords": []}


def trio() -> dict[str, Any]:
    """Roll JSON of melody, bass, drums and chords."""
    song = melody()
    bass = {"name": "bass", "kind": "pitch", "program": 33, "notes": [[0, 8, 36], [16, 8, 43]]}
    hits = [[step, 1, 2] for step in range(0, 32, 2)] + [[0, 1, 0], [8, 1, 1], [16, 1, 0]]
    drums = {"name": "drums", "kind": "drums", "program": 0, "notes": sorted(hits)}
    chords = [[0, 16, "C", [0, 4, 7]], [16, 16, "G7", [7, 11, 2, 5]]]
    return {**song, "tracks": [*song["tracks"], bass, drums], "chords": chords}


def complaints(page: Any) -> list[tuple[str, str]]:
    """Let axe look at a page; each rule that is broken, and where."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    rules = ["wcag2a", "wcag2aa", "wcag21aa"]
    found = axe.Axe().run(page, options={"runOnly": rules}).response["violations"]
    return [(one["id"], node["html"][:160]) for one in found for node in one["nodes"]]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "static").symlink_to(STATIC)
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(site: tuple[str, Path], browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a page of given HTML; at the end nothing may have complained or asked strangers."""
    address, folder = site
    troubles: list[str] = []
    pages: list[Any] = []

    def opened(body: str, width: int = 900, theme: str = "light", whole: str | None = None) -> Any:
        name = f"page-{threading.get_ident()}-{len(list(folder.iterdir()))}.html"
        text = HEAD.format(theme=theme, body=body) if whole is None else whole
        (folder / name).write_text(text, encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        allowed = (address, "data:", "blob:")
        page.on(
            "request",
            lambda r: None if r.url.startswith(allowed) else troubles.append(f"asked {r.url}"),
        )
        page.goto(f"{address}/{name}", wait_until="load")
        page.wait_for_timeout(100)
        pages.append(page)
        return page

    yield opened
    for page in pages:
        page.close()
    assert troubles == []
