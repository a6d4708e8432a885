"""An upstream's own words about a failure, turned into our errors. Pure: bytes and numbers in, an error out.

Sources: the error objects of both formats, of vLLM (no `error` key), and of the proxies that only send text or HTML.
"""

from typing import Any

import msgspec

from chat.text import clean_json

from . import errors
from .text import label

# An error's words are for a person; more than this is a web page.
MAX_DETAIL_BYTES = 1 << 16

_TOO_LONG = (
    "context_length_exceeded",
    "maximum context length",
    "context length",
    "context window",
    "prompt is too long",
    "input is too long",
    "too many tokens",
    "exceed_context_size",
)
_NO_MONEY = ("insufficient_quota", "billing_error", "credit balance", "insufficient credit", "insufficient balance")
# Every server that lacks a model names what is missing; what else answers 404 has no such path at all.
_ABOUT_THE_MODEL = ("model", "deployment", "no endpoints found", "no allowed providers")
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


class Report(msgspec.Struct, frozen=True):
    """What an error object says: its message, and its type and code as one searchable string."""

    message: str
    kind: str = ""
    status: int | None = None
    request_id: str | None = None


def report_of(value: Any) -> Report | None:
    """The report inside a decoded JSON value, None when it holds no error.

    Takes {"error": {...}}, {"error": "text"}, {"type": "error", "error": {...}}, {"object": "error", "message": ...},
    {"detail": ...} and a list with one of them.
    """
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return None
    inner = value.get("error")
    if isinstance(inner, str) and inner:
        inner = {"message": inner, **{k: v for k, v in value.items() if k in ("message", "type", "code")}}
    elif not isinstance(inner, dict) or not inner:
        bare = value.get("object") == "error" or value.get("type") == "error"
        if not bare:
            return None
        inner = value
    message = inner.get("message") or inner.get("detail") or inner.get("msg") or ""
    kind = " ".join(str(inner[key]) for key in ("type", "code") if isinstance(inner.get(key), str | int))
    request_id = value.get("request_id")
    return Report(
        message=message if isinstance(message, str) else msgspec.json.encode(clean_json(message)).decode(),
        kind=kind,
        status=_status_in(inner),
        request_id=label(request_id) if isinstance(request_id, str) else None,
    )


def _status_in(inner: dict[str, Any]) -> int | None:
    code = inner.get("code", inner.get("status"))
    if isinstance(code, str) and code.isdecimal() and len(code) == 3:
        code = int(code)
    if isinstance(code, int) and 400 <= code < 600:
        return code
    for key in ("code", "type"):
        name = inner.get(key)
        if isinstance(name, str) and name in _STATUS_OF_TYPE:
            return _STATUS_OF_TYPE[name]
    return None


def in_stream(report: Report, name: str) -> errors.UpstreamError:
    """The error that an upstream reported inside a stream that began with success."""
    error = _of_status(report.status or 500, report, name)
    error.status = report.status
    error.request_id = report.request_id
    return error


def of_response(status: int, body: bytes, name: str) -> errors.UpstreamError:
    """The error for an HTTP status that is not 200; `body` is what was read of it."""
    error = _of_status(status, _report_of_body(body), name)
    error.status = status
    return error


def _report_of_body(body: bytes) -> Report:
    body = body[:MAX_DETAIL_BYTES]
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Report(body.decode("utf-8", "replace"))
    report = report_of(value)
    if report is None and isinstance(value, dict):
        report = report_of({"error": value})
    return report or Report(body.decode("utf-8", "replace"))


def _of_status(status: int, report: Report, name: str) -> errors.UpstreamError:
    # Unscrubbed and in full: the client scrubs and then shortens it.
    said = report.message.strip()
    words = f"{report.kind} {report.message[:2000]}".lower()
    if 300 <= status < 400:
        return errors.RedirectedError(
            "{name} answered with a redirect ({status}), which is not followed. Ask an administrator to set its "
            "final address.",
            name=name,
            status=status,
        )
    if status == 402 or any(sign in words for sign in _NO_MONEY):
        return errors.QuotaError("The quota of {name} is used up. Tell an administrator.", name=name, said=said)
    if status in (400, 413, 422, 500) and any(sign in words for sign in _TOO_LONG):
        return errors.ContextTooLongError(
            "This conversation is too long for the model. Start a new one, or choose a model with a larger context.",
            said=said,
        )
    if status in (401, 403):
        return errors.KeyRefusedError(
            "{name} refused the key ({status}). Tell an administrator.", name=name, status=status, said=said
        )
    if status in (404, 405) and (said.startswith("<") or not any(sign in words for sign in _ABOUT_THE_MODEL)):
        return errors.WrongAddressError(
            "Nothing at the address of {name} takes such requests ({status}): the address is wrong. Tell an administrator.",
            name=name,
            status=status,
            said=said,
        )
    if status == 404:
        return errors.NotFoundError("{name} does not have this model. Choose another one.", name=name, said=said)
    if status == 413:
        return errors.TooLargeError("This is too large for {name}. Send less, or smaller files.", name=name, said=said)
    if status == 429:
        return errors.RateLimitedError(
            "{name} is getting too many requests. Try again in a while.", name=name, said=said
        )
    if status in (503, 529):
        return errors.OverloadedError(
            "{name} is overloaded ({status}). Try again in a while.", name=name, status=status, said=said
        )
    if status >= 500 or status in (408, 409):
        return errors.ServerError(
            "{name} failed (error {status}). Try again in a while.", status=status, name=name, said=said
        )
    return errors.RequestRefusedError(
        "{name} did not accept the request ({status}). Try another model, or tell an administrator.",
        name=name,
        status=status,
        said=said,
    )
