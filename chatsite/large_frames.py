"""Lets long answers out: Daphne's limit for incoming WebSocket messages also applies to outgoing ones."""

from typing import Any

from daphne import ws_protocol


class UncappedOutside(ws_protocol.WebSocketProtocol):  # type: ignore[misc]  # Daphne has no types
    """Daphne's protocol, in which only incoming messages are limited.

    Otherwise a longer answer could never be shown, because a new reader gets its state in one frame.
    """

    maxMessagePayloadSize: int  # noqa: N815

    def sendMessage(self, *args: Any, **kwargs: Any) -> Any:  # noqa: N802  # the name is autobahn's
        cap, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            return super().sendMessage(*args, **kwargs)
        finally:
            self.maxMessagePayloadSize = cap
