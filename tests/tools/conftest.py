"""The protocol's own MCP server, for the tests of several rooms."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.live.harness.machine import wait_for
from tests.live.harness.server import ROOT

SECRET = "the-secret-of-the-server"


@contextmanager
def served(*options: str) -> Iterator[int]:
    """The port of the protocol's own server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.tools.mcp_server", str(port), SECRET, *options]
    process = subprocess.Popen(command, cwd=ROOT)

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_for(listens, "the MCP server listens", 20)
        yield port
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def mcp_port() -> Iterator[int]:
    """The port of the protocol's own server."""
    with served() as port:
        yield port
