"""The built pages in a real browser: nothing breaks, nothing leaves the house, it fits a phone."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

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

EQUATION = re.compile(r'id="equation-([\w-]+)">\s*<span class="eqno">\((\d+)\)')

# How far the page jumped under its reader while it was loading (the web's "layout shift").
JUMPS = """window.jumped = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.jumped += one.value;
}).observe({ type: "layout-shift", buffered: true });"""


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


def test_equations_have_the_numbers_of_their_papers() -> None:
    shown = {
        label: number
        for name in PAGES
        for label, number in EQUATION.findall((HTML / name).read_text())
    }
    papers = {label: number for label, number in shown.items() if label[-1].isdigit()}
    assert len(papers) > 20
    assert [label for label, number in papers.items() if not label.endswith(f"-{number}")] == []


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
    page.add_init_script(JUMPS)
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
        small = page.evaluate(
            "[...document.querySelectorAll('article .melonb-figure img')]"
            ".filter(i => i.width && i.width < 0.6 * i.getAttribute('width')).length"
        )
        jumped = page.evaluate("window.jumped")
    finally:
        page.close()
    assert foreign == [], "the page asks strangers"
    assert complaints == [], "the console complains"
    assert wide <= 0, f"{wide} pixels too wide for a phone"
    assert silent == 0, f"{silent} pictures without alt text"
    assert empty == 0, f"{empty} elements that did not come to life"
    assert small == 0, f"{small} figures too small for their words"
    assert jumped < 0.25, f"the page jumps while it loads ({jumped:.2f})"


def test_no_page_is_heavy() -> None:
    limit = 3_000_000
    assert [name for name in PAGES if (HTML / name).stat().st_size > limit] == []


class _Places(HTMLParser):
    """Where a page can be entered, and where it leads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.entries: set[str] = set()
        self.links: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.entries.add(found.get("id") or "")
        self.links += [found[name] or "" for name in ("href", "src") if name in found]


def test_every_link_inside_the_book_leads_somewhere() -> None:
    pages = {HTML / name: _Places(HTML / name) for name in [*PAGES, "genindex.html", "search.html"]}
    lost = []
    for path, places in pages.items():
        for link in places.links:
            where, entry = urldefrag(link)
            if urlsplit(link).scheme or link.startswith("//"):
                continue
            target = (path.parent / unquote(urlsplit(where).path)).resolve() if where else path
            known = pages[target].entries if target in pages and entry else {unquote(entry)}
            if not target.exists() or unquote(entry) not in known:
                lost.append(f"{path.relative_to(HTML)}: {link}")
    assert lost == []
