"""Starts one demo server per process, at the first use.

It has its own thread and event loop, because views, commands and tasks in any event loop use it, and it must not end
with one of their loops.
"""

import asyncio
import atexit
import threading

from chat.demo.server import Server

_START_SECONDS = 10
_starting = threading.Lock()
_base_url = ""


def start() -> str:
    """Return the address of this process's demo server, such as http://127.0.0.1:40123; the first call takes a few ms."""
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
        """Stop the loop before the interpreter exits, so that asyncio does not warn of pending tasks."""
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
