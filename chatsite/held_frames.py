"""Holds frames back: Daphne reads whatever a client sends, and queues it without a bound until the application takes it."""

import asyncio
from collections import deque

from daphne import ws_protocol

from chatsite.large_frames import UncappedOutside

# A page sends a handful of frames at once. One socket that sent 95,000 a second made the process hold 435 MB after 4 s.
MAX_WAITING_FRAMES = 8
MAX_WAITING_BYTES = 64 * 1024
# The heads and bodies of frames, pings and fragments included, that one socket may have decoded before the other sockets
# have their turn. One read of 64 kB may hold 10,000 frames, which take 0.3 s.
MAX_STEPS_PER_TURN = 32


class HeldFrames(UncappedOutside):
    """Daphne's protocol, which reads no more while the application has frames to take or others wait for their turn."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[int] = deque()
        self._steps = 0
        self._is_paused = False
        self._will_go_on = False

    def taken(self) -> None:
        """The application has taken a frame."""
        if self._waiting:
            self._waiting.popleft()
            self._go_on_soon()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803  # the names are autobahn's
        self._waiting.append(len(payload))
        super().onMessage(payload, isBinary)

    def processData(self) -> bool:  # noqa: N802  # the name is autobahn's
        """Decode one head or body of a frame. False when there is nothing more to do for now."""
        if self._is_full or self._steps >= MAX_STEPS_PER_TURN:
            self._pause()
            return False
        self._steps += 1
        # The next turn of the loop counts anew.
        self._go_on_soon()
        return bool(super().processData())

    @property
    def _is_full(self) -> bool:
        return len(self._waiting) >= MAX_WAITING_FRAMES or sum(self._waiting) >= MAX_WAITING_BYTES

    def _pause(self) -> None:
        self._is_paused = True
        # Each time: after the handshake Daphne lets the transport go on, whatever has come with it.
        self.transport.pauseProducing()

    def _go_on_soon(self) -> None:
        if not self._will_go_on:
            self._will_go_on = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._will_go_on, self._steps = False, 0
        if self._is_paused and not self._is_full:
            self._is_paused = False
            self.transport.resumeProducing()
            self.consumeData()


def install() -> None:
    """Replace Daphne's protocol class; must be called before Daphne makes its server."""
    ws_protocol.WebSocketFactory.protocol = HeldFrames
