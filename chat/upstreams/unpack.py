"""A response's content encoding undone as it comes, never more at once than a step. Pure."""

import zlib
from collections.abc import Iterator

from .errors import BrokenOff, LimitReached, NotAStream

# The most that is unpacked in one step, and in all: a few kilobytes of gzip can hold gigabytes of nothing.
STEP_BYTES = 1 << 16
MAX_UNPACKED_BYTES = 1 << 26


class Unpacker:
    """feed(bytes) -> the unpacked bytes in steps.

    Raises NotAStream for an encoding nobody asked for, BrokenOff for junk, LimitReached for too much.
    """

    def __init__(self, encoding: str, name: str) -> None:
        self._name = name
        encoding = encoding.strip().lower()
        self._plain = encoding in ("", "identity")
        if not self._plain and encoding not in ("gzip", "x-gzip", "deflate"):
            raise NotAStream(
                "{name} packs its answer in a way that nobody asked for. Tell an administrator.", name=name
            )
        self._zlib = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, whichever it is
        self._unpacked_bytes = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The bytes inside these, in steps of at most 64 KiB where they were packed."""
        if self._plain:
            yield data
            return
        more = bool(data)
        while more:
            try:
                unpacked = self._zlib.decompress(data, STEP_BYTES)
            except zlib.error as error:
                raise BrokenOff("{name} sent an answer that cannot be unpacked.", name=self._name) from error
            self._unpacked_bytes += len(unpacked)
            if self._unpacked_bytes > MAX_UNPACKED_BYTES:
                raise LimitReached(
                    "{name} sent a packed answer that is far too large. Tell an administrator.", name=self._name
                )
            if unpacked:
                yield unpacked
            data = self._zlib.unconsumed_tail
            more = bool(data) or len(unpacked) == STEP_BYTES
