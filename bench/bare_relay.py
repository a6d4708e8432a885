"""The baseline: the minimum that moves text from an upstream to a browser, like the first version of any chat.

It has Daphne, one Channels consumer, one shared httpx client and json, and sends text every FLUSH seconds. It stores
nothing, resumes nothing and has no sign-in. A reader sends {"spec": MODEL} and receives {"t": "d", "x": text} frames,
then {"t": "end"}.

    BENCH_UPSTREAM=http://127.0.0.1:9100 daphne -b 127.0.0.1 -p 9200 bench.bare_relay:application
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import django
import httpx
from django.conf import settings

UPSTREAM = os.environ.get("BENCH_UPSTREAM", "http://127.0.0.1:9100")
FLUSH_SECONDS = 0.05

settings.configure(
    SECRET_KEY="bench" * 10, ALLOWED_HOSTS=["*"], INSTALLED_APPS=["daphne", "channels"], LOGGING_CONFIG=None
)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

_client: httpx.AsyncClient | None = None


def _shared_client() -> httpx.AsyncClient:
    global _client
    if _client is None:
        _client = httpx.AsyncClient(
            limits=httpx.Limits(max_connections=None), timeout=httpx.Timeout(60, pool=None), trust_env=False
        )
    return _client


class Relay(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One reader, one stream."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.task = asyncio.create_task(self._relay(json.loads(text_data or "{}")["spec"]))

    async def disconnect(self, code: int) -> None:
        self.task.cancel()

    async def _relay(self, model: str) -> None:
        self._waiting: list[str] = []
        self._ready = asyncio.Event()
        flusher = asyncio.create_task(self._flush_forever())
        body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "hi"}]}
        async with _shared_client().stream("POST", f"{UPSTREAM}/v1/chat/completions", json=body) as response:
            rest = b""
            async for chunk in response.aiter_bytes():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    if line.startswith(b"data: {"):
                        self._take(json.loads(line[6:])["choices"])
        flusher.cancel()
        await self._flush()
        await self.send(text_data='{"t": "end"}')

    def _take(self, choices: list[Any]) -> None:
        if choices and choices[0]["delta"].get("content"):
            self._waiting.append(choices[0]["delta"]["content"])
            self._ready.set()

    async def _flush_forever(self) -> None:
        while True:
            await self._ready.wait()
            self._ready.clear()
            await self._flush()
            await asyncio.sleep(FLUSH_SECONDS)

    async def _flush(self) -> None:
        if self._waiting:
            text = "".join(self._waiting)
            self._waiting.clear()
            await self.send(text_data=json.dumps({"t": "d", "x": text}))


application = ProtocolTypeRouter({"websocket": URLRouter([path("ws/", Relay.as_asgi())])})
