"""The one WebSocket address; any other is refused."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.urls import path, re_path

from chat.sockets import consumer


async def nowhere(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    """Refuse the handshake. Without a route Channels would raise, which is a 500 with a traceback."""
    await receive()
    await send({"type": "websocket.close"})


websocket_urlpatterns = [
    path("ws/", consumer.chat),  # type: ignore[arg-type]  # Django knows only views
    re_path("", nowhere),  # type: ignore[arg-type]
]
