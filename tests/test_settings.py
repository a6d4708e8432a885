"""Settings: wrong values are refused with a hint, secrets may lie in files, and production is strict."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.log import log_response

from chatsite.keys import read_or_create
from chatsite.logs import HIDDEN, Redact
from chatsite.values import Values

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "PUBLIC_URL": "https://chat.example.org",
    "DATABASE_URL": "postgres://parley:secret@db.internal:5433/parley",
    "REDIS_URL": "redis://redis.internal:6379/0",
}


def run(code: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs Python code with exactly this environment."""
    base = {"PATH": "/usr/bin:/bin", "DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    return subprocess.run(
        [sys.executable, "-c", code], env=base | environment, cwd=ROOT, capture_output=True, text=True, timeout=60
    )


def settings_of(data: Path, *names: str, **environment: str) -> dict[str, object]:
    code = (
        f"import json; from chatsite import settings; print(json.dumps({{n: getattr(settings, n) for n in {names!r}}}))"
    )
    done = run(code, data, **environment)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "99x"}, "PORT is '99x'. Use a whole number from 1 to 65535."),
        ({"PORT": "0"}, "Use a whole number from 1 to 65535."),
        ({"DEBUG": "maybe"}, "DEBUG is 'maybe'. Use true or false."),
        (
            {"OPENAI_CONTEXT_TOKENS": "128k"},
            "OPENAI_CONTEXT_TOKENS is '128k'. Use a whole number from 256 to 100000000.",
        ),
        ({"OWNER_TIMEOUT_SECONDS": "1"}, "OWNER_TIMEOUT_SECONDS is '1'. Use a whole number from 2 to 300."),
        ({"FLUSH_INTERVAL_MS": "-5"}, "FLUSH_INTERVAL_MS is '-5'. Use a whole number from 5 to 5000."),
        ({"LOG_LEVEL": "LOUD"}, "Use one of: DEBUG, INFO"),
        ({"PUBLIC_URL": "chat.example.org"}, "PUBLIC_URL is 'chat.example.org', not an address."),
        ({"PUBLIC_URL": "https://example.org/chat"}, "Parley lives at the root of its host."),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL has an unknown scheme. Use postgres://"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL has an unknown scheme."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 32 characters."),
        ({"ENCRYPTION_KEYS": "short"}, "ENCRYPTION_KEYS holds a key shorter than 32 characters."),
        ({"OPENAI_API_KEY": "a", "OPENAI_API_KEY_FILE": "/b"}, "Keep either OPENAI_API_KEY or OPENAI_API_KEY_FILE"),
        ({"OPENAI_API_KEY_FILE": "/nowhere"}, "OPENAI_API_KEY_FILE names /nowhere, which cannot be read"),
        ({"OPENAI_BASE_URL": "http://key@host"}, "Leave them out of the address"),
        (
            {"HTTPS_PROXY": "socks5://u:pass-word@proxy:1080"},
            "HTTPS_PROXY has a scheme that is neither http nor https.",
        ),
        ({"http_proxy": "proxy:port"}, "HTTP_PROXY is not the address of a proxy. Use http://host:3128"),
        (
            {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "localhost,http://x"},
            "NO_PROXY holds 'http://x'. Use hosts, .domains",
        ),
        ({"PROXY_RESOLVES_NAMES": "perhaps"}, "PROXY_RESOLVES_NAMES is 'perhaps'. Use true or false."),
        ({"OIDC_SERVER_URL": "https://id.example"}, "Set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET too"),
        ({"PRODUCTION": "true"}, "Set PUBLIC_URL=https://your.host."),
        ({**PRODUCTION, "DEBUG": "true"}, "DEBUG is true in production."),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_wrong_value_is_refused_with_a_hint(tmp_path: Path, environment: dict[str, str], sentence: str) -> None:
    assert run("import chatsite.settings", tmp_path).returncode == 0
    done = run("import chatsite.settings", tmp_path, **environment)
    assert done.returncode != 0
    assert sentence in done.stderr


def test_without_a_proxy_nobody_reads_which_hosts_need_none() -> None:
    assert Values({"NO_PROXY": "10.*, *.local"}).no_proxy("NO_PROXY", "no_proxy") == ()


