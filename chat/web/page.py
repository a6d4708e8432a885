"""The chat's page: a shell that is complete before any script runs; the conversation is loaded over the socket."""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from chat.models import User
from chat.shown import listing
from chat.shown.models import model_list
from chat.shown.personal import draft_of
from chat.uploads.encodings import labels


# Compression makes it a fifth of its size. Django adds random bytes, so that its length reveals no secret (BREACH).
@gzip_page
@login_required
@require_GET
def page(request: HttpRequest, conversation: UUID | None = None) -> HttpResponse:
    """Show one conversation, or an empty page for a new one. Other people's conversations give 404."""
    user = cast("User", request.user)
    shown = listing.conversation_item(user, conversation) if conversation else None
    if conversation and shown is None:
        raise Http404
    data = {
        "user": {"id": user.pk, "name": user.display_name, "is_staff": user.is_staff},
        "preferences": user.preferences,
        "conversation": str(conversation) if conversation else None,
        "draft": draft_of(user, conversation),
        **model_list(),
        "settings": page_settings(),
    }
    shell = listing.shell(user)
    data |= {"lists": shell["lists"], "folders": shell["folders"]}
    context = {
        "page": data,
        "conversation": shown,
        "sections": shell["sections"],
        "languages": settings.LANGUAGES,
        "encodings": labels(),
        "only_demo": bool(data["models"]) and all(choice["demo"] for choice in data["models"]),
    }
    return render(request, "chat/page.html", context)


def page_settings() -> dict[str, Any]:
    """What the script must know of this site before the socket is connected."""
    return {
        "max_message_chars": settings.MAX_MESSAGE_CHARS,
        "max_attachment_bytes": settings.MAX_ATTACHMENT_BYTES,
        "max_attachments": settings.MAX_ATTACHMENTS_PER_MESSAGE,
        "flush_interval_ms": settings.FLUSH_INTERVAL_MS,
        "trash_days": settings.TRASH_DAYS,
        "build": settings.BUILD,
    }
