"""An upstream's own words about a failure, turned into our errors. Pure: bytes and numbers in, an error out.

What a body says counts before what its status suggests: many gateways answer 400, 403 or 500 whatever has happened.
"""

import re

from . import errors, reports
from .reports import MAX_DETAIL_BYTES, Report, report_of

__all__ = ["MAX_DETAIL_BYTES", "in_stream", "of_response", "report_of"]

_TOO_LONG = (
    *("context_length_exceeded", "maximum context length", "context length", "context window", "context_window"),
    *("prompt is too long", "input is too long", "too many tokens", "exceed_context_size", "available context size"),
    *("reduce the length of", "maximum prompt length", "input token count", "exceed context limit"),
    *("exceeds the maximum number of tokens", "maximum number of tokens allowed", "range of input length"),
)
_NO_MONEY = (
    *("insufficient_quota", "billing_error", "billing_hard_limit", "billing hard limit", "billing_not_active"),
    *("credit balance", "insufficient credit", "insufficient_credit", "requires more credits", "out of credits"),
    *("insufficient balance", "insufficient_balance", "arrearage", "spending limit", "余额不足", "欠费"),
)
_MODERATED = (
    *("content_policy_violation", "responsibleaipolicyviolation", "content management policy", "content policy"),
    *("requires moderation", "input was flagged", "flagged by", "flagged as", "moderation_blocked", "safety system"),
    *("usage policy", "usage policies", "data_inspection_failed", "datainspectionfailed", "inappropriate content"),
    *("content exists risk", "considered high risk", "sensitive content", "prohibited_content", "不安全或敏感"),
)
_REGION = (
    *("unsupported_country_region_territory", "region, or territory not supported", "user location is not supported"),
    *("not available in your country", "not available in your region", "not supported in your region"),
    *("not supported in your country", "unsupported location"),
)
_POLICY = (
    *("data policy", "guardrail restrictions", "no allowed providers", "zero data retention", "privacy settings"),
    *("organization must be verified", "terms acceptance", "model_terms_required", "accept the terms"),
)
_BAD_KEY = (
    *("invalid_api_key", "invalidapikey", "api_key_invalid", "api key not valid", "invalid api key"),
    *("incorrect api key", "invalid x-api-key", "authentication_error", "no auth credentials", "api key expired"),
)
_TOO_MANY = ("rate_limit", "rate limit", "too many requests", "throttlingexception", "requests per minute")
_OVERLOADED = ("overloaded", "at capacity", "server is busy", "no available capacity")
# Every server that lacks a model names what is missing; what else answers 404 has no such path at all.
_ABOUT_THE_MODEL = ("model", "deployment", "no endpoints found", "no allowed providers")
_NO_MODEL = re.compile(
    r"model_not_found|model_not_exist|\bno such model|not a valid model|unknown model"
    r"|\bmodel\b[^.\n]{0,120}\b(?:not found|(?:does )?not exist)\b"
)
_HTML = re.compile(r"\s*<(?:!doctype|html|head|body|center|h1|title)\b", re.IGNORECASE)


def in_stream(report: Report, name: str) -> errors.UpstreamError:
    """The error that an upstream reported inside a stream that began with success."""
    error = _of_status(report.status or 500, report, name)
    error.status = report.status
    error.request_id = report.request_id
    return error


def of_response(status: int, body: bytes, name: str) -> errors.UpstreamError:
    """The error for an HTTP status that is not 200; `body` is what was read of it."""
    error = _of_status(status, reports.of_body(body), name)
    error.status = status
    return error


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
    by_words = _by_words(status, words, said, name)
    if by_words is not None:
        return by_words
    if status in (401, 403) and _HTML.match(said):
        return errors.RequestRefusedError(
            "Something in front of {name}, such as a proxy or a firewall, refused the request ({status}). Tell an "
            "administrator.",
            name=name,
            status=status,
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


def _by_words(status: int, words: str, said: str, name: str) -> errors.UpstreamError | None:
    """The error that the words name, whatever the status; None where they name none."""

    def has(signs: tuple[str, ...]) -> bool:
        return any(sign in words for sign in signs)

    if status == 402 or has(_NO_MONEY):
        return errors.QuotaError("The quota of {name} is used up. Tell an administrator.", name=name, said=said)
    if status != 429 and has(_TOO_LONG):
        return errors.ContextTooLongError(
            "This conversation is too long for the model. Start a new one, or choose a model with a larger context.",
            said=said,
        )
    if has(_REGION):
        return errors.RegionError(
            "{name} may not be used from where this server is. Tell an administrator.", name=name, said=said
        )
    if has(_POLICY):
        return errors.PolicyError(
            "The settings of the account at {name} do not allow this model. Choose another one, or tell an "
            "administrator.",
            name=name,
            said=said,
        )
    if has(_MODERATED):
        return errors.ModeratedError(
            "{name} did not take this message because of what is in it. Change it, or choose another model.",
            name=name,
            said=said,
        )
    if status <= 500 and has(_BAD_KEY):
        return errors.KeyRefusedError(
            "{name} refused the key ({status}). Tell an administrator.", name=name, status=status, said=said
        )
    if status <= 500 and status not in (401, 429) and _NO_MODEL.search(words):
        return errors.NotFoundError("{name} does not have this model. Choose another one.", name=name, said=said)
    if has(_OVERLOADED):
        return errors.OverloadedError(
            "{name} is overloaded ({status}). Try again in a while.", name=name, status=status, said=said
        )
    if status not in (401, 413) and has(_TOO_MANY):
        return errors.RateLimitedError(
            "{name} is getting too many requests. Try again in a while.", name=name, said=said
        )
    return None
