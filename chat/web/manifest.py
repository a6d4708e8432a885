"""The web app manifest, in the reader's language, with which a browser installs Parley as an app.

There is no service worker: without the server there is nothing to show, and the page itself stores unsent text.
"""

from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

# The light value of --paper in static/css/global.css: a manifest has one colour; the pages declare the dark one.
PAPER = "#f9f7f3"
SIZES = (192, 512)


@require_safe
@vary_on_cookie
def manifest(request: HttpRequest) -> JsonResponse:
    """Send the manifest (W3C); the mark of its icons is inside the circle that a mask may cut out."""
    drawn = [
        {"src": static(f"icons/app-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in SIZES
        for purpose in ("any", "maskable")
    ]
    vector = {"src": static("icons/app.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    content = {
        "id": "/",
        "name": "Parley",
        "short_name": "Parley",
        "description": _("Talk with people and language models in one conversation."),
        "lang": get_language(),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": [*drawn, vector],
        "shortcuts": [{"name": _("New conversation"), "url": "/", "icons": [drawn[0]]}],
    }
    response = JsonResponse(content, content_type="application/manifest+json")
    response["Cache-Control"] = "private, max-age=3600"
    return response
