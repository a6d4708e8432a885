"""A site (a database, its people and settings) and the server processes that serve it."""

from __future__ import annotations

import atexit
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from .databases import Database
from .machine import PATIENCE_SECONDS, accepts, free_port, wait_for

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "correct horse battery staple"
CROWD = tuple(f"person{number}" for number in range(10))
PEOPLE = ("ada", "alice", "bob", "charlie", "dora", "emil", *CROWD)

# Timeouts are short in tests, and limits per person are high.
SETTINGS = {
    "SECRET_KEY": "a key for the live tests, which is long enough for Django",
    "ENCRYPTION_KEYS": "live-tests-0123456789abcdef0123456789abcdef",
    "DEMO": "off",
    "OPENAI_API_KEY": "sk-live-openai-0123456789abcdef",
    "ANTHROPIC_API_KEY": "sk-live-anthropic-0123456789abcdef",
    "CONNECT_TIMEOUT_SECONDS": "2",
    "FIRST_EVENT_TIMEOUT_SECONDS": "10",
    "SILENCE_TIMEOUT_SECONDS": "1",
    "FLUSH_INTERVAL_MS": "20",
    "DRAIN_SECONDS": "2",
    "PROCESS_TIMEOUT_SECONDS": "2",
    "MAX_RUNS_PER_PERSON": "1000",
    "MAX_FRAMES_PER_SECOND": "1000",
    "LOG_FORMAT": "json",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
# Errors that a log may contain although nothing is wrong: Daphne at a forced end, and Redis being away.
_EXPECTED = re.compile(r"took too long to shut down|Unexpected exception in receive task")


class Site:
    """A database with people in it, and the environment its servers get."""

    def __init__(self, database: Database, upstream_url: str, **settings: str) -> None:
        self.database = database
        self.folder = _new_folder()
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        urls = {"OPENAI_BASE_URL": upstream_url, "ANTHROPIC_BASE_URL": upstream_url}
        self.environment = {
            **kept,
            **SETTINGS,
            **urls,
            "DATA_DIR": str(self.folder),
            **database.environment,
            **settings,
        }
        self.environment["PYTHONPATH"] = str(ROOT)

    def bootstrap(self) -> None:
        """Make the tables and the people."""
        command = [sys.executable, "-m", "tests.live.harness.bootstrap", ",".join(PEOPLE)]
        environment = {**self.environment, "LIVE_PASSWORD": PASSWORD}
        subprocess.run(command, check=True, cwd=ROOT, env=environment)

    def copy(self, **settings: str) -> Site:
        """Another site that starts with the same rows."""
        site = Site.__new__(Site)
        site.folder = _new_folder()
        site.database = self.database.copy(site.folder)
        own = {"DATA_DIR": str(site.folder), **site.database.environment}
        site.environment = {**self.environment, **own, **settings}
        return site

    def serve(self, *arguments: str, **settings: str) -> Server:
        """A running server of this site; `arguments` go to Daphne."""
        server = Server(self, settings, *arguments)
        server.start()
        return server


class Server:
    """One server process; it may be killed and started again on the same port."""

    def __init__(self, site: Site, settings: dict[str, str], *arguments: str) -> None:
        self.site = site
        self.port = free_port()
        self.log = site.folder / f"log-{self.port}"
        self._settings = settings
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._cookies: dict[str, str] = {}
        # Also when a test ends in the middle: no process is left behind, and no folder.
        atexit.register(self.remove)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Database:
        """The site's rows."""
        return self.site.database

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self, *, wait: bool = True) -> None:
        """Start the process; returns when it listens."""
        environment = {**self.site.environment, **self._settings, "PORT": str(self.port)}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "chatsite", *self._arguments],
                cwd=ROOT, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        if wait:
            self.wait_until_it_listens()

    def wait_until_it_listens(self) -> None:
        """Wait for the port. Raises AssertionError with the log when the process ends instead."""

        def listens() -> bool:
            assert self.is_running, f"the server ended at its start:\n{self.log.read_text()[-4000:]}"
            return accepts(self.port)

        wait_for(listens, "the server listens")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it, like a power failure."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def terminate(self, timeout_seconds: float = PATIENCE_SECONDS) -> int:
        """Ask it to end, and wait; its exit status. Raises TimeoutExpired."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout_seconds)

    def wait(self, timeout_seconds: float = PATIENCE_SECONDS) -> int:
        """Wait for its end; its exit status. Raises TimeoutExpired."""
        assert self._process is not None
        return self._process.wait(timeout_seconds)

    def remove(self) -> None:
        """Leave no process behind, whatever state it is in."""
        if self.is_running:
            self.signal(signal.SIGCONT)
            self.kill()

    def sign_in(self, name: str) -> str:
        """The cookie of a new session for `name`, by the door that people use."""
        token = "a" * 32
        response = httpx.post(
            f"{self.url}/account/login/",
            data={"login": name, "password": PASSWORD, "csrfmiddlewaretoken": token},
            headers={"Cookie": f"parley-csrf={token}", "Referer": f"{self.url}/", "Origin": self.url},
            follow_redirects=False,
            timeout=PATIENCE_SECONDS,
        )
        cookie = response.cookies.get("parley")
        assert response.status_code == 302, f"{response.status_code}:\n{self.log_text()[-4000:]}"
        assert cookie
        return cookie

    def cookie(self, name: str) -> str:
        """The session of `name` on this site, made once."""
        if name not in self._cookies:
            self._cookies[name] = self.sign_in(name)
        return self._cookies[name]

    def share_sessions(self, other: Server) -> None:
        """Use the sessions of another server of the same site."""
        self._cookies = other._cookies

    def memory_bytes(self) -> int:
        """The process's resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def log_text(self) -> str:
        """All it has written."""
        return self.log.read_text(errors="replace")

    def unexpected_lines(self) -> list[str]:
        """Log lines that no fault of a test explains: errors and tracebacks."""
        lines = self.log_text().splitlines()
        wrong = [line for line in lines if '"level": "error"' in line or line.startswith("Traceback")]
        return [line for line in wrong if not _EXPECTED.search(line)]


def _new_folder() -> Path:
    folder = tempfile.mkdtemp(prefix="parley-live-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
