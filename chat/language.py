"""In which language a person is spoken to: the one they chose, else this browser's choice, else what it prefers.

And what was written once and is read by many: the errors that runs keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.utils.translation.trans_real import parse_accept_lang_header


class LanguageMiddleware(LocaleMiddleware):
    """Speaks the person's language in what a request is answered with. After the middleware that knows the person."""

    def process_request(self, request: HttpRequest) -> None:
        language = language_for(request.user, request.COOKIES, request.headers.get("Accept-Language", ""))
        translation.activate(language)
        request.LANGUAGE_CODE = language


def language_of_socket(scope: Mapping[str, Any]) -> str:
    """The language of the page that opened a socket, as it says in its address; else as for a request."""
    said = parse_qs(scope.get("query_string", b"").decode("ascii", "replace")).get("language", [""])[0]
    if spoken := _spoken(said):
        return spoken
    accepted = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    return language_for(scope.get("user"), scope.get("cookies", {}), accepted.decode("latin-1"))


def language_for(user: Any, cookies: Mapping[str, str], accepted: str) -> str:
    """One of settings.LANGUAGES, from the most deliberate choice to the least."""
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


def words_of_error(error: Mapping[str, Any]) -> str:
    """An error that a run has kept (UpstreamError.report), in the language spoken now; twin: static/js/words/run_error.js."""
    sentence = str(error.get("sentence") or error.get("message") or "")
    fields = {name: _span(value) if name == "time" else value for name, value in (error.get("fields") or {}).items()}
    # An older one is a whole sentence, in which a brace is a brace.
    words = [_(sentence).format_map(fields) if fields else _(sentence) if sentence else ""]
    if error.get("wait_seconds"):
        words.append(_("It asks to wait {time}.").format(time=_span(error["wait_seconds"])))
    if error.get("said"):
        words.append(_("It said: {words}").format(words=error["said"]))
    return " ".join(words)


def _span(seconds: float) -> str:
    if seconds >= 86400:
        days = round(seconds / 86400)
        return ngettext("{count} day", "{count} days", days).format(count=days)
    if seconds >= 3600:
        hours = round(seconds / 3600)
        return ngettext("{count} hour", "{count} hours", hours).format(count=hours)
    if seconds >= 60:
        minutes = round(seconds / 60)
        return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    return ngettext("{count} second", "{count} seconds", round(seconds)).format(count=round(seconds))


def _spoken(code: object) -> str:
    try:
        return translation.get_supported_language_variant(str(code))
    except LookupError:
        return ""
