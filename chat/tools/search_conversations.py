"""Tool: search the conversations that the person who asked may see."""

from typing import Annotated

from msgspec import Meta, Struct

from .tool import Access, tool


class Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    query: Annotated[str, Meta(min_length=1, max_length=300, description="Words that must all occur in a message.")]
    limit: Annotated[int, Meta(ge=1, le=20, description="How many messages at most.")] = 8


async def _call(arguments: Arguments, access: Access) -> str:
    found = await access.search(arguments.query, arguments.limit)
    if not found:
        return "No message with these words was found. Other words, or fewer, may find more."
    return "\n\n".join(
        f"“{one.title}”, {one.author}, {one.written_at:%Y-%m-%d %H:%M}\n/c/{one.conversation}/\n{one.excerpt}"
        for one in found
    )


TOOL = tool(
    Arguments,
    _call,
    name="search_conversations",
    description="Searches the past conversations of the person who asks, and returns excerpts of the messages found.",
    is_personal=True,
)
