"""Taking a conversation or an answer along: as a file, and as a page to print. For everybody who may read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chat import policy
from chat.models import Conversation, Message, User
from chat.models.message import path_to
from chat.web import documents
from chat.web.documents import Piece

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Form(NamedTuple):
    """A kind of file: its type, and how it is written; None where there is nothing to write."""

    type: str
    write: Callable[[str, list[Piece]], bytes | None]


FORMS = {
    "md": Form("text/markdown; charset=utf-8", lambda title, pieces: documents.as_markdown(title, pieces).encode()),
    "docx": Form(WORD, documents.as_word),
    "xlsx": Form(EXCEL, lambda _title, pieces: documents.as_excel("\n\n".join(piece.text for piece in pieces))),
}


@login_required
@require_GET
def download(request: HttpRequest, conversation: UUID, form: str) -> HttpResponse:
    """The path down to `?message=`, or this message alone with `?alone=1`, as a file. What a person may not read is a 404."""
    row, messages = _found(request, conversation)
    alone = request.GET.get("alone") == "1"
    kind = FORMS.get(form)
    if kind is None:
        raise Http404
    title = row.title or _("New conversation")
    pieces = [_piece(message) for message in (messages[-1:] if alone else messages)]
    content = kind.write("" if alone else title, pieces)
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type=kind.type)
    name = f"{title[:80]}.{form}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_GET
def printed(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """The whole path down to `?message=` as a page that prints itself."""
    row, messages = _found(request, conversation)
    told = [{"message": message, "piece": _piece(message)} for message in messages]
    # Paper is white, whatever a person has chosen for their screen.
    context = {"title": row.title or _("New conversation"), "told": told, "theme": "light"}
    response = render(request, "chat/print.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _found(request: HttpRequest, conversation: UUID) -> tuple[Conversation, list[Message]]:
    user = cast("User", request.user)
    row = policy.visible_to(user).filter(pk=conversation).first()
    if row is None:
        raise Http404
    wanted = request.GET.get("message", "")
    known = Message.objects.filter(conversation=row, trashed_at=None)
    last = known.filter(pk=int(wanted)) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else known
    leaf = last.order_by("-pk").values_list("pk", flat=True).first()
    if leaf is None:
        raise Http404
    path = path_to(leaf).filter(trashed_at=None).select_related("author").order_by("pk")
    return row, list(path)


def _piece(message: Message) -> Piece:
    author = message.author.display_name if message.author else message.model or _("former member")
    when = date_format(localtime(message.created_at), "DATETIME_FORMAT")
    files = tuple(str(part.get("name")) for part in message.parts if part.get("type") == "attachment")
    return Piece(author, when, files, message.text)
