"""Databases of a site, and database servers for tests that stop and start them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from .machine import PATIENCE_SECONDS, accepts, free_port, wait_for


@dataclass(frozen=True, slots=True)
class Database:
    """One site's database and channel layer. `sqlite` is a file; else `url` is a PostgreSQL address."""

    sqlite: Path | None = None
    url: str = ""
    redis_url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that name it."""
        given = {"DATABASE_URL": self.url, "REDIS_URL": self.redis_url}
        return {name: value for name, value in given.items() if value}

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query; placeholders are `%s`."""
        if self.sqlite is not None:
            with contextlib.closing(sqlite3.connect(f"file:{self.sqlite}?mode=ro", uri=True, timeout=20)) as file:
                return file.execute(sql.replace("%s", "?"), parameters).fetchall()
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql.encode(), parameters).fetchall()

    async def until(self, expected: object, sql: str, *parameters: Any) -> None:
        """Wait until a query for one value gives `expected`."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.rows(sql, *parameters) != [(expected,)]:
                await asyncio.sleep(0.02)

    def write(self, sql: str, *parameters: Any) -> None:
        """Change rows behind the server's back, as an administrator or a restored backup would."""
        if self.sqlite is not None:
            with contextlib.closing(sqlite3.connect(self.sqlite, timeout=20)) as file, file:
                file.execute(sql.replace("%s", "?"), parameters)
            return
        with psycopg.connect(self.url) as connection:
            connection.execute(sql.encode(), parameters)

    def copy(self, folder: Path) -> Database:
        """Copy it to another database. It must not be in use."""
        if self.sqlite is not None:
            target = folder / "parley.sqlite3"
            shutil.copyfile(self.sqlite, target)
            return Database(sqlite=target)
        name = f"live_{uuid.uuid4().hex[:12]}"
        source = urlsplit(self.url).path.lstrip("/")
        with psycopg.connect(_with_name(self.url, "postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"'.encode())
        return Database(url=_with_name(self.url, name), redis_url=self.redis_url)


def given_database() -> Database | None:
    """An empty database on the servers that bin/test started; None where it started none."""
    url, redis_url = os.environ.get("TEST_DATABASE_URL", ""), os.environ.get("TEST_REDIS_URL", "")
    return new_database(url, redis_url) if url else None


def new_database(url: str, redis_url: str) -> Database:
    """An empty database on the server of `url`."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_with_name(url, "postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return Database(url=_with_name(url, name), redis_url=redis_url)


def value(column: Any) -> Any:
    """A JSON column as a value, on either database."""
    return json.loads(column) if isinstance(column, str) else column


def can_have_postgres() -> bool:
    """Whether PostgreSQL and Redis can be started here."""
    as_root_without_runner = os.geteuid() == 0 and shutil.which("runuser") is None
    return not as_root_without_runner and _tool("initdb") is not None and shutil.which("redis-server") is not None


class OwnPostgres:
    """A PostgreSQL server in a temporary folder; `stop` and `start` may be called again and again."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="parley-postgres-"))
        self._port = free_port()
        self._as_owner: list[str] = []
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            owner = "postgres" if any(user.pw_name == "postgres" for user in pwd.getpwall()) else "nobody"
            shutil.chown(self._folder, owner)
            self._as_owner = ["runuser", "-u", owner, "--"]
        self._run(
            "initdb", "--pgdata", str(self._data), "--username", "parley", "--auth", "trust", "--encoding", "UTF8",
            "--no-sync", "--no-instructions",
        )  # fmt: skip
        self.start()

    @property
    def url(self) -> str:
        """The server's own database."""
        return f"postgres://parley@127.0.0.1:{self._port}/postgres"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def start(self) -> None:
        """Listen."""
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
        log = str(self._folder / "log")
        self._run("pg_ctl", "--pgdata", str(self._data), "--log", log, "--wait", "start", "-o", options)

    def stop(self) -> None:
        """End all connections and listen no more."""
        self._run("pg_ctl", "--pgdata", str(self._data), "--mode", "immediate", "--wait", "stop")

    def remove(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, tool: str, *arguments: str) -> None:
        path = _tool(tool)
        assert path is not None
        subprocess.run(
            [*self._as_owner, "env", "LC_ALL=C", path, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            cwd="/",
        )


class OwnRedis:
    """A Redis server without persistence: each start is empty."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Listen, with nothing in it."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp")
        wait_for(lambda: accepts(self.port), "Redis listens")

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Accept connections and answer nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Answer again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


def _tool(name: str) -> str | None:
    found = shutil.which(name)
    if found:
        return found
    homes = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt")
    candidates = sorted(path for home in homes for path in Path(home).glob(f"**/bin/{name}"))
    return str(candidates[-1]) if candidates else None


def _with_name(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme.replace("postgres://", "postgresql://"), parts.netloc, f"/{name}", "", ""))
