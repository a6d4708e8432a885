"""Changes two habits of Daphne's WebSockets: its limit for incoming messages on outgoing ones, and ends without a word."""

from typing import Any

from daphne import ws_protocol


class UncappedOutside(ws_protocol.WebSocketProtocol):  # type: ignore[misc]  # Daphne has no types
    """Daphne's protocol, in which only incoming messages are limited, and a broken rule is told before the end.

    Otherwise a longer answer could never be shown, because a new reader gets its state in one frame; and a client that breaks
    a rule of the protocol saw a reset, which looks like a lost network.
    """

    maxMessagePayloadSize: int  # noqa: N815

    def sendMessage(self, *args: Any, **kwargs: Any) -> Any:  # noqa: N802  # the name is autobahn's
        cap, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            return super().sendMessage(*args, **kwargs)
        finally:
            self.maxMessagePayloadSize = cap

    def _fail_connection(self, code: int = 1001, reason: str = "") -> None:
        if self.state == self.STATE_OPEN:
            self.failedByMe = True
            self.sendCloseFrame(code=code, isReply=False)
            # Nothing more is read: what follows a broken frame cannot be understood.
            self.dropConnection(abort=False)
        else:
            super()._fail_connection(code, reason)
