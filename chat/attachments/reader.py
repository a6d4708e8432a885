"""The process that reads one file: `python -m chat.attachments.reader MAX_TEXT_CHARS < file > what was read`.

It contains the damage that a file can do to the libraries that unpack it: its memory and time are limited, and it has no
environment, no database and no Django. Its output is one line of JSON, then the blobs, whose lengths are in `sizes`.
"""

import json
import resource
import sys
from typing import Any, BinaryIO

from chat.attachments.kinds import HEAD_BYTES, kind_of
from chat.attachments.limits import CPU_SECONDS, MAX_OUTPUT_BYTES, MEMORY_BYTES, UnreadableError

Read = tuple[dict[str, Any], list[bytes]]


def main() -> None:
    """Read a file from stdin and write the result to stdout."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_OUTPUT_BYTES, MAX_OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    blobs: list[bytes] = []
    try:
        head, blobs = read(sys.stdin.buffer, int(sys.argv[1]))
    except UnreadableError as error:
        head = {"refused": error.code}
    except (MemoryError, OverflowError):
        head = {"refused": "too_much_memory"}
    out = sys.stdout.buffer
    out.write(json.dumps({**head, "sizes": [len(blob) for blob in blobs]}).encode() + b"\n")
    for blob in blobs:
        out.write(blob)
    out.flush()


def read(file: BinaryIO, max_chars: int) -> Read:
    """What to store of `file`: its fields, then the blobs, in the order of their names in `blobs`. Raises UnreadableError."""
    begin = file.read(HEAD_BYTES)
    file.seek(0)
    if not begin:
        raise UnreadableError("empty")
    kind = kind_of(begin)
    # Imported here, so that the process loads only the library of the kind of file that it reads.
    if kind == "image":
        from chat.attachments.pictures import read_picture

        picture = read_picture(file)
        about = {"media_type": picture.media_type, "width": picture.width, "height": picture.height}
        return {"kind": kind, **about, "text": "", "blobs": ["whole", "small"]}, [picture.data, picture.small]
    if kind == "pdf":
        from chat.attachments.documents import read_document

        document = read_document(file, max_chars)
        about = {"media_type": "application/pdf", "text": document.text, "pages": document.pages}
        return {"kind": kind, **about, "is_cut": document.is_cut, "blobs": []}, []
    from chat.attachments.texts import read_text

    text = read_text(file.read())
    if not text.strip():
        raise UnreadableError("empty")
    about = {"media_type": "text/plain", "text": text[:max_chars], "is_cut": len(text) > max_chars}
    return {"kind": kind, **about, "blobs": ["whole"]}, [text.encode()]


if __name__ == "__main__":
    main()
