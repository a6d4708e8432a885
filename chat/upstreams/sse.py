"""Server-sent events: bytes in, events out. Pure, linear in time, bounded in memory.

Follows "9.2.6 Interpreting an event stream" of the WHATWG HTML specification, but for two things: `id` and `retry` mean
nothing to an answer that cannot be resumed, and an event that the end of the body cut off is offered by flush().
Lines are split as bytes: str.splitlines() would also split at U+2028, U+2029 and U+0085, which JSON text may contain.
"""

import msgspec

from .errors import LimitReachedError

# A picture comes as one event: the largest that models draw take 8 MB in base64. Arguments are a tenth of that.
MAX_EVENT_BYTES = 16 << 20
_BOM = b"\xef\xbb\xbf"


class SSEEvent(msgspec.Struct, frozen=True, gc=False):
    """One event: its name ("message" when the stream gave none) and its data lines joined by LF, still UTF-8."""

    event: str
    data: bytes


class Decoder:
    """One stream's decoder.

    feed(bytes) -> the events that these bytes completed; flush() -> the last event if the body ended without its blank
    line. Raises LimitReachedError for a line or an event over `max_event_bytes`.
    """

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_event_bytes = max_event_bytes
        self._head: bytes | None = b""  # the first three bytes, until it is known whether they are a BOM
        self._fragments: list[bytes] = []  # of the unfinished line
        self._fragment_bytes = 0
        self._skip_lf = False
        self._event = ""
        self._data: list[bytes] = []
        self._data_bytes = 0

    def feed(self, data: bytes) -> list[SSEEvent]:
        """The events completed by these bytes."""
        if self._head is not None:
            data = self._without_bom(data)
        if not data:
            return []
        if self._skip_lf:
            self._skip_lf = False
            if data[0] == 10:
                data = data[1:]
        if b"\r" in data:
            self._skip_lf = data[-1] == 13
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = data.split(b"\n")
        tail = lines.pop()
        if not lines:
            self._keep(tail)
            return []
        if self._fragments:
            self._fragments.append(lines[0])
            lines[0] = b"".join(self._fragments)
            self._fragments.clear()
            self._fragment_bytes = 0
        events = self._take(lines)
        if tail:
            self._keep(tail)
        return events

    def flush(self) -> list[SSEEvent]:
        """The event that was not ended by a blank line, if there is one; it may be cut anywhere."""
        lines = [b"".join(self._fragments), b""]
        self._fragments.clear()
        self._fragment_bytes = 0
        return self._take(lines)

    def _without_bom(self, data: bytes) -> bytes:
        head = (self._head or b"") + data
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._head = head
            return b""
        self._head = None
        return head.removeprefix(_BOM)

    def _keep(self, fragment: bytes) -> None:
        self._fragments.append(fragment)
        self._fragment_bytes += len(fragment)
        if self._fragment_bytes + self._data_bytes > self._max_event_bytes + 6:  # "data: "
            self._too_large()

    def _take(self, lines: list[bytes]) -> list[SSEEvent]:
        events = []
        for line in lines:
            if line.startswith(b"data:"):
                self._hold(line[6:] if line[5:6] == b" " else line[5:])
            elif not line:
                if self._data:
                    data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
                    events.append(SSEEvent(self._event or "message", data))
                    self._data.clear()
                    self._data_bytes = 0
                self._event = ""
            elif line[0] != 58:  # a comment begins with a colon
                self._take_rare(line)
        return events

    def _take_rare(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if name == b"event":
            self._event = value[:200].decode("utf-8", "replace")
        elif name == b"data":
            self._hold(value)

    def _hold(self, value: bytes) -> None:
        self._data.append(value)
        self._data_bytes += len(value) + 1  # and its line end: empty lines take memory, too
        if self._data_bytes > self._max_event_bytes + 1:
            self._too_large()

    def _too_large(self) -> None:
        self._fragments.clear()
        self._data.clear()
        raise LimitReachedError(
            "The upstream sent an event of more than {kib} KiB, which is too large. Ask for a shorter answer, "
            "or tell an administrator.",
            kib=self._max_event_bytes // 1024,
        )
