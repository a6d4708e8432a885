"""Starts the process that reads a file, waits for it within limits, and says in a sentence what was wrong.

A call may take WALL_SECONDS, and before that WAIT_SECONDS for a free slot, so only threads of requests may make it.
"""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.attachments.limits import MAX_PDF_PAGES, MAX_PIXELS, WALL_SECONDS

log = structlog.get_logger(__name__)

# Each may use a gigabyte and a core for a while; with two, a small machine still relays answers.
AT_ONCE = 2
WAIT_SECONDS = 60
_slots = threading.BoundedSemaphore(AT_ONCE)

SENTENCES = {
    "empty": _("This file is empty."),
    "unknown_kind": _("This type of file is not supported. Attach a picture, a PDF or a text file."),
    "too_many_pixels": _("This picture has more than {megapixels} megapixels. Make it smaller and attach it again."),
    "broken_image": _("This picture cannot be read: it is damaged or incomplete."),
    "broken_pdf": _("This PDF cannot be read: it is damaged or incomplete."),
    "encrypted_pdf": _("This PDF is protected by a password. Save it without one and attach it again."),
    "scanned_pdf": _("This PDF has no text, only pictures of pages. Attach the pages as pictures."),
    "too_much_memory": _("Reading this file takes too much memory. Make it smaller and attach it again."),
    "too_slow": _("Reading this file takes too long. Make it smaller and attach it again."),
    "failed": _("This file could not be read."),
    "busy": _("Many files are being read at the moment. Try again shortly."),
}


class RefusedError(Exception):
    """The file is refused; `code` is for programs, the message for people."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(str(SENTENCES[code]).format(megapixels=MAX_PIXELS // 1_000_000))


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the fields of an attachment, the blobs to store instead of the file, and a remark for people."""

    kind: str
    media_type: str
    text: str
    width: int | None = None
    height: int | None = None
    note: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict)


def read(
    file: IO[bytes], *, wall_seconds: float = WALL_SECONDS, run: Callable[..., object] = subprocess.run
) -> Reading:
    """Read `file` (with a descriptor, at position 0) in a separate process. Raises RefusedError.

    `run` starts the process and waits for it, as `subprocess.run` does.
    """
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise RefusedError("busy")
    try:
        with tempfile.TemporaryFile() as out:
            _run(file, out, wall_seconds, run)
            out.seek(0)
            return _reading(out)
    finally:
        _slots.release()


def _run(file: IO[bytes], out: IO[bytes], wall_seconds: float, run: Callable[..., object]) -> None:
    command = [sys.executable, "-m", "chat.attachments.reader", str(settings.MAX_ATTACHMENT_CHARS)]
    try:
        # The command is fixed; the file is only its input.
        run(
            command,
            stdin=file,
            stdout=out,
            stderr=subprocess.DEVNULL,
            timeout=wall_seconds,
            cwd=settings.BASE_DIR,
            # A file that takes over the libraries reading it finds none of our keys.
            env={"PYTHONDONTWRITEBYTECODE": "1"},
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise RefusedError("too_slow") from error
    except subprocess.CalledProcessError as error:
        log.warning("attachments.reader_failed", code=error.returncode)
        # A negative code: the kernel killed it for time or memory. Otherwise a library failed in an unforeseen way.
        raise RefusedError("too_slow" if error.returncode < 0 else "failed") from error


def _reading(out: IO[bytes]) -> Reading:
    head: dict[str, Any] = json.loads(out.readline())
    if "refused" in head:
        raise RefusedError(head["refused"])
    blobs = {name: out.read(size) for name, size in zip(head["blobs"], head["sizes"], strict=True)}
    return Reading(
        kind=head["kind"],
        media_type=head["media_type"],
        text=head["text"],
        width=head.get("width"),
        height=head.get("height"),
        note=_note(head),
        blobs=blobs,
    )


def _note(head: dict[str, Any]) -> str:
    if not head.get("is_cut"):
        return ""
    if head["kind"] == "pdf" and len(head["text"]) < settings.MAX_ATTACHMENT_CHARS:
        return str(_("Only the first {pages} pages are sent.")).format(pages=MAX_PDF_PAGES)
    return str(_("Only the first {count} characters are sent.")).format(count=f"{settings.MAX_ATTACHMENT_CHARS:,}")
