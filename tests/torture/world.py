"""The servers of a torture test, and the task that kills them."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter

from tests.live.harness import Server, Site

# Each kind of disturbance with its share.
_DEEDS = {"kill": 5, "terminate": 2, "freeze": 2}


class World:
    """One site and its servers. `trouble` kills, stops and freezes them one at a time until cancelled."""

    def __init__(self, site: Site, servers: int, rng: random.Random) -> None:
        self.site = site
        self.servers = [Server(site, {}) for _ in range(servers)]
        self.deeds: Counter[str] = Counter()
        self._deed: asyncio.Future[None] | None = None
        self.frozen: list[tuple[float, float]] = []
        self._rng = rng

    async def __aenter__(self) -> World:
        for server in self.servers:
            server.share_sessions(self.servers[0])
            await asyncio.to_thread(server.start)
        await asyncio.to_thread(self.servers[0].cookie, "alice")
        await asyncio.to_thread(self.servers[0].cookie, "bob")
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self.servers:
            server.remove()

    def any_server(self, rng: random.Random) -> Server:
        """One of the servers."""
        return rng.choice(self.servers)

    async def trouble(self) -> None:
        """Cause one disturbance after another."""
        rng = self._rng
        while True:
            await asyncio.sleep(rng.uniform(0.5, 3.0))
            server = rng.choice(self.servers)
            deed = rng.choices(list(_DEEDS), weights=list(_DEEDS.values()))[0]
            self.deeds[deed] += 1
            self._deed = asyncio.ensure_future(self._do(deed, server))
            await asyncio.shield(self._deed)

    async def calm(self) -> None:
        """Make all servers run. A pending disturbance is finished first: two starts of one server would leave a process behind."""
        if self._deed is not None:
            await self._deed
        for server in self.servers:
            if not server.is_running:
                await asyncio.to_thread(server.start)

    async def _do(self, deed: str, server: Server) -> None:
        if deed == "freeze":
            server.signal(signal.SIGSTOP)
            since = time.monotonic()
            # Sometimes longer than OWNER_TIMEOUT_SECONDS: then another process takes over its runs, which it must notice.
            await asyncio.sleep(self._rng.choice([0.3, 1.0, 4.5]))
            server.signal(signal.SIGCONT)
            self.frozen.append((since, time.monotonic() + 1))
            return
        if deed == "kill":
            await asyncio.to_thread(server.kill)
        else:
            await asyncio.to_thread(server.terminate)
        await asyncio.sleep(self._rng.choice([0, 0, 0.5, 3.0 if len(self.servers) > 1 else 0.5]))
        await asyncio.to_thread(server.start)
