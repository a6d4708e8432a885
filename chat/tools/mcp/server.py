"""An MCP server and what it offers, as values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec

from chat.upstreams.proxies import DIRECT, Proxies

Transport = Literal["", "http", "sse"]

# Shorter values, such as `true` or `debug`, are words of any answer.
MIN_SECRET_CHARS = 8


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server is: an address with headers, or a command on this machine with its environment.

    repr() omits headers and environment, which are secret. `transport` is how the address was answered before; "" means that
    streamable HTTP is tried first, then the older SSE.
    """

    slug: str
    name: str
    # Of its row: a server that is added again under the same slug is another one.
    id: int = 0
    url: str = ""
    # The address as it is shown: without its secret.
    address: str = ""
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    transport: Transport = ""
    allow_private: bool = False
    proxies: Proxies = DIRECT
    timeout_seconds: float = 30.0

    def __repr__(self) -> str:
        return f"Server(slug={self.slug!r}, url={without_query(self.url)!r})"

    @property
    def identity(self) -> str:
        """A digest of all that makes it this server: a session belongs to it, and ends when it changes."""
        where = (self.slug, self.url, *self.command, self.allow_private, self.transport)
        secret = sorted(self.headers.items()), sorted(self.environment.items())
        return hashlib.sha256(msgspec.json.encode([where, secret])).hexdigest()

    @property
    def source(self) -> dict[str, Any]:
        """Where its tools come from, for people."""
        address = self.address or without_query(self.url) or " ".join(self.command)
        return {"server": self.id, "address": address}

    @property
    def secrets(self) -> list[str]:
        """What must not appear in anything that it says, the longest first."""
        values = {*self.headers.values(), *self.environment.values()}
        values |= {value.partition(" ")[2] for value in self.headers.values()}
        values |= {value for _, value in parse_qsl(urlsplit(self.url).query)}
        written = values | {quote(value, safe="") for value in values}
        return sorted((one for one in written if len(one) >= MIN_SECRET_CHARS), key=len, reverse=True)

    def scrubbed(self, text: str) -> str:
        """The text without the server's secrets."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return text


def without_query(url: str) -> str:
    """The address without what follows `?`, which is often a key."""
    address, mark, _ = url.partition("?")
    return f"{address}?…" if mark else address


class Offered(msgspec.Struct, frozen=True):
    """A tool as its server describes it; `is_harmless` means that the server calls it read-only."""

    name: str
    description: str
    schema: dict[str, Any]
    is_harmless: bool = False


class OfferedPrompt(msgspec.Struct, frozen=True):
    """A prompt that people can use; `arguments` are [name, description, whether it is required]."""

    name: str
    title: str
    description: str
    arguments: tuple[tuple[str, str, bool], ...] = ()


class OfferedResource(msgspec.Struct, frozen=True):
    """Something that people can attach, by its URI."""

    uri: str
    title: str
    description: str
    media_type: str = ""


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """All that a server offers; `skipped` has a sentence for each thing that cannot be offered to a model."""

    tools: tuple[Offered, ...] = ()
    prompts: tuple[OfferedPrompt, ...] = ()
    resources: tuple[OfferedResource, ...] = ()
    instructions: str = ""
    skipped: tuple[str, ...] = ()
    transport: Transport = ""
    protocol: str = ""
    software: str = ""
