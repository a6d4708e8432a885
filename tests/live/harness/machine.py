"""Ports, locks and waiting."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

# How long a test waits for a state before it fails. Only a bound: with a load of 20 a server needed more than 40 s to start.
PATIENCE_SECONDS = 120.0

# Below the range from which the kernel takes the ports of outgoing connections, so none of these can be taken between
# its choice here and the moment a server binds it.
_PORTS = range(20_000, 30_000)
_taken: set[int] = set()
_claims: list[int] = []


def free_port() -> int:
    """A TCP port that nobody uses. No other process of the tests gets it while this one lives."""
    if not _claims:
        # The process with port n has locked byte n of this file. The lock ends with the process; the file stays open.
        path = Path(tempfile.gettempdir()) / f"parley-test-ports-{os.getuid()}"
        _claims.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for port in random.sample(_PORTS, len(_PORTS)):
        if port not in _taken and _claim(port):
            _taken.add(port)
            return port
    raise AssertionError("no port is free")


def _claim(port: int) -> bool:
    with contextlib.suppress(OSError), socket.socket() as probe:
        fcntl.lockf(_claims[0], fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        probe.bind(("127.0.0.1", port))
        return True
    return False


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process of the tests works in this folder, then keep the others out of it."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def accepts(port: int) -> bool:
    """Whether somebody listens on `port`."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(question: Callable[[], T], what: str, seconds: float = PATIENCE_SECONDS, every_seconds: float = 0.03) -> T:
    """The first true answer to `question`. Raises AssertionError when there is none in time."""
    until = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(every_seconds)
