"""Just enough HTTP/1.1 for the demo: requests with a length, answers whole or in chunks."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from chat.demo.ask import BadRequestError

MAX_HEAD_BYTES = 64 * 1024
# Enough for the longest conversation, with as many pictures in base64 as Parley sends.
MAX_BODY_BYTES = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` without its query."""

    method: str
    path: str
    body: bytes
    keep_alive: bool


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection, None if it has ended. Raises BadRequestError, after which it must be closed."""
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequestError("The request's head is too large.", 431) from error
    words = lines[0].split(" ")
    if len(words) != 3 or words[2] != "HTTP/1.1":
        raise BadRequestError("This is a server for HTTP/1.1.")
    fields = (line.partition(":") for line in lines[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    if "transfer-encoding" in headers:
        raise BadRequestError("Send the body with a Content-Length.", 411)
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdecimal() or len(length) > 12:
        raise BadRequestError("The Content-Length is not a number.")
    if int(length) > MAX_BODY_BYTES:
        raise BadRequestError("The request is too large for the demo.", 413)
    body = await reader.readexactly(int(length))
    path = words[1].partition("?")[0]
    return Request(words[0], path, body, headers.get("connection", "").lower() != "close")


def head(status: int, headers: dict[str, str]) -> bytes:
    """The status line and the headers, with the blank line."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "server: parley-demo", "", ""]).encode("latin-1")


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; must not be empty."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def last_chunk() -> bytes:
    """The end of a chunked body."""
    return b"0\r\n\r\n"
