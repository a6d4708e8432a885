"""One demo server per process, started at the first use.

It has a thread and an event loop of its own: whoever asks for it may be a view, a command or a task in any loop, and none
of these loops may end it for the others.
"""

import asyncio
import atexit
import threading

from chat.demo.server import Server

_START_SECONDS = 10
_starting = threading.Lock()
_base_url = ""


def start() -> str:
    """The address of this process's demo server, such as http://127.0.0.1:40123; the first call takes a few ms."""
    global _base_url
    with _starting:
        if not _base_url:
            _base_url = _start()
        return _base_url


def _start() -> str:
    loop = asyncio.new_event_loop()
    server = Server()
    thread = threading.Thread(target=_serve, args=(loop,), name="demo model", daemon=True)
    thread.start()
    address = asyncio.run_coroutine_threadsafe(server.open(), loop).result(_START_SECONDS)

    def end() -> None:
        """Ends the loop before the interpreter goes, so that no task complains about being forgotten."""
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(_START_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_START_SECONDS)

    atexit.register(end)
    return address


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
