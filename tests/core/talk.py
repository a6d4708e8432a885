"""A client for tests of the socket: signs in, speaks frames, answers with acks. Everything goes through the real ASGI site."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from typing import Any

from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from chat import announce
from chat.database import in_thread
from chat.models import User
from tests.live.harness.machine import PATIENCE_SECONDS

Frame = dict[str, Any]
ORIGIN = (b"origin", b"http://testserver")
HOST = (b"host", b"testserver")


def session_cookie(user: User) -> str:
    """The cookie header of a fresh session of `user`."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


class Talk:
    """One open socket: `async with Talk(alice) as talk: await talk.ask("model.list")`. `seen` has every frame so far."""

    def __init__(self, user: User | None, *, address: str = "/ws/?protocol=2", acks: bool = True) -> None:
        self.user = user
        self.seen: list[Frame] = []
        self.close_code: int | None = None
        self._address = address
        self._acks = acks
        self._number = 0

    async def __aenter__(self) -> Talk:
        from chatsite.asgi import application

        headers = [ORIGIN, HOST]
        if self.user is not None:
            cookie = await in_thread(session_cookie, self.user)
            headers.append((b"cookie", cookie.encode()))
        self._socket = WebsocketCommunicator(application, self._address, headers=headers)
        connected, _ = await self._socket.connect(timeout=PATIENCE_SECONDS)
        assert connected
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._socket.wait(PATIENCE_SECONDS)

    async def send(self, type: str, **fields: Any) -> None:
        """Send a command."""
        await self.send_text(json.dumps({"type": type, **fields}))

    async def send_text(self, text: str) -> None:
        """Send any text."""
        await self._socket.send_input({"type": "websocket.receive", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        await self._socket.send_input({"type": "websocket.receive", "bytes": data})

    async def next(self, timeout_seconds: float = PATIENCE_SECONDS) -> Frame | None:
        """The next frame; None when the server has closed."""
        # Not receive_output(): that one cancels the application when nothing comes.
        message = await asyncio.wait_for(self._socket.output_queue.get(), timeout_seconds)
        if message["type"] == "websocket.close":
            self.close_code = message.get("code")
            return None
        frame: Frame = json.loads(message["text"])
        self.seen.append(frame)
        if self._acks and len(self.seen) % 16 == 0:
            await self.send("ack", frames=len(self.seen))
        return frame

    async def until(self, type: str, timeout_seconds: float = PATIENCE_SECONDS, **fields: Any) -> Frame:
        """The next frame of this type with these fields; others are skipped."""
        end = time.monotonic() + timeout_seconds
        while True:
            frame = await self.next(max(0.01, end - time.monotonic()))
            assert frame is not None, f"closed with {self.close_code} before {type}; seen: {self.seen[-3:]}"
            if frame["type"] == type and fields.items() <= frame.items():
                return frame

    async def ask(self, type: str, **fields: Any) -> Frame:
        """Send a command and return what answers it."""
        self._number += 1
        re = f"ask-{self._number}"
        await self.send(type, re=re, **fields)
        while True:
            frame = await self.next()
            assert frame is not None, f"closed with {self.close_code}"
            if frame.get("re") == re:
                return frame

    async def quiet(self, but: tuple[str, ...] = ("heartbeat",)) -> None:
        """Assert that nothing is on its way to this reader but these: the person's doorbell rings, and nothing comes before that.

        It rings twice, and each ring reads the database: whatever the first has overtaken there is sent before the second.
        """
        assert self.user is not None
        for _ in range(2):
            unknown = uuid.uuid4()
            await announce.conversation_changed(unknown, [self.user.pk])
            while (frame := await self.next()) != {"type": "conversation.gone", "conversation": str(unknown)}:
                assert frame is not None, f"closed with {self.close_code}"
                assert frame["type"] in but, frame
