"""Nobody else on the machine reads the database; a web server with another user reads the static files."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from chat.checks import private_files
from tests.test_settings import ROOT


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def umask() -> Iterator[None]:
    """The process's umask is put back after the test."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    code = "from django.db import connection; connection.ensure_connection(); connection.cursor().execute('CREATE TABLE a (b)')"
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data")}
    command = ["sh", "-c", 'umask 022; exec "$0" manage.py shell -v 0 -c "$1"', sys.executable, code]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)
    files = list((tmp_path / "data").iterdir())
    assert any(path.name == "parley.sqlite3" for path in files)
    assert {path.name: mode(path) for path in files} == {path.name: 0o600 for path in files}


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_a_database_that_others_can_read_is_reported(tmp_path: Path, settings) -> None:  # type: ignore[no-untyped-def]
    settings.DATA_DIR = tmp_path
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "parley.sqlite3")}}
    database = tmp_path / "parley.sqlite3"
    sqlite3.connect(database).close()
    database.chmod(0o600)
    assert private_files(None) == []
    database.chmod(0o644)
    assert [(each.id, each.hint) for each in private_files(None)] == [("parley.W002", f"Run: chmod 600 {database}")]


def test_collected_files_can_be_read_by_a_web_server(tmp_path: Path, settings, umask: None) -> None:  # type: ignore[no-untyped-def]
    source, target = tmp_path / "static", tmp_path / "collected"
    (source / "css").mkdir(parents=True)
    (source / "css" / "a.css").write_text("body { color: black }" * 200)
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], target
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "chatsite.public_files.PublicFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    collected = [path for path in target.rglob("*") if path.is_file()]
    assert {path.suffix for path in collected} >= {".css", ".gz", ".json"}
    assert {path.name: mode(path) for path in collected} == {path.name: 0o644 for path in collected}
    assert {mode(path) for path in target.rglob("*") if path.is_dir()} == {0o755}
    assert os.umask(0o077) == 0o077
