"""A message's parts as stored at this moment, even while a run still writes them."""

from typing import Any

from chat.models import Message
from chat.runs import stored


def parts_of(message: Message) -> list[dict[str, Any]]:
    """The parts; those of a live run are folded from its journal, which costs a query.

    While a run has written nothing, the parts of an earlier run are returned: it may be about to continue them.
    """
    parts: list[dict[str, Any]] = message.parts
    run = message.run
    if run is None or not run.is_live:
        return parts
    feed = stored.load(run.pk)
    return (feed.state["parts"] if feed else []) or parts