def test_proxies_are_read_under_both_spellings_and_their_passwords_are_secrets() -> None:
    values = Values({"https_proxy": "ann:pass-word@proxy:3128", "no_proxy": "localhost, .corp.example"})
    proxy = values.proxy("HTTPS_PROXY", "https_proxy")
    assert (str(proxy), values.no_proxy("NO_PROXY", "no_proxy")) == (
        "http://proxy:3128",
        ("localhost", ".corp.example"),
    )
    assert proxy is not None
    assert {"pass-word", proxy.authorization.removeprefix("Basic ")} <= values.secrets
    assert values.proxy("HTTP_PROXY", "http_proxy") is None


def test_manage_py_says_what_is_wrong_in_one_sentence(tmp_path: Path) -> None:
    code = "import sys, manage; sys.argv = ['manage.py', 'check']; manage.main()"
    done = run(code, tmp_path, PORT="99x")
    assert done.stderr == "Parley cannot start: PORT is '99x'. Use a whole number from 1 to 65535.\n"


def test_an_installation_makes_its_own_keys_once_and_for_its_owner_only(tmp_path: Path) -> None:
    first = settings_of(tmp_path / "data", "SECRET_KEY", "ENCRYPTION_KEYS")
    assert settings_of(tmp_path / "data", "SECRET_KEY", "ENCRYPTION_KEYS") == first
    for name in ("secret.key", "encryption.key"):
        assert (tmp_path / "data" / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_an_empty_key_file_is_refused_rather_than_replaced(tmp_path: Path) -> None:
    (tmp_path / "encryption.key").write_text("")
    with pytest.raises(ImproperlyConfigured, match="Restore it from your backup"):
        read_or_create(tmp_path / "encryption.key")


@pytest.mark.parametrize("name", ["SECRET_KEY", "METRICS_TOKEN"])
def test_a_secret_may_lie_in_a_file(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x" * 40 + "\n")
    assert settings_of(tmp_path, name, **{f"{name}_FILE": str(secret)}) == {name: "x" * 40}


@pytest.mark.parametrize("slug", ["openai", "anthropic"])
def test_the_key_of_an_upstream_may_lie_in_a_file(tmp_path: Path, slug: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x" * 40 + "\n")
    (upstream,) = Values({f"{slug.upper()}_API_KEY_FILE": str(secret)}).upstreams()
    assert (upstream.slug, upstream.key) == (slug, "x" * 40)
    assert upstream.key not in repr(upstream)


def test_an_upstream_is_named_by_its_address_or_its_key_alone() -> None:
    assert Values({"OPENAI_MODELS": "gpt"}).upstreams() == ()
    (ollama,) = Values({"OLLAMA_BASE_URL": "http://ollama:11434/", "OLLAMA_API_KEY": "none"}).upstreams()
    assert (ollama.base_url, ollama.key, ollama.models, ollama.context_tokens) == ("http://ollama:11434", "", (), None)


def test_the_database_may_be_named_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "database"
    secret.write_text("postgres://parley:p%40ss@db.internal:5433/parley\n")
    database = settings_of(tmp_path, "DATABASES", DATABASE_URL_FILE=str(secret))["DATABASES"]["default"]  # type: ignore[index]
    assert (database["HOST"], database["PORT"], database["PASSWORD"]) == ("db.internal", 5433, "p@ss")


def test_sqlite_writes_at_once_or_waits(tmp_path: Path) -> None:
    database = settings_of(tmp_path, "DATABASES")["DATABASES"]["default"]  # type: ignore[index]
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_production_follows_from_an_https_address(tmp_path: Path) -> None:
    names = ("PRODUCTION", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "DEMO")
    found = settings_of(tmp_path, *names, **PRODUCTION)
    assert found["PRODUCTION"] is True
    assert "chat.example.org" in list(found["ALLOWED_HOSTS"])  # type: ignore[call-overload]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://chat.example.org"]
    assert str(found["SESSION_COOKIE_NAME"]).startswith("__Host-")
    assert str(found["CSRF_COOKIE_NAME"]).startswith("__Host-")
    assert found["DEMO"] == "off"


def test_the_production_check_is_clean(tmp_path: Path) -> None:
    code = (
        "import django; django.setup(); from django.core.management import call_command; "
        "call_command('check', deploy=True, fail_level='WARNING', databases=[])"
    )
    done = run(code, tmp_path, **PRODUCTION)
    assert done.returncode == 0, done.stderr
    exposed = run(code, tmp_path, HOST="0.0.0.0")
    assert exposed.returncode != 0
    assert "parley.W001" in exposed.stderr


def test_values_read_flags_numbers_and_lists() -> None:
    values = Values({"A": "Yes", "B": " 12 ", "C": "x, y,,z", "D": "", "E": "HTTP://Host:80"})
    assert values.flag("A", False)
    assert not values.flag("D", False)
    assert values.whole("B", 1, low=1, high=20) == 12
    assert values.whole("D", 1, low=1, high=20, alias="B") == 12
    assert values.whole("B", 1, low=1, high=20, alias="D") == 12
    assert values.words("C") == ["x", "y", "z"]
    assert values.origin("E") == "http://host"
    assert values.hosts("E") == ["host"]
    with pytest.raises(ImproperlyConfigured):
        values.whole("B", 1, low=1, high=11)


def test_logs_hide_secrets_and_peoples_words() -> None:
    redact = Redact(["the-encryption-key-itself"])
    event = redact(
        None,
        "info",
        {
            "event": "upstream said Bearer abcdefghij.klm and sk-live-1234567890 of the-encryption-key-itself",
            "api_key": "anything",
            "text": "what a person wrote",
            "headers": {"Authorization": "Bearer x", "Accept": "text/event-stream"},
            "path": "/join/AAAAAAAAAAAAAAAA/",
            "output_tokens": 12,
        },
    )
    assert event == {
        "event": f"upstream said {HIDDEN} and {HIDDEN} of {HIDDEN}",
        "api_key": HIDDEN,
        "text": HIDDEN,
        "headers": {"Authorization": HIDDEN, "Accept": "text/event-stream"},
        "path": f"{HIDDEN}/",
        "output_tokens": 12,
    }


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_refused_request_is_logged_without_its_query(rf: RequestFactory, caplog: Any, status: int) -> None:
    request = rf.get("/admin/chat/conversation/", {"q": "words of a person"})
    log_response("Refused: %s", request.path, request=request, response=HttpResponse(status=status))
    record = caplog.records[-1]
    assert "words" in str(record.request), "Django's own record has them"
    event = Redact([])(None, "warning", {"event": record.getMessage(), "request": record.request})
    assert event["request"] == "GET /admin/chat/conversation/"
    assert "words" not in str(event)


def test_logs_hide_every_secret_of_the_environment(tmp_path: Path) -> None:
    names = ("SECRET_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "METRICS_TOKEN", "OIDC_CLIENT_SECRET",
             "DJANGO_SUPERUSER_PASSWORD", "SECRET_KEY_FALLBACKS", "ENCRYPTION_KEYS")  # fmt: skip
    secrets = {name: f"hidden-{name.lower()}-0123456789-0123456789" for name in names}
    ring = "-first-in-the-ring-0123456789-0123456789"
    environment = {
        **secrets,
        "SECRET_KEY_FALLBACKS": f"{secrets['SECRET_KEY_FALLBACKS']} s{ring}",
        "ENCRYPTION_KEYS": f"e{ring},{secrets['ENCRYPTION_KEYS']}",
        "OIDC_SERVER_URL": "https://id.example",
        "OIDC_CLIENT_ID": "parley",
        "DATABASE_URL": "postgres://parley:data%40base-pass@db.internal/parley",
        "REDIS_URL": "redis://:redis-pass@redis.internal:6379/0",
        "EMAIL_URL": "smtp+tls://user:email-pass@mail.internal:587",
    }
    told = [*secrets.values(), f"s{ring}", f"e{ring}", "data%40base-pass", "data@base-pass", "redis-pass", "email-pass"]
    code = f"from chatsite import settings; import logging; logging.error('so: %s', {' | '.join(told)!r})"
    done = run(code, tmp_path, **environment, LOG_FORMAT="json")
    assert json.loads(done.stderr)["event"] == "so: " + " | ".join([HIDDEN] * len(told))


def test_an_idle_limit_makes_sessions_slide_and_end_with_the_browser(tmp_path: Path) -> None:
    names = ("SESSION_COOKIE_AGE", "SESSION_SAVE_EVERY_REQUEST", "ACCOUNT_SESSION_REMEMBER")
    found = settings_of(tmp_path, *names, SESSION_IDLE_MINUTES="30")
    assert list(found.values()) == [1800, True, False]
    assert settings_of(tmp_path, "ACCOUNT_SESSION_REMEMBER") == {"ACCOUNT_SESSION_REMEMBER": True}
