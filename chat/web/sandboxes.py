"""The sandboxed pages inside an answer: one draws a diagram, one shows a picture from another site.

They contain no person's data, so they need no sign-in; the page around them sends what they show by postMessage. Each
has its own policy, which sandboxes it even when opened directly, and permits only the one thing that it needs.
"""

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
    """Draw a diagram. Mermaid writes inline styles; nothing can be loaded from other sites."""
    return render(request, "sandboxes/diagram.html")


@require_GET
@xframe_options_sameorigin
@csp({**CLOSED, "img-src": ["https:", "http:"]})
def image(request: HttpRequest) -> HttpResponse:
    """Show a picture from any site; its server is not told which page asked."""
    response = render(request, "sandboxes/image.html")
    response["Referrer-Policy"] = "no-referrer"
    return response
