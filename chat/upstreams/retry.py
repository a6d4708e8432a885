"""Whether to try again, and when. Pure: headers, numbers and a clock's reading in, seconds out."""

import email.utils
from collections.abc import Mapping

from .errors import UpstreamError

# The longest wait that is shown as a countdown; the SDKs of both providers use the same bound.
MAX_WAIT_SECONDS = 60.0


def heed(error: UpstreamError, headers: Mapping[str, str], now: float) -> None:
    """Let the response's headers overrule what the error thinks of trying again; `now` in seconds since 1970."""
    error.retry_after_seconds = asked_seconds(headers, now)
    should = headers.get("x-should-retry", "").lower()
    if should in ("true", "false"):
        error.retryable = should == "true"
    asked = error.retry_after_seconds
    if error.retryable and asked is not None and asked > MAX_WAIT_SECONDS:
        error.retryable = False
        error.asks_to_wait_seconds = asked


def asked_seconds(headers: Mapping[str, str], now: float) -> float | None:
    """What `retry-after-ms` or `retry-after` (seconds, or an HTTP date) ask for; a date in the past is 0."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    given = headers.get("retry-after", "")
    seconds = _number(given)
    if seconds is not None:
        return seconds
    try:
        date = email.utils.parsedate_to_datetime(given)
        return max(0.0, date.timestamp() - now)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def wait_seconds(error: UpstreamError, attempt: int, random: float) -> float:
    """How long to wait after the failed attempt (1, 2, ...); `random` between 0 and 1."""
    asked = error.retry_after_seconds
    if asked is not None and 0 < asked <= MAX_WAIT_SECONDS:
        return asked
    return min(0.5 * 2.0 ** (attempt - 1), 8.0) * (1 - 0.25 * random)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < 1e9 else None
