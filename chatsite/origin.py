"""Refuses WebSockets that a page of another site opens with this person's cookie (cross-site WebSocket hijacking)."""

from collections.abc import Awaitable, Callable
from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

Application = Callable[[dict[str, Any], Any, Any], Awaitable[Any]]


class SameOriginOnly:
    """Accepts a handshake only if its Origin (scheme, host and port) is ours.

    Ours are PUBLIC_URL and CSRF_TRUSTED_ORIGINS and, for an installation without PUBLIC_URL, the origin that the
    request's Host header makes, if that host is allowed. A handshake without Origin is refused.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        application = self._application if allowed(scope) else WebsocketDenier()
        return await application(scope, receive, send)


def allowed(scope: dict[str, Any]) -> bool:
    """Whether the handshake's Origin is one of ours."""
    origins, hosts = _header(scope, b"origin"), _header(scope, b"host")
    if len(origins) != 1 or len(hosts) != 1:
        return False
    origin, host = origins[0], hosts[0]
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    if settings.PRODUCTION or not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    return origin == f"{_scheme(scope)}://{_without_default_port(_scheme(scope), host)}"


def _header(scope: dict[str, Any], name: bytes) -> list[str]:
    return [value.decode("latin-1").lower() for key, value in scope.get("headers", []) if key.lower() == name]


def _scheme(scope: dict[str, Any]) -> str:
    if settings.SECURE_PROXY_SSL_HEADER and _header(scope, b"x-forwarded-proto") == ["https"]:
        return "https"
    return {"ws": "http", "wss": "https"}.get(scope.get("scheme", "ws"), "http")


def _without_default_port(scheme: str, host: str) -> str:
    return host.removesuffix({"http": ":80", "https": ":443"}[scheme])
