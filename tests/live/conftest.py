"""One fake upstream and one prepared database for all live tests; each module has servers of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_upstream import FakeUpstream

from .harness import Database, OwnPostgres, OwnRedis, Server, Site, can_have_postgres, given_database
from .harness.databases import new_database


@pytest.fixture(scope="session")
def upstream() -> Iterator[FakeUpstream]:
    """The fake upstream that every server asks."""
    with FakeUpstream() as fake:
        # Without a list of models any may be asked for: a scenario's name is its model's.
        fake.models(status=404)
        yield fake


@pytest.fixture(scope="session")
def prepared(upstream: FakeUpstream) -> Iterator[Site]:
    """A site with people in it, to be copied: on the servers that bin/test started, else on SQLite."""
    folder = Path(tempfile.mkdtemp(prefix="parley-prepared-"))
    database = given_database() or Database(sqlite=folder / "parley.sqlite3")
    site = Site(database, upstream.url)
    if database.sqlite is not None:
        site.environment["DATA_DIR"] = str(folder)
    site.bootstrap()
    yield site
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(site.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def prepared_postgres(upstream: FakeUpstream) -> Iterator[Site]:
    """The same on PostgreSQL and Redis, always: where bin/test started none, on servers of our own."""
    database, postgres, redis = given_database(), None, None
    if database is None:
        if not can_have_postgres():
            pytest.skip("PostgreSQL and Redis are not installed")
        postgres, redis = OwnPostgres(), OwnRedis()
        redis.start()
        database = new_database(postgres.url, redis.url)
    site = Site(database, upstream.url)
    site.bootstrap()
    yield site
    shutil.rmtree(site.folder, ignore_errors=True)
    if postgres is not None and redis is not None:
        redis.stop()
        postgres.remove()


@pytest.fixture(scope="module")
def server(prepared: Site) -> Iterator[Server]:
    """The module's server. Whatever the tests do to it, no line of its log may speak of an unexpected error."""
    server = prepared.copy().serve()
    yield server
    server.remove()
    assert server.unexpected_lines() == []
    shutil.rmtree(server.site.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def patient(prepared: Site) -> Iterator[Server]:
    """A server of the module that never gives up an answer which a test holds."""
    server = prepared.copy(SILENCE_TIMEOUT_SECONDS="600").serve()
    yield server
    server.remove()
    assert server.unexpected_lines() == []
    shutil.rmtree(server.site.folder, ignore_errors=True)


@pytest.fixture
def fresh(prepared: Site) -> Iterator[Server]:
    """A server of a test's own, to be killed."""
    server = prepared.copy().serve()
    yield server
    server.remove()
    shutil.rmtree(server.site.folder, ignore_errors=True)
