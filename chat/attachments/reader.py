"""The process that reads one file: `python -m chat.attachments.reader MAX_TEXT_CHARS [ENCODING] < file > what was read`.

It contains the damage that a file can do to the libraries that unpack it: its memory and time are limited, and it has no
environment, no database and no Django. Its output is one line of JSON, then the blobs, whose lengths are in `sizes`.
"""

import dataclasses
import importlib
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from chat.attachments.content import Content
from chat.attachments.kinds import HEAD_BYTES, Kind, kind_of
from chat.attachments.limits import CPU_SECONDS, MAX_OUTPUT_BYTES, MEMORY_BYTES, UnreadableError

# Each has `read(file, max_chars)`. Imported by need, so that the process loads only the libraries of the file's kind.
READERS: dict[Kind, str] = {
    "image": "chat.attachments.pictures",
    "pdf": "chat.attachments.documents",
    "package": "chat.attachments.packages",
    "old_office": "chat.attachments.old_office",
    "rtf": "chat.attachments.rich_text",
    "mail": "chat.attachments.mail",
    "sound": "chat.attachments.sounds",
    "text": "chat.attachments.texts",
}
# The status of a process that ends itself for want of memory.
OUT_OF_MEMORY = 70
_LOOK_EVERY_SECONDS = 0.05


def main() -> None:
    """Read a file from stdin and write the result to stdout."""
    limit_memory()
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_OUTPUT_BYTES, MAX_OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    head: dict[str, Any]
    blobs: dict[str, bytes] = {}
    try:
        content = read(sys.stdin.buffer, int(sys.argv[1]), *sys.argv[2:3])
        blobs = content.blobs
        head = dataclasses.asdict(dataclasses.replace(content, blobs={}))
    except UnreadableError as error:
        head = {"refused": error.code}
    except (MemoryError, OverflowError):
        head = {"refused": "too_much_memory"}
    out = sys.stdout.buffer
    sizes = {name: len(blob) for name, blob in blobs.items()}
    out.write(json.dumps({**head, "sizes": sizes, "cpu_seconds": time.process_time()}).encode() + b"\n")
    for blob in blobs.values():
        out.write(blob)
    out.flush()


def read(file: BinaryIO, max_chars: int, encoding: str = "") -> Content:
    """What to store of `file`; a text is in `encoding`, if that is given. Raises UnreadableError."""
    begin = file.read(HEAD_BYTES)
    file.seek(0)
    if not begin:
        raise UnreadableError("empty")
    reader = importlib.import_module(READERS["text" if encoding else kind_of(begin)])
    return cast("Callable[..., Content]", reader.read)(file, max_chars, *([encoding] if encoding else []))


def limit_memory(
    most_bytes: int = MEMORY_BYTES, set_limit: Callable[[int, tuple[int, int]], None] = resource.setrlimit
) -> bool:
    """Limit this process's memory; returns whether the system does it. Where it does not, a thread looks and ends the process.

    macOS on Apple silicon refuses RLIMIT_AS, because every process there begins with more address space than that.
    """
    try:
        set_limit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    except (ValueError, OSError):
        threading.Thread(target=_look_at_memory, args=(most_bytes,), name="memory", daemon=True).start()
        return False
    return True


def _look_at_memory(most_bytes: int) -> None:
    unit_bytes = 1 if sys.platform == "darwin" else 1024
    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit_bytes < most_bytes:
        time.sleep(_LOOK_EVERY_SECONDS)
    os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
