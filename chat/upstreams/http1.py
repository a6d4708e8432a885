"""HTTP/1.1 for one request on one connection. Pure: bytes in, values out.

The head of both messages is h11's work; the body is taken apart here, a whole network read at a time: h11 takes 5.5 us
for each chunk, and servers send each event as a chunk of its own.
"""

import h11

from .errors import BrokenOff, CannotReach, NotHttp, Refused

Headers = list[tuple[bytes, bytes]]

_MAX_SIZE_LINE_BYTES = 4096  # a chunk's size and its extensions
_HEX = frozenset(b"0123456789abcdefABCDEF")


class Exchange:
    """One request and the response to it.

    request() -> bytes to send. receive(bytes) until `status` is set, then body() -> the body's bytes of what was
    received; receive_body(bytes) -> more of it. `complete`: the body has ended as it should; `broken`: it never will.
    """

    def __init__(self, name: str) -> None:
        self.status: int | None = None
        self.headers: Headers = []
        self.complete = False
        self.broken = False
        self._name = name
        self._h11 = h11.Connection(h11.CLIENT)
        self._received = False
        self._body: _Chunked | _Counted | _UntilClose = _UntilClose()

    def request(self, method: str, target: bytes, headers: Headers, body: bytes) -> bytes:
        """The bytes of the request. Raises Refused for a header's name or value that is none."""
        try:
            sent = [
                self._h11.send(h11.Request(method=method, target=target, headers=headers)),
                self._h11.send(h11.Data(data=body)) if body else b"",
                self._h11.send(h11.EndOfMessage()),
            ]
        except h11.LocalProtocolError as error:
            raise Refused("A header set for {name} cannot be sent. Tell an administrator.", name=self._name) from error
        return b"".join(part for part in sent if part)

    def receive(self, data: bytes) -> bytes:
        """Take bytes of the head, b"" for the end; the bytes of the body that came with it once `status` is set.

        Raises CannotReach when the other side closed without a word, BrokenOff in the middle, NotHttp for anything else.
        """
        if not data:
            if not self._received:
                raise CannotReach(
                    "{name} closed the connection without an answer. Try again in a while.", name=self._name
                )
            raise BrokenOff("The connection to {name} ended before its answer began.", name=self._name)
        self._received = True
        try:
            self._h11.receive_data(data)
            event = self._h11.next_event()
            while isinstance(event, h11.InformationalResponse):
                event = self._h11.next_event()
        except h11.RemoteProtocolError as error:
            raise NotHttp(
                "What answers at the address of {name} does not speak HTTP. Check its address and port.",
                name=self._name,
            ) from error
        if event is h11.NEED_DATA:
            return b""
        assert isinstance(event, h11.Response)
        self.status = event.status_code
        self.headers = list(event.headers)
        self._body = _framing(self.status, self.headers)
        return self.receive_body(self._h11.trailing_data[0])

    def receive_body(self, data: bytes) -> bytes:
        """The body's bytes in these bytes of the connection, up to where its framing is broken."""
        body = self._body.feed(data)
        self.complete, self.broken = self._body.complete, self._body.broken
        return body

    def end(self) -> None:
        """Nothing more comes, or nothing that makes sense. Raises BrokenOff if the body had not ended."""
        if self.broken:
            raise BrokenOff("{name} sent an answer whose pieces do not fit together.", name=self._name)
        if not self.complete and not isinstance(self._body, _UntilClose):
            raise BrokenOff("The connection to {name} ended in the middle of the answer.", name=self._name)


def _framing(status: int, headers: Headers) -> "_Chunked | _Counted | _UntilClose":
    fields = {name.lower(): value for name, value in headers}
    if status in (204, 304):
        return _Counted(0)
    if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
        return _Chunked()
    length = fields.get(b"content-length", b"")
    return _Counted(int(length)) if length.isdigit() else _UntilClose()


class _UntilClose:
    """A body that lasts as long as the connection."""

    complete = False
    broken = False

    def feed(self, data: bytes) -> bytes:
        return data


class _Counted:
    """A body of so many bytes."""

    broken = False

    def __init__(self, count: int) -> None:
        self._left = count
        self.complete = count == 0

    def feed(self, data: bytes) -> bytes:
        data = data[: self._left]
        self._left -= len(data)
        self.complete = self._left == 0
        return data


class _Chunked:
    """RFC 9112, section 7.1. `broken` is set by what is not chunked; what came before it counts."""

    def __init__(self) -> None:
        self.complete = False
        self.broken = False
        self._left = 0  # bytes of the chunk still to come, with the CRLF at its end
        self._line = b""  # the unfinished line before the next chunk, or of the trailer
        self._last = False

    def feed(self, data: bytes) -> bytes:
        pieces = []
        at, end = 0, len(data)
        while at < end and not self.complete and not self.broken:
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
                self.broken = len(self._line) > _MAX_SIZE_LINE_BYTES
                break
            self._take_line((self._line + data[at:line_end]).rstrip(b"\r"))
            self._line = b""
            at = line_end + 1
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _take_line(self, line: bytes) -> None:
        if self._last:  # the trailer, ended by an empty line
            self.complete = not line
            return
        digits = line.partition(b";")[0].strip()
        if not digits or len(digits) > 16 or not _HEX.issuperset(digits):
            self.broken = True
            return
        size = int(digits, 16)
        self._last = size == 0
        self._left = size + 2 if size else 0
