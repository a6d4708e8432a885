"""Upload, delete and download attachments, within what `chat.policy` lets the person see.

An upload is the bare body of a POST with the name in a header, so that it is written to disk as it arrives and never
parsed as a form. The headers of a download sandbox it, so that no script in it runs even where a browser shows it.
"""

import tempfile
import time
from collections.abc import AsyncIterator
from typing import IO, cast
from urllib.parse import unquote
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chat import policy
from chat.attachments import files
from chat.attachments.names import saved_name
from chat.models import Attachment, AuditEntry, User, storing
from chat.review import audit
from chat.review.access import may_read

# Each upload costs a process that reads it, even if it is refused.
UPLOADS_A_MINUTE = 40
STATUS = {"day_full": 429, "disk_full": 507, "busy": 503}
TEXT_TYPE = "text/plain; charset=utf-8"
# Vary: Cookie, so that the next person at this browser does not get this one's files from its cache.
HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=3600",
    "Vary": "Cookie",
}


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Store the body as an unused attachment of this person. Responds with its part, or {code, message}."""
    if not request.user.is_authenticated:
        return _refused("signed_out", _("You are signed out. Sign in again, then attach the file again."), 401)
    user = request.user
    if _is_hasty(user.pk):
        return _refused("too_fast", _("That was too much at once. Wait a moment, then try again."), 429)
    name = unquote(request.headers.get("X-File-Name", ""))
    try:
        with tempfile.TemporaryFile() as file:
            size_bytes = _receive(request, file)
            if size_bytes > settings.MAX_ATTACHMENT_BYTES:
                return _refused("too_large", too_large(), 413)
            file.seek(0)
            attachment, note = storing.store(user, name, file, size_bytes)
    except storing.NotStoredError as error:
        return _refused(error.code, str(error), STATUS.get(error.code, 422))
    except OSError:
        return _refused("disk_full", _("The server could not store this file: its disk may be full."), 507)
    return JsonResponse({**attachment.as_part(), "note": note}, status=201)


def _is_hasty(person: int) -> bool:
    key = f"uploads.{person}.{int(time.time()) // 60}"
    cache.add(key, 0, 120)
    try:
        return cache.incr(key) > UPLOADS_A_MINUTE
    except ValueError:  # the counter expired in between
        return False


def _receive(request: HttpRequest, file: IO[bytes]) -> int:
    """Write the body to `file`, stopping soon after the size limit; returns the number of bytes written."""
    size_bytes = 0
    while size_bytes <= settings.MAX_ATTACHMENT_BYTES and (chunk := request.read(files.CHUNK_BYTES)):
        size_bytes += file.write(chunk)
    return size_bytes


def too_large() -> str:
    """The sentence that refuses a file over the limit."""
    megabytes = settings.MAX_ATTACHMENT_BYTES / 1_000_000
    return _("A file may have at most {megabytes} MB.").format(megabytes=f"{megabytes:g}")


def _refused(code: str, message: str, status: int) -> JsonResponse:
    return JsonResponse({"code": code, "message": message}, status=status)


@require_http_methods(["GET", "HEAD", "DELETE"])
@login_required
def file(request: HttpRequest, attachment: UUID, which: str = files.WHOLE) -> HttpResponseBase:
    """Send the stored bytes; DELETE deletes the person's own unused upload. Other people's files give 404."""
    if request.method == "DELETE":
        unused = Attachment.objects.filter(pk=attachment, uploader=cast("User", request.user), message=None)
        if not unused.delete()[0]:
            raise Http404
        return HttpResponse(status=204)
    row = _visible(request, attachment)
    # Only pictures, which we encoded ourselves, are shown inline; all else is downloaded.
    is_picture = row.kind == Attachment.Kind.IMAGE
    which = which if is_picture else files.WHOLE
    try:
        stored = files.open_file(row.pk, which)
    except OSError as error:
        raise Http404 from error
    kind = row.media_type if which == files.WHOLE else _kind_of_small(stored)
    headers = {
        **HEADERS,
        "Content-Type": TEXT_TYPE if row.kind == Attachment.Kind.TEXT else kind,
        "Content-Length": str(files.size_of(stored)),
        "Content-Disposition": content_disposition_header(not is_picture, saved_name(row.name, kind)) or "attachment",
    }
    if request.method == "HEAD":
        stored.close()
        return HttpResponse(headers=headers)
    return StreamingHttpResponse(_pieces(stored), headers=headers)


def _visible(request: HttpRequest, attachment: UUID) -> Attachment:
    """The row, if this person may see it as a member, as its uploader, or as a reviewer, whose reading is noted."""
    row = policy.attachments_visible_to(request.user).defer("text").filter(pk=attachment).first()
    if row is not None:
        return row
    row = Attachment.objects.defer("text").filter(pk=attachment).select_related("message__conversation").first()
    if row is None or row.message is None or not may_read(request):
        raise Http404
    noted: AuditEntry | None = audit.note_reading(
        request, row.message.conversation, message=row.message.pk, attachment=str(row.pk)
    )
    assert noted is not None
    return row


def _kind_of_small(stored: IO[bytes]) -> str:
    begin = stored.read(4)
    stored.seek(0)
    return "image/png" if begin == b"\x89PNG" else "image/jpeg"


async def _pieces(stored: IO[bytes]) -> AsyncIterator[bytes]:
    # Not a FileResponse, because under ASGI Django reads the whole file into memory before it sends the first byte.
    try:
        while chunk := await sync_to_async(stored.read, thread_sensitive=False)(files.CHUNK_BYTES):
            yield chunk
    finally:
        stored.close()
