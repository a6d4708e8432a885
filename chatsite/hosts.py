"""Under which names the site answers: its own, and for probes any."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PROBES = frozenset({"/healthz", "/metrics"})


class ProbesMiddleware:
    """Lets probes name the server as they like, by an address for example: these pages make no link from the name.

    It stands before the middleware that refuses names which are not in ALLOWED_HOSTS.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info in PROBES:
            request.META["HTTP_HOST"] = urlsplit(settings.PUBLIC_URL).netloc or "localhost"
        return self._get_response(request)
