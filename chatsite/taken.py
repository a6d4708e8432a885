"""Tells the server which messages of a WebSocket the application has taken: ASGI itself has no such word."""

from collections.abc import Callable
from typing import Any

# The extension of the ASGI scope: a function without arguments, called after each message.
TAKEN = "parley.taken"


class TellsWhatIsTaken:
    """Wraps an ASGI application. Servers without the extension notice nothing."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Any], send: Any) -> Any:
        taken = scope.get("extensions", {}).get(TAKEN)
        if taken is None:
            return await self._application(scope, receive, send)

        async def take() -> Any:
            message = await receive()
            if message["type"] == "websocket.receive":
                taken()
            return message

        return await self._application(scope, take, send)
