"""The pages inside the sandboxed frames of an answer: one draws a diagram, one shows a picture from elsewhere.

They hold nothing of anybody, so nobody has to sign in; what they show comes by message from the page around them. Each
has a policy of its own, which sandboxes it also when it is opened by itself, and opens the one thing it is there for.
"""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

CLOSED: dict[str, Any] = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-scripts"],
}


@require_GET
@xframe_options_sameorigin
@csp({**CLOSED, "style-src": [SELF, UNSAFE_INLINE]})
def diagram(request: HttpRequest) -> HttpResponse:
    """Mermaid writes styles into its drawings; nothing can be loaded from anywhere but here."""
    return render(request, "frames/diagram.html")


@require_GET
@xframe_options_sameorigin
@csp({**CLOSED, "img-src": ["https:", "http:"]})
def image(request: HttpRequest) -> HttpResponse:
    """Pictures from anywhere, whose servers are not told which page asked."""
    response = render(request, "frames/image.html")
    response["Referrer-Policy"] = "no-referrer"
    return response
