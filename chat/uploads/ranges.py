"""The part of a file that a player asks for (RFC 9110, section 14). Safari plays no sound without it. Pure."""

import re

_ONE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def wanted(header: str, size_bytes: int) -> tuple[int, int] | None:
    """First byte and number of bytes; None where the whole file is sent: without a range, or with several.

    Raises ValueError for a range that the file does not have.
    """
    found = _ONE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        begin, end = max(0, size_bytes - int(last)), size_bytes
    else:
        begin, end = int(first), min(size_bytes, int(last) + 1 if last else size_bytes)
    if begin >= end:
        raise ValueError("no such range")
    return begin, end - begin
