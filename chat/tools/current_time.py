"""Tool: the current time, which models do not know and guess."""

from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from .tool import Access, ToolError, tool


class Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    timezone: Annotated[str, Meta(max_length=64, description="An IANA name such as Europe/Berlin; left out: UTC.")] = (
        "UTC"
    )


async def _call(arguments: Arguments, access: Access) -> str:
    try:
        zone = ZoneInfo(arguments.timezone)
    except (ValueError, OSError, LookupError):
        raise ToolError(
            f"There is no time zone {arguments.timezone!r}. Use an IANA name such as Europe/Berlin, or UTC."
        ) from None
    now = access.now().astimezone(zone).replace(microsecond=0)
    return f"{now:%A}, {now.isoformat()} ({arguments.timezone}), week {now.isocalendar().week}"


TOOL = tool(Arguments, _call, name="current_time", description="The date, weekday and time now, in any time zone.")
