"""The built pages in a real browser: nothing breaks, nothing leaves the house, it fits a phone."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
PAGES = sorted(
    str(path.relative_to(HTML))
    for path in HTML.rglob("*.html")
    if "_static" not in path.parts
    and path.name not in {"index.html", "search.html", "genindex.html"}
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not PAGES, reason="the book is not built: make book"),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


@pytest.mark.parametrize("page_name", PAGES)
def test_page(page_name: str, site: str, browser: sync_api.Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    foreign: list[str] = []
    complaints: list[str] = []
    page.on(
        "request",
        lambda r: None if r.url.startswith((site, "data:", "blob:")) else foreign.append(r.url),
    )
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    try:
        page.goto(f"{site}/{page_name}", wait_until="load")
        page.wait_for_timeout(300)
        wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        silent = page.evaluate(
            "[...document.querySelectorAll('article img')]"
            ".filter(i => !i.alt || i.alt.startsWith('../')).length"
        )
        empty = page.evaluate(
            "[...document.querySelectorAll('*')].filter(e => e.localName.startsWith('melonb-')"
            " && (!customElements.get(e.localName) || !e.getBoundingClientRect().height)"
            " && !e.closest('details:not([open]), .toggle-hidden, .toggle-details')).length"
        )
    finally:
        page.close()
    assert foreign == [], "the page asks strangers"
    assert complaints == [], "the console complains"
    assert wide <= 0, f"{wide} pixels too wide for a phone"
    assert silent == 0, f"{silent} pictures without alt text"
    assert empty == 0, f"{empty} elements that did not come to life"


def test_no_page_is_heavy() -> None:
    limit = 3_000_000
    assert [name for name in PAGES if (HTML / name).stat().st_size > limit] == []
