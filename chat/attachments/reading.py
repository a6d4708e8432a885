"""Starts the process that reads a file, waits for it within limits, and says in a sentence what was wrong.

A call may take WALL_SECONDS, and before that WAIT_SECONDS for its turn, so only threads of requests may make it.
"""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import IO, Any, NamedTuple

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.attachments import files
from chat.attachments.content import Content
from chat.attachments.kinds import HEAD_BYTES, kind_of
from chat.attachments.limits import CPU_SECONDS, MAX_PDF_PAGES, MAX_PIXELS, MAX_SCANS, WALL_SECONDS
from chat.attachments.reader import OUT_OF_MEMORY
from chat.attachments.turns import BusyError, Turns

log = structlog.get_logger(__name__)

WAIT_SECONDS = 60
# Each may use a gigabyte and a core for a while; with two, a small machine still relays answers. Ten slow PDFs of one
# person once delayed everybody's files by 51 s: what is read in a moment has a place of its own.
_slow, _quick = Turns(2), Turns(1)
# A larger picture may take seconds; a text of 20 MB takes less than one.
QUICK_PICTURE_BYTES = 1_000_000

SENTENCES = {
    "empty": _("This file is empty."),
    "unknown_kind": _(
        "This type of file is not supported. Attach a picture, a PDF, an Office file, an e-mail or text."
    ),
    "old_format": _("This older format is not supported. Save it as .docx, .xlsx, .pptx, .eml or PDF and attach that."),
    "broken_file": _("This file cannot be read: it is damaged or incomplete."),
    "encrypted_file": _("This file is protected by a password. Save it without one and attach it again."),
    "macros": _("This file contains macros. Save it without them, for example as .docx or .xlsx, and attach that."),
    "fetches": _("This file loads content from another address when it is opened. Save it as PDF and attach that."),
    "entities": _("This file declares XML entities, which is not safe to read. Save it as PDF and attach that."),
    "too_much_unpacked": _("Unpacked, this file is too large. Attach only the part that you need."),
    "no_text": _("There is no text in this file."),
    "too_many_pixels": _("This picture has more than {megapixels} megapixels. Make it smaller and attach it again."),
    "broken_image": _("This picture cannot be read: it is damaged or incomplete."),
    "broken_pdf": _("This PDF cannot be read: it is damaged or incomplete."),
    "encrypted_pdf": _("This PDF is protected by a password. Save it without one and attach it again."),
    "too_much_memory": _("Reading this file takes too much memory. Make it smaller and attach it again."),
    "too_slow": _("Reading this file takes too long. Make it smaller and attach it again."),
    "failed": _("This file could not be read."),
    "busy": _("Many files are being read at the moment. Try again shortly."),
}


class RefusedError(Exception):
    """The file is refused; `code` is for programs, the message for people. `cpu_seconds` were spent on it."""

    def __init__(self, code: str, cpu_seconds: float = 0.0) -> None:
        self.code = code
        self.cpu_seconds = cpu_seconds
        super().__init__(str(SENTENCES[code]).format(megapixels=MAX_PIXELS // 1_000_000))


class Reading(NamedTuple):
    """What was read, a remark for people, and what it cost."""

    content: Content
    note: str
    cpu_seconds: float


def read(
    file: IO[bytes],
    person: int,
    *,
    encoding: str = "",
    wall_seconds: float = WALL_SECONDS,
    run: Callable[..., object] = subprocess.run,
) -> Reading:
    """Read `file` (with a descriptor, at position 0) in a separate process, in its turn. Raises RefusedError.

    `encoding` is that of a text, if somebody has chosen it. `run` starts the process and waits for it, as
    `subprocess.run` does.
    """
    turns = _quick if _is_quick(file) else _slow
    try:
        with turns.turn(person, WAIT_SECONDS), tempfile.TemporaryFile() as out:
            _run(file, out, encoding, wall_seconds, run)
            out.seek(0)
            return _reading(out)
    except BusyError as error:
        raise RefusedError("busy") from error


def _is_quick(file: IO[bytes]) -> bool:
    kind = kind_of(file.read(HEAD_BYTES))
    return kind == "text" or (kind == "image" and files.size_of(file) <= QUICK_PICTURE_BYTES)


def _run(file: IO[bytes], out: IO[bytes], encoding: str, wall_seconds: float, run: Callable[..., object]) -> None:
    command = [sys.executable, "-m", "chat.attachments.reader", str(settings.MAX_ATTACHMENT_CHARS)]
    file.seek(0)
    try:
        # The command is fixed, and an encoding is one of a list; the file is only its input.
        run(
            [*command, encoding] if encoding else command,
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
        raise RefusedError("too_slow", CPU_SECONDS) from error
    except subprocess.CalledProcessError as error:
        log.warning("attachments.reader_failed", code=error.returncode)
        raise RefusedError(_code_of(error.returncode), CPU_SECONDS) from error


def _code_of(status: int) -> str:
    if status in (OUT_OF_MEMORY, -signal.SIGABRT):  # libraries in C++ and Rust abort where memory is refused
        return "too_much_memory"
    # The kernel killed it for its time; or a library failed in an unforeseen way.
    return "too_slow" if status < 0 else "failed"


def _reading(out: IO[bytes]) -> Reading:
    head: dict[str, Any] = json.loads(out.readline())
    cpu_seconds = head.pop("cpu_seconds")
    if "refused" in head:
        raise RefusedError(head["refused"], cpu_seconds)
    blobs = {name: out.read(size) for name, size in head.pop("sizes").items()}
    content = Content(**{**head, "blobs": blobs})
    return Reading(content, _note(content), cpu_seconds)


def _note(content: Content) -> str:
    if not content.is_cut:
        return ""
    if content.kind == "pdf" and not content.text:
        return str(_("Only the first {pages} pages are sent.")).format(pages=MAX_SCANS)
    if content.kind == "pdf" and len(content.text) < settings.MAX_ATTACHMENT_CHARS:
        return str(_("Only the first {pages} pages are sent.")).format(pages=MAX_PDF_PAGES)
    return str(_("Only the first {count} characters are sent.")).format(count=f"{settings.MAX_ATTACHMENT_CHARS:,}")
