"""Starts the machine's Chromium and a site with people and rows, and opens tabs of one person."""

from __future__ import annotations

import json
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, sync_playwright

from bench import servers
from bench.browser.tab import Tab
from bench.prose import tokens
from tests.e2e.chromium import FLAGS, find_chromium

SIZE = {"width": 1280, "height": 800}
FLAGS_FOR_FIGURES = [*FLAGS, "--js-flags=--expose-gc", "--enable-precise-memory-info"]
HERE = Path(__file__).parent / "harness"
MODULES = servers.ROOT / "node_modules"
LIBRARIES = {
    "/marked.js": MODULES / "marked/lib/marked.esm.js",
    "/purify.js": MODULES / "dompurify/dist/purify.es.mjs",
    "/smd.js": MODULES / "streaming-markdown/smd.js",
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the machine's own Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS_FOR_FIGURES)
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True)
class Site:
    """A running site with one person, and the browser that opens it."""

    browser: Browser
    url: str
    cookie: str
    upstream_port: int

    def open_tab(self) -> Tab:
        """Open a signed-in tab with an empty cache."""
        context = self.browser.new_context(viewport=SIZE)
        context.add_cookies([{"name": "parley", "value": self.cookie, "url": self.url}])
        return Tab(self.browser, context)

    def ended_ms(self, model: str) -> float:
        """The time at which the upstream sent the last token, in ms since the epoch."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.upstream_port}/ended") as response:
            return float(json.load(response)[model])


@contextmanager
def site(browser: Browser, model: str, *seeds: tuple[str, ...]) -> Iterator[tuple[Site, list[str]]]:
    """Start a site whose new conversations `model` answers; also yields the output of each of `seeds` (see bench.seed)."""
    with servers.upstream() as upstream, tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        person = servers.people(data, 1)[0]
        said = [servers.seed(data, *order) for order in seeds]
        names = {"OPENAI_MODELS": model, "DEFAULT_MODEL": f"openai/{model}"}
        with servers.parley(upstream.port, data, **names) as parley:
            cookie = person["Cookie"].partition("=")[2]
            yield Site(browser, f"http://127.0.0.1:{parley.port}", cookie, upstream.port), said


@contextmanager
def harness(browser: Browser) -> Iterator[tuple[str, Tab]]:
    """Serve the pages of the two other ways: yields their address and a tab."""
    handler = partial(_Harness, directory=str(HERE))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, name="harness", daemon=True).start()
        context = browser.new_context(viewport=SIZE)
        yield f"http://127.0.0.1:{server.server_port}", Tab(browser, context)
        context.close()
        server.shutdown()


class _Harness(SimpleHTTPRequestHandler):
    """Serves the harness's own files, the two libraries, and the tokens."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/tokens":
            self._reply("application/json", json.dumps(tokens(int(parse_qs(url.query)["count"][0]))).encode())
        elif url.path in LIBRARIES:
            self._reply("text/javascript", LIBRARIES[url.path].read_bytes())
        else:
            super().do_GET()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing."""

    def _reply(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
