"""What an error's body says, in whatever shape: JSON of any provider, JSON inside JSON, or only text. Pure.

Sources: the error objects of both formats, of OpenRouter, Gemini, Azure, DashScope, MiniMax, vLLM, FastAPI and Apigee, and of
the proxies that put another server's error into a string of their own.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from chat.text import clean_json

from .text import label

# An error's words are for a person; more than this is a web page.
MAX_DETAIL_BYTES = 1 << 16

# Where the words are, and what they are about. Other fields may hold what the person wrote, or the request.
_WORDS = ("message", "msg", "errorMessage", "status_msg", "Message", "faultstring", "error_description")
_KINDS = ("type", "code", "status", "reason", "error_code", "status_code", "__type")
_INNER = (
    *("error", "errors", "detail", "details", "metadata", "raw", "cause", "innererror", "inner_error"),
    *("upstream_error", "previous_errors", "fault", "base_resp", "body"),
)
_MAX_DEPTH = 6
_MAX_REASONS = 6
_MAX_WORDS_CHARS = 4000
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "api_error": 500,
    "server_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
# What is said with success, where there is a code at all.
_FINE = (0, 200, "0", "200", "ok", "success", "")
_STATUS_IN_TEXT = re.compile(r"(?:error code|status code|HTTP)\D{0,3}([45]\d\d)\b", re.IGNORECASE)


class Report(msgspec.Struct, frozen=True):
    """What an error object says: its messages, outer ones first, and its types and codes as one searchable string."""

    message: str
    kind: str = ""
    status: int | None = None
    request_id: str | None = None


class _Found:
    def __init__(self) -> None:
        self.words: list[str] = []
        self.kinds: list[str] = []
        self.status: int | None = None

    def report(self, request_id: Any = None) -> Report:
        said: list[str] = []
        for words in self.words:
            if not any(words in other for other in said):
                said = [other for other in said if other not in words] + [words]
        return Report(
            message=": ".join([*(words.rstrip(":. ") for words in said[:-1]), *said[-1:]]),
            kind=" ".join(self.kinds),
            status=self.status,
            request_id=label(request_id) if isinstance(request_id, str) else None,
        )


def report_of(value: Any) -> Report | None:
    """The report inside a decoded JSON value that began with success, None when it holds no error."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict) or not _is_error(value):
        return None
    found = _Found()
    _walk(value, found, 0)
    return found.report(value.get("request_id"))


def of_body(body: bytes) -> Report:
    """The report of a response that was no success."""
    body = body[:MAX_DETAIL_BYTES]
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Report(body.decode("utf-8", "replace"))
    found = _Found()
    _walk(value, found, 0)
    if not found.words and not found.kinds:
        return Report(body.decode("utf-8", "replace"))
    return found.report(value.get("request_id") if isinstance(value, dict) else None)


def _is_error(value: dict[str, Any]) -> bool:
    error = value.get("error")
    if error and isinstance(error, dict | str):
        return True
    if value.get("object") == "error" or value.get("type") == "error":
        return True
    if any(key in value for key in ("choices", "type", "content", "usage", "delta")):
        return False
    base = value.get("base_resp")
    if isinstance(base, dict):
        return base.get("status_code") not in (None, *_FINE)
    says = any(isinstance(value.get(key), str) and value[key] for key in _WORDS)
    codes = [
        value[key] for key in ("code", "status", "error_code", "status_code") if isinstance(value.get(key), int | str)
    ]
    return says and (value.get("success") is False or any(_is_no_success(code) for code in codes))


def _is_no_success(code: int | str) -> bool:
    return (code.lower() if isinstance(code, str) else code) not in _FINE


def _walk(value: Any, found: _Found, depth: int) -> None:
    if depth > _MAX_DEPTH or len(found.words) >= _MAX_REASONS:
        return
    if isinstance(value, str):
        _take_words(value[:_MAX_WORDS_CHARS], found, depth)
    elif isinstance(value, list):
        for item in value[:_MAX_REASONS]:
            _walk(item, found, depth + 1)
    elif isinstance(value, dict):
        found.kinds += [str(value[key])[:200] for key in _KINDS if isinstance(value.get(key), str | int)]
        found.status = found.status or _status_in(value)
        before = len(found.words)
        for inner in _inner(value):
            _walk(inner, found, depth + 1)
        if (field := _field_of(value)) and len(found.words) > before:
            found.words[before] = f"{field}: {found.words[before]}"


def _field_of(value: dict[str, Any]) -> str:
    """The field that an error of FastAPI is about: its `loc` without the part that only says where the request was."""
    where = value.get("loc")
    if not isinstance(where, list):
        return ""
    return ".".join(label(str(step)) for step in where[:8] if step != "body")


def _inner(value: dict[str, Any]) -> Iterator[Any]:
    for key in (*_WORDS, *_INNER):
        inner = value.get(key)
        if inner and isinstance(inner, str | dict | list):
            yield clean_json(inner)


def _take_words(text: str, found: _Found, depth: int) -> None:
    """Take what a string says; where JSON is in it, what that says."""
    text = text.strip()
    start = min((at for at in (text.find("{"), text.find("[{")) if at >= 0), default=-1)
    if start >= 0:
        try:
            inner = msgspec.json.decode(text[start : max(text.rfind("}"), text.rfind("]")) + 1])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            inner = None
        if isinstance(inner, dict | list) and inner:
            before = len(found.words)
            _walk(inner, found, depth + 1)
            if len(found.words) > before:
                outer = text[:start].strip(" -:\n")
                if outer:
                    found.words.insert(before, outer)
                return
    if text and text not in found.words:
        found.words.append(text)
    if found.status is None and (status := _STATUS_IN_TEXT.search(text)):
        found.status = int(status[1])


def _status_in(value: dict[str, Any]) -> int | None:
    for key in ("code", "status", "status_code"):
        code = value.get(key)
        if isinstance(code, str) and code.isdecimal() and len(code) == 3:
            code = int(code)
        if isinstance(code, int) and 400 <= code < 600:
            return code
    for key in ("code", "type"):
        name = value.get(key)
        if isinstance(name, str) and name in _STATUS_OF_TYPE:
            return _STATUS_OF_TYPE[name]
    return None
