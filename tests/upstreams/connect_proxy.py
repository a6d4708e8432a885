"""A proxy for tests: it opens tunnels and connects all of them to one server on loopback, whatever the requested host."""

from __future__ import annotations

import asyncio
import ssl

from chat.upstreams.proxies import Proxies, parse
from tests.upstreams.raw_server import Peer, RawServer


class ConnectProxy(RawServer):
    """`asked`: the authorities of all CONNECT requests; `heads`: their heads. `refuses`: authority -> the answer instead."""

    def __init__(self, leads_to: int, tls: ssl.SSLContext | None = None, credentials: str = "") -> None:
        super().__init__(self._tunnel, tls)
        self.asked: list[str] = []
        self.heads: list[str] = []
        self.refuses: dict[str, bytes] = {}
        self._leads_to = leads_to
        self._credentials = credentials

    def proxies(self, **more: object) -> Proxies:
        """The proxy settings for a client."""
        at = f"{self._credentials}@" if self._credentials else ""
        proxy = parse(self.url.replace("://127.0.0.1", f"://{at}localhost"))
        return Proxies(proxy, proxy, **more)  # type: ignore[arg-type]

    async def _tunnel(self, peer: Peer) -> None:
        head = (await peer.request()).decode()
        self.heads.append(head)
        method, authority, _ = head.split(" ", 2)
        assert method == "CONNECT"
        self.asked.append(authority)
        if authority in self.refuses:
            await peer.send(self.refuses[authority])
            return
        reader, writer = await asyncio.open_connection("127.0.0.1", self._leads_to)
        await peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = asyncio.create_task(_copy(reader, peer.writer))
        try:
            await _copy(peer.reader, writer)
        finally:
            writer.transport.abort()
            back.cancel()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
