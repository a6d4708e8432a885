"""Tool: read a file of this conversation piece by piece, including what did not fit into the message with the file."""

from typing import Annotated

from msgspec import Meta, Struct

from .tool import Access, tool

PIECE_CHARS = 20_000


class Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[
        str, Meta(min_length=1, max_length=255, description="The file's name, as it is shown in the conversation.")
    ]
    start: Annotated[int, Meta(ge=0, le=100_000_000, description="From which character on; 0 at first.")] = 0


async def _call(arguments: Arguments, access: Access) -> str:
    file = await access.file(arguments.name, arguments.start, PIECE_CHARS)
    end = file.start + len(file.text)
    more = f" Call again with start={end} for more." if end < file.total else ""
    return f"{file.text}\n\n[{file.name}: characters {file.start:,} to {end:,} of {file.total:,}.{more}]"


TOOL = tool(
    Arguments,
    _call,
    name="read_attachment",
    description="Reads the text of a file that somebody attached to a message of this conversation.",
)
