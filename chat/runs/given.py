"""What a model or a tool gives besides text, as parts of the answer: its files are stored, its links checked.

A file is read like an upload, in the process that contains the damage, and counts as its asker's upload of the day. One
that is refused leaves a part that says so, and takes nothing else with it.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from django.conf import settings

from chat.attachments.kinds import HEAD_BYTES, kind_of
from chat.attachments.names import given_name
from chat.database import DATABASE_TROUBLE, fresh, until_it_works
from chat.models import Attachment, Run, storing
from chat.tools.tool import Result
from chat.transcript import StoredPart
from chat.upstreams.given import GivenFile, Source

T = TypeVar("T")

log = structlog.get_logger(__name__)

# Of one message. A model that draws gives one to four, a tool that photographs pages a dozen.
MAX_FILES = 50
MAX_LINKS = 100
# A file waits this long for a database that is away. SQLite says the same of a full disk, which may stay full.
PATIENCE_SECONDS = 30.0
# Not a database thread: reading takes up to a minute. As many as files are read at once (chat.attachments.reading).
_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="given")


async def contents_of(run: Run, result: Result) -> list[StoredPart]:
    """The files and links of a tool's result, the files stored with the run's message."""
    files = await file_parts(run, result.files) if result.files else []
    links = [source_part(link) for link in result.links[:MAX_LINKS]]
    return [*files, *links]


async def file_parts(run: Run, files: Sequence[GivenFile]) -> list[StoredPart]:
    """A part for each file, in their order; stores them with the run's message."""
    before = await until_it_works(lambda: _in_thread(Attachment.objects.filter(message=run.message_id).count))
    return [await _kept(run, file, number) for number, file in enumerate(files, before + 1)]


def source_part(source: Source) -> StoredPart:
    """The part of a link that a tool gave."""
    sound = Source.of(source.title, source.url)
    return {"type": "source", "title": sound.title, "url": sound.url}


async def _in_thread(call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_pool, fresh, call)


async def _kept(run: Run, file: GivenFile, number: int) -> StoredPart:
    name = given_name(file.name, file.media_type, number)
    try:
        return await until_it_works(lambda: _in_thread(lambda: _part_of(run, file, name, number)), PATIENCE_SECONDS)
    except (OSError, *DATABASE_TROUBLE) as error:
        # The disk is full, or the conversation was deleted meanwhile: neither ends the answer.
        log.warning("given.not_stored", run=run.pk, error=str(error)[:200])
        return _refused(name, file, "failed")


def _part_of(run: Run, file: GivenFile, name: str, number: int) -> StoredPart:
    problem = _refusal(file, number)
    if problem:
        return _refused(name, file, problem)
    try:
        with tempfile.TemporaryFile() as opened:
            opened.write(file.data)
            opened.seek(0)
            stored, _ = storing.store(run.requested_by, name, opened, len(file.data), message=run.message_id)
        return stored.as_part()
    except storing.NotStoredError as error:
        return _refused(name, file, error.code)


def _refusal(file: GivenFile, number: int) -> str:
    if number > MAX_FILES:
        return "too_many"
    if len(file.data) > settings.MAX_ATTACHMENT_BYTES:
        return "too_large"
    # Words called a picture would be stored as a text of that name.
    is_false = file.media_type.startswith("image/") and kind_of(file.data[:HEAD_BYTES]) != "image"
    return "broken_image" if is_false else ""


def _refused(name: str, file: GivenFile, problem: str) -> StoredPart:
    log.info("given.refused", problem=problem, media_type=file.media_type[:100], size_bytes=len(file.data))
    return {"type": "attachment", "id": "", "name": name, "media_type": file.media_type[:100], "problem": problem}
