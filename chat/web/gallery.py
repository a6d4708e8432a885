"""The gallery: every state of the page from fixed data, for developers. It does not exist unless DEVELOPER is set.

Each scene is the real page with the real worker, whose socket is a script (static/js/gallery). Nobody need be signed in,
and nothing of anybody is shown. `?theme=dark`, `?width=390` and `?language=de` let pictures be taken by a script.
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
    """The view where developers are at work; elsewhere there is nothing at its address. Reads theme and language."""

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
    """All scenes at once, each in a frame."""
    return render(request, "gallery/sheet.html")


# The sheet shows scenes in frames, which no other page allows.
@csp_replace({"frame-ancestors": [SELF]})
@xframe_options_sameorigin
@require_safe
@for_developers
def scene(request: HttpRequest, scene: str) -> HttpResponse:
    """One scene: the chat's page as somebody called Maren sees it. `?new=1` for a conversation that is not begun."""
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
    context: dict[str, Any] = {"scene": scene, "page": page, "conversation": conversation, "shelves": []}
    return render(request, "gallery/scene.html", context)
