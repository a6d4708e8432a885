"""Where browsers report what the Content-Security-Policy has stopped: each report is one line in the log."""

from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from chat.accounts.limits import may_try
from chat.text import clean

log = structlog.get_logger(__name__)

# A browser's report has about 1 KB, most of it the policy.
MAX_BYTES = 16_384
LONGEST_CHARS = 100


class Violation(msgspec.Struct, rename="kebab"):
    """What is logged of a report; a browser sends more, also addresses with their queries."""

    document_uri: str = ""
    effective_directive: str = ""
    violated_directive: str = ""
    blocked_uri: str = ""
    source_file: str = ""
    line_number: int | None = None


class Report(msgspec.Struct, rename="kebab"):
    """The body of a report."""

    csp_report: Violation


# Browsers send it without a token. It changes nothing, and a stranger's is a line like any other, so few are taken.
@csrf_exempt
@require_POST
def csp(request: HttpRequest) -> HttpResponse:
    """Log one report; 204, or 400 for what is none, 413 and 429 for too much."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        return HttpResponse(status=413)
    if not may_try(request, "csp_report"):
        return HttpResponse(status=429)
    try:
        violation = msgspec.json.decode(request.body, type=Report, strict=False).csp_report
    except msgspec.MsgspecError:
        return HttpResponse(status=400)
    log.warning("csp.violated", **_shown(violation))
    return HttpResponse(status=204)


def _shown(violation: Violation) -> dict[str, Any]:
    return {
        "directive": _short(violation.effective_directive or violation.violated_directive),
        "blocked": _without_query(violation.blocked_uri),
        "page": _without_query(violation.document_uri),
        "source": _without_query(violation.source_file),
        "line": violation.line_number,
    }


def _without_query(address: str) -> str:
    """The host and path of an address, or a keyword such as `inline`: a query may hold what people wrote."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return _short(f"{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else parts.scheme or parts.path)


def _short(text: str) -> str:
    return clean(text)[:LONGEST_CHARS]
