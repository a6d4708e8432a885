"""MCP servers over TLS: a certificate is verified, with the authorities of the system and of SSL_CERT_FILE."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.live.harness.server import ROOT
from tests.tools.odd_server import OddServer
from tests.upstreams.certificates import certificates

ASKS = """
import asyncio, sys
from chat.tools.mcp.offer import discover
from chat.tools.mcp.server import Server
from chat.tools.tool import ToolError
try:
    found = asyncio.run(discover(Server(slug="odd", name="Odd", url=sys.argv[1], allow_private=True, timeout_seconds=20)))
    print([tool.name for tool in found.tools])
except ToolError as error:
    print(error)
"""


@pytest.mark.asyncio
async def test_a_companys_own_authority_is_accepted_where_ssl_cert_file_names_it(tmp_path: Path) -> None:
    tls, _ = certificates(tmp_path)

    async def asks(**environment: str) -> str:
        """What a process of its own is told: the authorities are read once in each."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ASKS, url, cwd=ROOT, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        return out.decode().strip()

    async with OddServer(tls=tls) as odd:
        url = odd.url.replace("127.0.0.1", "localhost")
        assert await asks(SSL_CERT_FILE=str(tmp_path / "cert.pem")) == "['odd']"
        assert "certificate" in (await asks()).lower()
