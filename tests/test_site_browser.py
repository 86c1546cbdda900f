"""The built documentation in a real browser: `make docs-test` builds and visits it."""

import functools
import http.server
import shutil
import threading
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest

SITE = Path(__file__).parent.parent / "site"
PAGES = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
# What a page holds: the addresses of its links, its anchors, and pictures not shown.
FACTS = """() => ({
  links: [...document.querySelectorAll("a[href]")].map(a => a.href),
  anchors: [...document.querySelectorAll("[id], a[name]")].map(e => e.id || e.name),
  missing: [...document.images].filter(i => !i.naturalWidth).map(i => i.src),
  formulas: [...document.querySelectorAll(".arithmatex")].map(e => e.textContent),
  overflow: document.documentElement.scrollWidth - innerWidth,
  wide: [...document.querySelectorAll("main *")].filter(e => {
    const box = e.getBoundingClientRect();
    const scrolls = e.closest("pre, .md-typeset__scrollwrap, .formula, .highlight");
    return box.width && box.right > innerWidth + 1 && !scrolls;
  }).map(e => e.outerHTML.slice(0, 80)),
})"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address():
    """Where the built site is served."""
    if not PAGES:
        pytest.fail("There is no built site. Run `make docs` first.")
    handler = functools.partial(Silent, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Silent(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each request."""

    def log_message(self, *arguments):
        """Prints nothing."""


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.fail(
            f"There is no browser. Looked for: {', '.join(BROWSERS)}. Install one, for "
            "example with `apt-get install chromium`."
        )
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def visited(browser, address):
    """What each page holds, by size and page, and what went wrong on the way."""
    facts, problems = {}, []
    for size, (width, height) in SIZES.items():
        page = browser.new_page(viewport={"width": width, "height": height})
        watch(page, address, problems)
        for name in PAGES:
            page.goto(address + name, wait_until="load")
            facts[size, name] = page.evaluate(FACTS)
        page.close()
    return facts, problems


def watch(page, address, problems):
    """Adds to `problems` what a page reports, misses, or asks of another server."""

    def check_message(message):
        if message.type in ("error", "warning"):
            problems.append((page.url, message.text))

    def check_request(request):
        if not request.url.startswith((address, "data:", "blob:")):
            problems.append((page.url, request.url))

    def check_response(response):
        if response.status >= 400:
            problems.append((page.url, response.url))

    page.on("pageerror", lambda error: problems.append((page.url, str(error))))
    page.on("console", check_message)
    page.on("request", check_request)
    page.on("response", check_response)


def test_no_page_reports_an_error_or_asks_another_server(visited):
    assert visited[1] == []


def test_every_picture_is_shown(visited):
    assert {key: found["missing"] for key, found in visited[0].items()} == {
        key: [] for key in visited[0]
    }


def test_every_link_within_the_site_leads_to_a_page_and_an_anchor(visited, address):
    anchors = {
        name: {*found["anchors"]}
        for (size, name), found in visited[0].items()
        if size == "desktop"
    }
    broken = []
    for (_, name), found in visited[0].items():
        for link in found["links"]:
            target, anchor = urldefrag(urljoin(address + name, link))
            if not target.startswith(address):
                continue
            page = target.removeprefix(address) or "index.html"
            known = page in anchors or (SITE / page).is_file()
            if not known or (anchor and unquote(anchor) not in anchors[page]):
                broken.append((name, link))
    assert broken == []


def test_no_page_is_wider_than_a_phone(visited):
    wide = {
        key: (found["overflow"], found["wide"])
        for key, found in visited[0].items()
        if found["overflow"] > 0 or found["wide"]
    }
    assert wide == {}


def test_every_formula_is_drawn(visited):
    assert not any(found["formulas"] for found in visited[0].values())


def test_a_search_finds_a_page(browser, address):
    page = browser.new_page()
    page.goto(address)
    page.fill("input.md-search__input", "contractive")
    page.wait_for_selector(".md-search-result__item")
    links = page.eval_on_selector_all(
        ".md-search-result__link", "links => links.map(a => a.href)"
    )
    assert any("contractive_autoencoder" in link for link in links)
    page.close()
