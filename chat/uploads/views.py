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
from chat.attachments.content import page_blob
from chat.attachments.encodings import ENCODINGS
from chat.attachments.names import saved_name
from chat.models import Attachment, AuditEntry, User, storing
from chat.review import audit
from chat.review.access import may_read
from chat.uploads.ranges import wanted

# Each upload costs a process that reads it, even if it is refused.
UPLOADS_A_MINUTE = 40
STATUS = {"day_full": 429, "hour_full": 429, "disk_full": 507, "busy": 503, "not_found": 404}
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
        return _refused("too_fast", _("Too many requests at once. Wait a moment, then try again."), 429)
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


@require_POST
@login_required
def encoding(request: HttpRequest, attachment: UUID) -> HttpResponse:
    """Read one's own unused text again, in the `encoding` that the form names. Responds like an upload."""
    user = cast("User", request.user)
    row = Attachment.objects.filter(pk=attachment, uploader=user, message=None, kind=Attachment.Kind.TEXT).first()
    chosen = request.POST.get("encoding", "")
    if row is None or chosen not in ENCODINGS:
        raise Http404
    if _is_hasty(user.pk):
        return _refused("too_fast", _("Too many requests at once. Wait a moment, then try again."), 429)
    try:
        note = storing.read_again(user, row, chosen)
    except storing.NotStoredError as error:
        return _refused(error.code, str(error), STATUS.get(error.code, 422))
    except OSError as error:
        raise Http404 from error
    return JsonResponse({**row.as_part(), "note": note})


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
    is_picture = row.kind == Attachment.Kind.IMAGE
    return _sent(request, row, which if is_picture else files.WHOLE, is_shown=is_picture)


@require_http_methods(["GET", "HEAD"])
@login_required
def page(request: HttpRequest, attachment: UUID, number: int) -> HttpResponseBase:
    """Send the picture of a scanned page."""
    row = _visible(request, attachment)
    if number not in (row.scans or ()):
        raise Http404
    return _sent(request, row, page_blob(number), is_shown=True)


@require_http_methods(["GET", "HEAD"])
@login_required
def text(request: HttpRequest, attachment: UUID) -> HttpResponse:
    """Send what was read out of a file, as a model gets it."""
    return HttpResponse(_visible(request, attachment).text, headers={**HEADERS, "Content-Type": TEXT_TYPE})


def _sent(request: HttpRequest, row: Attachment, which: str, is_shown: bool) -> HttpResponseBase:
    """Stored bytes. Only pictures, which we encoded ourselves, are shown inline; all else is downloaded."""
    try:
        stored = files.open_file(row.pk, which)
    except OSError as error:
        raise Http404 from error
    kind = row.media_type if which == files.WHOLE else _kind_of_picture(stored)
    name = saved_name(row.name, kind)
    size_bytes = files.size_of(stored)
    headers = {
        **HEADERS,
        "Accept-Ranges": "bytes",
        "Content-Type": TEXT_TYPE if kind == "text/plain" and not row.encoding else kind,
        "Content-Length": str(size_bytes),
        "Content-Disposition": content_disposition_header(not is_shown, name) or "attachment",
    }
    if request.method == "HEAD":
        stored.close()
        return HttpResponse(headers=headers)
    try:
        part = wanted(request.headers.get("Range", ""), size_bytes)
    except ValueError:
        stored.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size_bytes}"})
    if part is None:
        return StreamingHttpResponse(_pieces(stored, size_bytes), headers=headers)
    begin, count = part
    stored.seek(begin)
    about = {"Content-Length": str(count), "Content-Range": f"bytes {begin}-{begin + count - 1}/{size_bytes}"}
    return StreamingHttpResponse(_pieces(stored, count), status=206, headers={**headers, **about})


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


def _kind_of_picture(stored: IO[bytes]) -> str:
    begin = stored.read(4)
    stored.seek(0)
    return "image/png" if begin == b"\x89PNG" else "image/jpeg"


async def _pieces(stored: IO[bytes], count: int) -> AsyncIterator[bytes]:
    # Not a FileResponse, because under ASGI Django reads the whole file into memory before it sends the first byte.
    try:
        while chunk := await sync_to_async(stored.read, thread_sensitive=False)(min(files.CHUNK_BYTES, count)):
            count -= len(chunk)
            yield chunk
    finally:
        stored.close()
