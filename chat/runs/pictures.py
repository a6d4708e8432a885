"""The pictures of a conversation on their way to a model: read when they are sent, and bounded in bytes and number.

Which ones follows from the turns alone, so that a longer conversation begins with what the shorter one sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec

from chat import catalogue
from chat.attachments import files
from chat.attachments.content import page_blob
from chat.models import Attachment, Run
from chat.upstreams.parts import AttachmentPart, Part, ToolResultPart, Turn
from chat.upstreams.rounds import is_picture

P = TypeVar("P", bound=Part)

# In base64 that is 27 MB: the strictest provider takes 32 MB in one request. It is also what a run may hold in memory.
MAX_SENT_BYTES = 20_000_000
MAX_SENT = 50
# Where that is too much, the oldest go, down to this part of it: so the next turns send the same ones.
CUT_TO = 0.5


def are_in(turns: Iterable[Turn]) -> bool:
    """Whether something in `turns` is a picture, or came with a tool's result and is one."""
    return any(_pictures(turns))


def of_page(document: AttachmentPart, number: int) -> AttachmentPart:
    """The picture of a scanned page of a document; its bytes wait until they are sent."""
    return AttachmentPart(f"{document.id}/{number}", f"{document.name}, page {number}", "image/jpeg")


def filled(run: Run, turns: Sequence[Turn]) -> list[Turn]:
    """The turns with their pictures' bytes, where the run's model takes pictures. Reads files: for a thread.

    A picture that is not sent stays a part without bytes, which the formats say in words.
    """
    if not catalogue.takes_images(run.upstream, run.model):
        return list(turns)
    ids = [part.id for part in _pictures(turns)]
    documents = {id.partition("/")[0] for id in ids}
    rows = Attachment.objects.filter(pk__in=documents, message__conversation=run.message.conversation_id)
    sizes: dict[str, int] = {}
    for pk, size, scans, scan_bytes in rows.values_list("pk", "size_bytes", "scans", "scan_bytes"):
        sizes |= {f"{pk}/{number}": scan_bytes // len(scans) for number in scans} if scans else {str(pk): size}
    wanted = newest([(id, sizes[id]) for id in ids if id in sizes])

    def with_bytes(part: P) -> P:
        if isinstance(part, AttachmentPart) and part.id in wanted and is_picture(part):
            id, _, number = part.id.partition("/")
            data = files.read_all(UUID(id), page_blob(int(number)) if number else files.WHOLE)
            return msgspec.structs.replace(part, data=data)
        if isinstance(part, ToolResultPart) and part.contents:
            return msgspec.structs.replace(part, contents=tuple(map(with_bytes, part.contents)))
        return part

    return [msgspec.structs.replace(turn, parts=tuple(map(with_bytes, turn.parts))) for turn in turns]


def newest(sizes: Sequence[tuple[str, int]], most_bytes: int = MAX_SENT_BYTES, most: int = MAX_SENT) -> set[str]:
    """The ids of the newest pictures that may be sent together, of (id, bytes) with the oldest first."""
    begin, total = 0, 0
    for end, (_, size) in enumerate(sizes, 1):
        total += size
        if total > most_bytes or end - begin > most:
            while begin < end - 1 and (total > most_bytes * CUT_TO or end - begin > most * CUT_TO):
                total -= sizes[begin][1]
                begin += 1
    return {id for id, _ in sizes[begin:]}


def _pictures(turns: Iterable[Turn]) -> Iterator[AttachmentPart]:
    """The pictures among the parts of the turns and among what came with their tools' results, in their order."""
    for turn in turns:
        for part in turn.parts:
            for each in part.contents if isinstance(part, ToolResultPart) else (part,):
                if isinstance(each, AttachmentPart) and is_picture(each):
                    yield each
