"""client.stream for one question that is asked until the model takes it: a refusal teaches in which shape (lessons.py)."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from . import client
from .endpoint import Endpoint
from .errors import UpstreamError
from .events import CONTENT, Event
from .lessons import Learning
from .request import Request
from .warm import CONNECTIONS, Connections


async def stream(
    learning: Learning, encode: Callable[[Endpoint], Request], *, connections: Connections = CONNECTIONS
) -> AsyncGenerator[list[Event], None]:
    """The events of the answer, as client.stream gives them. Raises UpstreamError; what was learned is in `learning`.

    Use contextlib.aclosing.
    """
    while True:
        request, heard = encode(learning.endpoint), False
        try:
            async with aclosing(client.stream(learning.endpoint, request, connections=connections)) as batches:
                async for batch in batches:
                    heard = heard or any(isinstance(event, CONTENT) for event in batch)
                    yield batch
            return
        except UpstreamError as error:
            if heard or not learning.learn(error, request):
                raise
