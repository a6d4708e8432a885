"""The system checks that `manage.py check` and every start run: each finding tells the operator what to do."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError, connection

from chat.search import index

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
# The trigram tokenizer, which search in Chinese, Japanese and Korean needs, came with SQLite 3.34.
OLDEST_SQLITE = (3, 34)
Apps = Sequence[AppConfig] | None


@register(Tags.security)
def reachable_hosts(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """A server that can be reached from other machines must have its own host name in ALLOWED_HOSTS."""
    if (
        settings.HOST in LOCAL_HOSTS
        or settings.PUBLIC_URL
        or set(settings.ALLOWED_HOSTS) - {"localhost", "127.0.0.1", "[::1]"}
    ):
        return []
    return [
        Caution(
            f"HOST={settings.HOST} can be reached from other machines, but only local host names are allowed.",
            hint="Set PUBLIC_URL to the address people type (or ALLOWED_HOSTS to its host names); other names are answered with error 400.",
            id="parley.W001",
        )
    ]


@register(Tags.security)
def private_files(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Only the owner may read the files of the generated keys and the database."""
    files = [Path(settings.DATA_DIR) / name for name in ("secret.key", "encryption.key")]
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        files.append(Path(settings.DATABASES["default"]["NAME"]))
    return [
        Caution(
            f"{path} can be read by other users of this machine.",
            hint=f"Run: chmod 600 {path}",
            id="parley.W002",
        )
        for path in files
        if path.exists() and path.stat().st_mode & 0o077
    ]


@register(Tags.database)
def recent_sqlite(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """SQLite must be recent enough for the tokenizer of the search."""
    uses_sqlite = settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
    if not uses_sqlite or sqlite3.sqlite_version_info >= OLDEST_SQLITE:
        return []
    return [
        Error(
            f"SQLite {sqlite3.sqlite_version} is too old.",
            hint="Use a Python with SQLite 3.34 or newer, or set DATABASE_URL to a PostgreSQL server.",
            id="parley.E001",
        )
    ]


@register(Tags.database)
def quick_search(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Without its index, search reads every text."""
    try:
        if "chat_indexedtext" not in connection.introspection.table_names() or index.exists():
            return []
    except DatabaseError:
        return []  # another check reports a database that does not answer
    hint = "Run: bin/manage search_index"
    if connection.vendor == "postgresql":
        hint = "As a database administrator, run: CREATE EXTENSION pg_trgm; then: bin/manage search_index"
    return [Caution("Search works, but slowly: its index is missing.", hint=hint, id="parley.W004")]


@register(deploy=True)
def production_services(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Several processes on one database need Redis, through which they announce changes to each other."""
    uses_sqlite = settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
    if uses_sqlite or settings.REDIS_URL:
        return []
    return [
        Caution(
            "PostgreSQL without REDIS_URL: a second process would notice changes only by its slow timer.",
            hint="Set REDIS_URL, or silence this check if there is only one process.",
            id="parley.W003",
        )
    ]
