"""A network between a browser and the server that a test can cut. Playwright's own switch does not affect a worker's socket."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import Callable
from typing import Self

_UPGRADE = re.compile(rb"\r\nupgrade: websocket\r\n", re.IGNORECASE)
_FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Network:
    """A TCP proxy in a thread of its own; a context manager. `url` is what the browser opens."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._ready = threading.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self.port = 0
        self.blocks_websockets = False
        self.protocol = b""
        self.upgrades = 0

    @property
    def url(self) -> str:
        """The site, as seen through this network."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break every connection and let none be made."""

        def break_all() -> None:
            self._is_cut = True
            for writer in list(self._writers):
                writer.transport.abort()

        self._soon(break_all)

    def mend(self) -> None:
        """Let connections be made again."""
        self._is_cut = False

    def _soon(self, call: Callable[[], None]) -> None:
        done = threading.Event()
        self._loop.call_soon_threadsafe(call)
        self._loop.call_soon_threadsafe(done.set)
        assert done.wait(5)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            if self._is_cut:
                writer.transport.abort()
                return
            self._writers.add(writer)
            head = await reader.readuntil(b"\r\n\r\n")
            if _UPGRADE.search(head):
                self.upgrades += 1
                if self.blocks_websockets:
                    writer.write(_FORBIDDEN)
                    await writer.drain()
                    return
                head = head.replace(b"protocol=2", self.protocol or b"protocol=2", 1)
            await self._join(head, reader, writer)
        self._writers.discard(writer)
        writer.close()

    async def _join(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
        to_server.write(head)
        pumps = [asyncio.create_task(_pump(*ends)) for ends in ((reader, to_server), (from_server, writer))]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        to_server.close()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
