"""Unpacks gzip and deflate in steps, so that a small body cannot stop everybody else. Pure."""

import zlib

# What is given at once: about 7,000 of the smallest events, which take 50 ms.
STEP_BYTES = 1 << 16
# The most that is unpacked of one body: a few kilobytes of gzip can hold gigabytes of nothing.
MAX_UNPACKED_BYTES = 1 << 26
# Events that differ in a word pack to a fortieth; gzip can pack nothing at all to a thousandth.
MAX_RATIO = 200
_GRACE_BYTES = 1 << 20
_GZIP, _ZLIB, _RAW = 31, 15, -15
# Not br and zstd: nobody asked for them.
PACKINGS = ("gzip", "x-gzip", "deflate")


class TooMuchError(Exception):
    """The body unpacks to more than is taken."""


class Unpacker:
    """One body's unpacker: feed() it what came, then take() until b""."""

    def __init__(self, packing: str) -> None:
        self._is_gzip = packing != "deflate"
        self._inflater = zlib.decompressobj(_GZIP if self._is_gzip else _ZLIB)
        self._packed = b""
        self._holds_more = False
        self._packed_bytes = self._unpacked_bytes = 0

    def feed(self, data: bytes) -> None:
        """More of the packed body."""
        if not self._packed_bytes and not self._is_gzip and not _has_header(data):
            self._inflater = zlib.decompressobj(_RAW)  # some servers leave the header out
        self._packed_bytes += len(data)
        self._packed += data

    def take(self) -> bytes:
        """At most STEP_BYTES; b"" when more has to come. Raises TooMuchError, and zlib.error for what is not packed so."""
        unpacked = b""
        while not unpacked and (self._packed or self._holds_more):
            unpacked = self._inflater.decompress(self._packed, STEP_BYTES)
            self._holds_more = len(unpacked) == STEP_BYTES
            self._packed = self._inflater.unconsumed_tail
            if self._inflater.eof:
                self._packed, self._holds_more = self._next_member(self._inflater.unused_data), False
        self._unpacked_bytes += len(unpacked)
        most = min(MAX_UNPACKED_BYTES, max(_GRACE_BYTES, MAX_RATIO * self._packed_bytes))
        if self._unpacked_bytes > most:
            raise TooMuchError
        return unpacked

    def _next_member(self, rest: bytes) -> bytes:
        """What follows the end: in gzip another body, else nothing of interest."""
        if not (self._is_gzip and rest):
            return b""
        self._inflater = zlib.decompressobj(_GZIP)
        return rest


def _has_header(data: bytes) -> bool:
    return len(data) < 2 or (data[0] & 15 == 8 and (data[0] << 8 | data[1]) % 31 == 0)
