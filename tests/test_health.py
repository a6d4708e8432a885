"""The two addresses for monitoring, the Origin check of the socket, and the headers of every page."""

import pytest
from django.test import Client

from chat.models import User
from chatsite.origin import allowed


@pytest.mark.django_db
def test_healthz_answers_anyone(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert client.post("/healthz").status_code == 405


def test_metrics_need_the_token(client: Client, settings) -> None:  # type: ignore[no-untyped-def]
    settings.METRICS_TOKEN = "t" * 40
    shown = client.get("/metrics", headers={"Authorization": f"Bearer {'t' * 40}"})
    assert shown.status_code == 200
    assert b"parley_runs_live" in shown.content
    for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "t" * 40}, {"Authorization": "Bearer ü"}):
        assert client.get("/metrics", headers=given).status_code == 404


@pytest.mark.django_db
def test_metrics_do_not_exist_without_a_token(client: Client, ada: User, settings) -> None:  # type: ignore[no-untyped-def]
    settings.METRICS_TOKEN = ""
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def handshake(origin: str | None, host: str = "localhost:8000", **extra: str) -> dict[str, object]:
    headers = [
        (b"host", host.encode()),
        *((name.replace("_", "-").encode(), value.encode()) for name, value in extra.items()),
    ]
    return {
        "type": "websocket",
        "scheme": "ws",
        "headers": [*headers, *([(b"origin", origin.encode())] if origin else [])],
    }


def test_a_socket_opens_from_its_own_page(settings) -> None:  # type: ignore[no-untyped-def]
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["localhost", "127.0.0.1"], []
    assert allowed(handshake("http://localhost:8000"))
    assert allowed(handshake("http://localhost", host="localhost:80"))
    for foreign in (
        None,
        "null",
        "http://evil.example",
        "http://localhost:8001",
        "https://localhost:8000",
        "http://localhost",
        "http://localhost:8000.evil.example",
        "http://evil.example/http://localhost:8000",
    ):
        assert not allowed(handshake(foreign)), foreign


def test_a_host_that_is_not_ours_opens_nothing(settings) -> None:  # type: ignore[no-untyped-def]
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["localhost"], []
    assert allowed(handshake("http://localhost:8000"))
    assert not allowed(handshake("http://rebound.example:8000", host="rebound.example:8000"))


def test_behind_a_proxy_the_public_address_counts(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PRODUCTION, settings.CSRF_TRUSTED_ORIGINS = True, ["https://chat.example.org"]
    settings.ALLOWED_HOSTS = ["chat.example.org", "localhost"]
    assert allowed(handshake("https://chat.example.org", host="chat.example.org", x_forwarded_proto="https"))
    assert not allowed(handshake("http://chat.example.org", host="chat.example.org", x_forwarded_proto="https"))
    assert not allowed(handshake("http://localhost:8000"))


def test_two_origins_are_none(settings) -> None:  # type: ignore[no-untyped-def]
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["localhost"], []
    scope = handshake("http://localhost:8000")
    assert allowed(scope)
    scope["headers"].append((b"origin", b"http://localhost:8000"))  # type: ignore[attr-defined]
    assert not allowed(scope)


@pytest.mark.django_db
def test_every_page_carries_the_strict_policy_and_the_admin_all_but_trusted_types(client: Client, ada: User) -> None:
    policy = client.get("/account/login/")["Content-Security-Policy"]
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types app",
    ):
        assert part in policy.split("; "), part
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    admin = client.get("/admin/")["Content-Security-Policy"]
    assert "default-src 'none'" in admin
    assert "trusted-types" not in admin


@pytest.mark.django_db
def test_every_page_says_little_to_others(client: Client) -> None:
    page = client.get("/account/login/")
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["X-Frame-Options"] == "DENY"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
