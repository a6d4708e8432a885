"""Which language a person reads: the one they chose, else the one chosen in this browser, else what it prefers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header


class LanguageMiddleware(LocaleMiddleware):
    """Activates the person's language for a request. It stands after the middleware that authenticates the person."""

    def process_request(self, request: HttpRequest) -> None:
        language = language_for(request.user, request.COOKIES, request.headers.get("Accept-Language", ""))
        translation.activate(language)
        request.LANGUAGE_CODE = language


def language_of_socket(scope: Mapping[str, Any]) -> str:
    """The language of the page that opened a socket, which the socket's address names; else chosen as for a request."""
    said = parse_qs(scope.get("query_string", b"").decode("ascii", "replace")).get("language", [""])[0]
    if spoken := _spoken(said):
        return spoken
    accepted = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    return language_for(scope.get("user"), scope.get("cookies", {}), accepted.decode("latin-1"))


def language_for(user: Any, cookies: Mapping[str, str], accepted: str) -> str:
    """One of settings.LANGUAGES: the person's choice, else the browser's cookie, else the languages that it accepts."""
    chosen = getattr(user, "preferences", {}).get("language", "")
    wanted = [
        chosen,
        cookies.get(settings.LANGUAGE_COOKIE_NAME, ""),
        *(code for code, _ in parse_accept_lang_header(accepted)),
    ]
    for code in wanted:
        if code and (spoken := _spoken(code)):
            return spoken
    return settings.LANGUAGE_CODE


def _spoken(code: object) -> str:
    try:
        return translation.get_supported_language_variant(str(code))
    except LookupError:
        return ""
