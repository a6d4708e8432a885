"""One Chromium, one fake upstream and one prepared site for all browser tests; every context is watched for faults.

Each file has a server and rows of its own, so that what it counts does not depend on which files ran before it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Request, expect, sync_playwright

from tests.fake_upstream import FakeUpstream
from tests.live.harness import Database, Server, Site
from tests.live.harness.machine import PATIENCE_SECONDS, wait_for
from tests.live.harness.server import ROOT

from .chromium import FLAGS, find_chromium
from .person import Person
from .proxy import Network

# All models in the menu. The name says what each does (tests/fake_upstream), or the test sets it.
MODELS = (
    "echo", "text-n30", "text-n80-r40-g40", "text-n160-r40-g80", "text-n300-r60-g150", "text-n3000-r60",
    "text-n60-r30-x30", "text-n40-l", "thinker",
    "silent", "broken", "refused", "countdown", "cut", "hostile", "wide", "long", "code", "table", "tools",
    "rich", "gpt-4o",
)  # fmt: skip
SETTINGS = {
    "OPENAI_MODELS": ",".join(MODELS),
    "ANTHROPIC_MODELS": ",".join(MODELS),
    # An upstream that a test holds is silent for the whole test.
    "CONNECT_TIMEOUT_SECONDS": "60",
    "FIRST_EVENT_TIMEOUT_SECONDS": "600",
    "SILENCE_TIMEOUT_SECONDS": "600",
    "FLUSH_INTERVAL_MS": "50",
}
# The browser's messages about a network that a test has cut, and about a page that a test may not see.
_EXPECTED = re.compile(r"WebSocket connection to '\S+' failed|Failed to load resource|net::ERR_")
_WATCH = """addEventListener("securitypolicyviolation", (event) =>
  parleyFault(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile} ${event.sample}`))"""


@pytest.fixture(scope="session")
def upstream() -> Iterator[FakeUpstream]:
    """The fake upstream that every server asks."""
    with FakeUpstream() as fake:
        yield fake


@pytest.fixture(scope="session")
def prepared(upstream: FakeUpstream) -> Iterator[Site]:
    """A site with people and built pages, to be copied."""
    if not (ROOT / "static/dist/app.js").exists():
        pytest.exit("The page is not built: run bin/test browser, or node bin/build.js.")
    folder = Path(tempfile.mkdtemp(prefix="parley-e2e-"))
    site = Site(Database(sqlite=folder / "parley.sqlite3"), upstream.url, **SETTINGS)
    site.environment["DATA_DIR"] = str(folder)
    site.bootstrap()
    yield site
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _served(prepared: Site) -> Iterator[Server]:
    """A server of a site of its own, which is removed at the end."""
    server = prepared.copy().serve()
    yield server
    server.remove()
    shutil.rmtree(server.site.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def server(prepared: Site) -> Iterator[Server]:
    """The server of a file's tests that do not damage it."""
    with _served(prepared) as server:
        yield server
        assert server.unexpected_lines() == []


@pytest.fixture
def fresh(prepared: Site) -> Iterator[Server]:
    """A separate server for a test that kills it."""
    with _served(prepared) as server:
        yield server


@pytest.fixture
def network(server: Server) -> Iterator[Network]:
    """A network to the server that can be cut."""
    with Network(server.port) as network:
        yield network


@pytest.fixture(autouse=True)
def _fresh_upstream(upstream: FakeUpstream) -> Iterator[None]:
    upstream.reset()
    yield
    # Let the answers that the test left unfinished end.
    upstream.release()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_SECONDS * 1000)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


class Policy:
    """The browser's violations of the site's policy in any page of the whole run."""

    def __init__(self) -> None:
        self.pages = 0
        self.violations: list[str] = []

    def over(self, context: BrowserContext, tell: Callable[[str], None] = lambda words: None) -> None:
        """Collect from every page of a context, and tell of each violation."""

        def heard(_source: object, words: str) -> None:
            self.violations.append(words)
            tell(f"policy: {words}")

        def opened(_page: object) -> None:
            self.pages += 1

        context.expose_binding("parleyFault", heard)
        context.add_init_script(_WATCH)
        context.on("page", opened)


_POLICY = pytest.StashKey[Policy]()


@pytest.fixture(scope="session", autouse=True)
def policy(pytestconfig: pytest.Config, browser: Browser, prepared: Site) -> Iterator[Policy]:
    """Nothing violates the policy in the whole run; and the collector works: it sees a page that violates it."""
    policy = pytestconfig.stash[_POLICY] = Policy()
    yield policy
    proof = Policy()
    context = browser.new_context()
    proof.over(context)
    page = context.new_page()
    with _served(prepared) as server:
        page.goto(f"{server.url}/account/login/")
        page.evaluate("document.body.setAttribute('style', 'color: red')")
        page.evaluate("document.body.append(Object.assign(new Image(), { src: 'https://elsewhere.example/1.png' }))")
        wait_for(lambda: page.evaluate("1") and len(proof.violations) >= 2, "the violations made on purpose")
        context.close()
    seen = " ".join(proof.violations)
    assert "style-src" in seen
    assert "img-src: https://elsewhere.example/1.png" in seen
    assert policy.violations == []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Pass what a worker of pytest-xdist found to the process that reports."""
    policy = session.config.stash.get(_POLICY, None)
    if policy is not None and hasattr(session.config, "workeroutput"):
        session.config.workeroutput["policy"] = (policy.pages, policy.violations)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add up what the workers found."""
    pages, violations = getattr(node, "workeroutput", {}).get("policy", (0, []))
    policy = node.config.stash.setdefault(_POLICY, Policy())
    policy.pages += pages
    policy.violations += violations


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Report what was found, even if it is nothing."""
    policy = config.stash.get(_POLICY, None)
    if policy is not None:
        terminalreporter.write_line(
            f"Content-Security-Policy: {len(policy.violations)} violations on {policy.pages} pages."
        )
        for words in policy.violations:
            terminalreporter.write_line(f"  {words}")


class Watch:
    """Everything that silently goes wrong in any page of a test: policy violations, errors, requests to other sites."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.faults: list[str] = []
        self.requests: list[str] = []
        # Hosts that a test lets its pages speak to.
        self.elsewhere: set[str] = set()

    def over(self, context: BrowserContext, url: str) -> None:
        """Watch a context whose pages may make requests to `url` only."""
        home = urlsplit(url).netloc

        def asked(request: Request) -> None:
            self.requests.append(request.url)
            target = urlsplit(request.url)
            if target.scheme in ("http", "https", "ws", "wss") and target.netloc not in {home, *self.elsewhere}:
                self.faults.append(f"a request left for {request.url}")

        def said(message: ConsoleMessage) -> None:
            if message.type == "error" and not _EXPECTED.search(message.text):
                self.faults.append(f"console: {message.text}")

        def asked_back(dialog: Dialog) -> None:
            self.faults.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        self.policy.over(context, self.faults.append)
        context.on("request", asked)
        context.on("console", said)
        context.on("weberror", lambda error: self.faults.append(f"page error: {error.error}"))
        context.on("dialog", asked_back)


@pytest.fixture
def watch(policy: Policy) -> Iterator[Watch]:
    """Watches every context that `sits_down` makes; nothing may have gone wrong at the end."""
    watch = Watch(policy)
    yield watch
    assert watch.faults == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test itself failed, for the pictures."""
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


_FAILED = pytest.StashKey[bool]()


@pytest.fixture
def sits_down(
    request: pytest.FixtureRequest, browser: Browser, server: Server, watch: Watch
) -> Iterator[Callable[..., Person]]:
    """Makes a signed-in person with a separate browser context."""
    contexts: list[BrowserContext] = []

    def make(name: str = "", url: str = "", on: Server | None = None, **options: Any) -> Person:
        home = on or server
        url = url or home.url
        options = {"viewport": {"width": 1100, "height": 760}, **options}
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        watch.over(context, url)
        if name:
            context.add_cookies([{"name": "parley", "value": home.cookie(name), "url": url}])
        return Person(context.new_page(), url)

    yield make
    for number, context in enumerate(contexts):
        if request.node.stash.get(_FAILED, False):
            for tab, page in enumerate(context.pages):
                page.screenshot(path=ROOT / "test-results" / f"{request.node.name}-{number}-{tab}.png")
        context.close()


@pytest.fixture
def alice(sits_down: Callable[..., Person]) -> Person:
    """Alice, signed in on a desktop browser."""
    return sits_down("alice")
