"""HTTP/1.1 on one connection: the library's, except that all chunks of one network read come as one piece.

Servers send each event as a chunk of its own. The library makes an event of each chunk and hands it through five
generators: 9 to 13 us a chunk, where cutting the chunks out of the bytes takes 1 us (CPU of the thread, h11 0.16, httpcore
1.0.9, Python 3.11). A token costs 60 us in all, so that this alone would be a sixth of it. Everything else of HTTP, heads,
lengths, keep-alive and limits, is the library's.
"""

from typing import Any

import h11
import httpcore

from .network import Stream

# What is read at once of a head, and of a packed body.
SMALL_READ_BYTES = 4 << 10
_LARGE_READ_BYTES = 256 << 10  # as many as asyncio takes from a socket at once
_MAX_SIZE_LINE_BYTES = 4096  # a chunk's size and its extensions
_HEX = frozenset(b"0123456789abcdefABCDEF")


class Connection(httpcore.AsyncHTTP11Connection):
    """One connection that carries one request after the other; `has_served`: this is not its first."""

    READ_NUM_BYTES = SMALL_READ_BYTES

    def __init__(self, stream: Stream, scheme: str, host: str, port: int) -> None:
        super().__init__(httpcore.Origin(scheme.encode(), host.encode(), port), stream)
        self._parser = _Parser(h11.CLIENT, max_incomplete_event_size=self.MAX_INCOMPLETE_EVENT_SIZE)
        self._h11_state = self._parser  # the library's name of it
        self.network = stream
        self.has_served = False

    @property
    def has_more(self) -> bool:
        """Something was received that belongs to no response yet."""
        return bool(self._h11_state.trailing_data[0])

    @property
    def is_reusable(self) -> bool:
        """The last exchange came to its end, and nothing has come after it."""
        return self.is_idle() and not self.has_more and not self.has_expired()

    def read_much(self, much: bool) -> None:
        """Whether to take all that is there in one read: never while a body may be packed, which unpacks to more."""
        self.READ_NUM_BYTES = _LARGE_READ_BYTES if much else SMALL_READ_BYTES

    async def read_chunks(self) -> bytes:
        """What the next network read brings of a chunked body, without the library's generators, which double its cost.

        b"" for all that is left to them: a body that is not chunked, and the end, in whatever way it comes.
        """
        while (body := self._parser.take_chunks()) == b"":
            self._parser.receive_data(await self.network.read(self.READ_NUM_BYTES))
        return body or b""

    def close(self) -> None:
        """Close at once."""
        self.network.close()


async def ask_for_tunnel(stream: Stream, host: str, port: int, authorization: str) -> int:
    """Ask the proxy at the other end for a tunnel. With a status of 2xx, the stream leads to that host from now on.

    Raises ConnectionError for what is no answer of a proxy.
    """
    connection = Connection(stream, "http", "proxy", 80)
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    headers = [("host", authority), ("user-agent", "parley")]
    if authorization:
        headers.append(("proxy-authorization", authorization))
    url = httpcore.URL(scheme="http", host="proxy", port=80, target=authority)
    try:
        response = await connection.handle_async_request(httpcore.Request("CONNECT", url, headers=headers))
    except httpcore.ProtocolError as error:
        raise ConnectionError("no answer of a proxy") from error
    if response.status < 300 and connection.has_more:
        raise ConnectionError("bytes before anything was asked through the tunnel")
    return response.status


class _Parser(h11.Connection):
    """The library's parser with a reader of ours for chunked bodies."""

    def next_event(self) -> Any:
        """What it always gives; in the middle of a chunked body without a look at the states, which do not change there."""
        body = self.take_chunks()
        if body is None:
            return super().next_event()
        return h11.Data(data=body) if body else h11.NEED_DATA

    def take_chunks(self) -> bytes | None:
        """What was received of a chunked body, b"" where more has to come; None where the library has to go on."""
        reader = self._reader
        if type(reader) is not _Chunked:
            return None
        body = reader.take(self._receive_buffer)
        return body if body or (reader.is_open and not self._receive_buffer_closed) else None

    def _get_io_object(self, role: Any, event: Any, io_dict: Any) -> Any:
        reader = super()._get_io_object(role, event, io_dict)
        return _Chunked() if isinstance(reader, h11._readers.ChunkedReader) else reader


class _Chunked:
    """RFC 9112, section 7.1: takes all that was received, and gives the body in it as one piece.

    What is not chunked ends the body with an error, after what came before it. `is_open`: more is to come.
    """

    def __init__(self) -> None:
        self.is_open = True
        self._left = 0  # bytes of the chunk still to come, with the CRLF at its end
        self._line = b""  # the unfinished line before the next chunk, or of the trailer
        self._last = False
        self._complete = False

    def __call__(self, buffer: Any) -> h11.EndOfMessage | None:
        """What the library asks of a reader, once take() gives nothing more. Raises h11.RemoteProtocolError."""
        if self.is_open:
            return None
        if not self._complete:
            raise h11.RemoteProtocolError("the chunks do not fit together")
        return h11.EndOfMessage()

    def read_eof(self) -> None:
        """What the library calls at the end of the connection."""
        raise h11.RemoteProtocolError("the connection ended in the middle of a chunked body")

    def take(self, buffer: Any) -> bytes:
        """The body's bytes in the buffer, which is emptied up to the body's end."""
        if not buffer or not self.is_open:
            return b""
        data = bytes(buffer.maybe_extract_at_most(len(buffer)))
        pieces = []
        at, end = 0, len(data)
        while at < end and self.is_open:
            if self._left:
                stop = min(end, at + self._left)
                self._left -= stop - at
                ours = stop - max(0, 2 - self._left)  # without what there is of the CRLF
                if ours > at:
                    pieces.append(data[at:ours])
                at = stop
                continue
            line_end = data.find(b"\n", at)
            if line_end < 0:
                self._line += data[at:]
                self.is_open = len(self._line) <= _MAX_SIZE_LINE_BYTES
                break
            self._take_line((self._line + data[at:line_end]).rstrip(b"\r"))
            self._line = b""
            at = line_end + 1
        if self._complete and at < end:
            buffer += data[at:]
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _take_line(self, line: bytes) -> None:
        if self._last:  # the trailer, ended by an empty line
            self._complete = not line
            self.is_open = bool(line)
            return
        digits = line.partition(b";")[0].strip()
        if not digits or len(digits) > 16 or not _HEX.issuperset(digits):
            self.is_open = False
            return
        size = int(digits, 16)
        self._last = size == 0
        self._left = size + 2 if size else 0
