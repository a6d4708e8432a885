"""The gallery: every state of the page with fixed data, for developers. Without DEVELOPER its addresses give 404.

Each scene is the real page with the real worker, whose socket is scripted (static/js/gallery). It needs no sign-in,
because it shows no person's data. `?theme=dark`, `?width=390` and `?language=de` are for scripts that take pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from chat.web.page import page_settings

View = Callable[..., HttpResponse]
CONVERSATION = "00000000-0000-4000-8000-000000000001"


def for_developers(view: View) -> View:
    """Wrap a view: it gives 404 unless DEVELOPER is set, and takes theme and language from the query string."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEVELOPER:
            raise Http404
        request.COOKIES["theme"] = request.GET.get("theme", "")
        if request.GET.get("language") in dict(settings.LANGUAGES):
            translation.activate(request.GET["language"])
        return view(request, *args, **kwargs)

    return shown


@require_safe
@for_developers
def sheet(request: HttpRequest) -> HttpResponse:
    """Show all scenes at once, each in an iframe."""
    return render(request, "gallery/sheet.html")


# The sheet shows scenes in iframes, which no other page allows.
@csp_replace({"frame-ancestors": [SELF]})
@xframe_options_sameorigin
@require_safe
@for_developers
def scene(request: HttpRequest, scene: str) -> HttpResponse:
    """Show one scene: the chat's page as a person called Maren sees it. `?new=1` shows a conversation without messages."""
    conversation = None if "new" in request.GET else {"id": CONVERSATION, "title": ""}
    page: dict[str, Any] = {
        "user": {"id": 1, "name": "Maren Holt", "is_staff": True},
        "conversation": conversation["id"] if conversation else None,
        "draft": {"conversation": CONVERSATION if conversation else None, "text": "", "revision": 0},
        "lists": [],
        "folders": [],
        "models": [],
        "default": None,
        "settings": page_settings(),
    }
    context: dict[str, Any] = {"scene": scene, "page": page, "conversation": conversation, "sections": []}
    return render(request, "gallery/scene.html", context)
