"""Lets long answers out: Daphne's cap on WebSocket messages is meant for what comes in, and also stops what goes out."""

from typing import Any

from daphne import ws_protocol


class UncappedOutside(ws_protocol.WebSocketProtocol):  # type: ignore[misc]  # Daphne has no types
    """Daphne's protocol, in which only incoming messages have a largest size.

    An answer of more than that could never be shown: its state goes to a new reader in one frame.
    """

    maxMessagePayloadSize: int  # noqa: N815

    def sendMessage(self, *args: Any, **kwargs: Any) -> Any:  # noqa: N802  # the name is autobahn's
        cap, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            return super().sendMessage(*args, **kwargs)
        finally:
            self.maxMessagePayloadSize = cap


def install() -> None:
    """To be called before Daphne makes its server."""
    ws_protocol.WebSocketFactory.protocol = UncappedOutside
