"""Connections that have served a run and wait for the next one to the same upstream: no handshake before its first word."""

import asyncio
import ssl
from dataclasses import dataclass

from .http1 import Connection
from .route import Target

# A person who answers within a minute finds the connection open; nginx closes it after 75 s.
_MAX_IDLE_SECONDS = 60.0
# About 60 kB each with TLS. More than this end at the same moment only under loads where a handshake matters little.
_MAX_IDLE = 32


@dataclass(frozen=True, slots=True)
class _Idle:
    target: Target
    connection: Connection
    loop: asyncio.AbstractEventLoop
    timer: asyncio.TimerHandle


class Connections:
    """Those that wait, newest last; a closed one leaves by itself. `tls`: what new ones are encrypted with, for tests."""

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        max_idle: int = _MAX_IDLE,
        max_idle_seconds: float = _MAX_IDLE_SECONDS,
    ) -> None:
        self.tls = tls
        self._max_idle = max_idle
        self._max_idle_seconds = max_idle_seconds
        self._idle: list[_Idle] = []

    def take(self, target: Target) -> Connection | None:
        """The connection to this target that was used last, or None. The caller owns it then, and it may turn out to be closed."""
        loop = asyncio.get_running_loop()
        for idle in reversed(self._idle):
            if idle.target == target and idle.loop is loop:
                self._idle.remove(idle)
                idle.timer.cancel()
                idle.connection.network.resume()
                return idle.connection
        return None

    def put(self, target: Target, connection: Connection) -> None:
        """Take over a connection whose last request ended cleanly."""
        if not self._max_idle:
            connection.close()
            return
        loop = asyncio.get_running_loop()
        if len(self._idle) >= self._max_idle:
            self._drop(self._idle[0])
        timer = loop.call_later(self._max_idle_seconds, connection.network.end_rest)
        idle = _Idle(target, connection, loop, timer)
        self._idle.append(idle)
        connection.network.rest(lambda: self._forget(idle))

    def close(self) -> None:
        """Close all that wait."""
        for idle in list(self._idle):
            self._drop(idle)

    def _drop(self, idle: _Idle) -> None:
        self._forget(idle)
        if not idle.loop.is_closed():
            idle.connection.close()

    def _forget(self, idle: _Idle) -> None:
        idle.timer.cancel()
        if idle in self._idle:
            self._idle.remove(idle)


# One for the process: a connection belongs to the event loop on which it was opened, and is found on that loop alone.
CONNECTIONS = Connections()
