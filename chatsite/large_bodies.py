"""Lets no request body grow without end: Daphne writes all of it to the disk before anybody is asked whether it is wanted."""

from typing import Any

from daphne import http_protocol
from django.conf import settings

# Forms are smaller than any file.
SPARE_BYTES = 256 * 1024


class BoundedRequest(http_protocol.WebRequest):  # type: ignore[misc]  # Daphne has no types
    """Daphne's request, of whose body no more is kept than the largest file that may come. The rest is read and dropped.

    Read, because a browser whose connection is cut in the middle of sending sees no answer.
    """

    _body_bytes = 0

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  # the name is twisted's
        self._body_bytes += len(data)
        if self._body_bytes <= _most_bytes():
            super().handleContentChunk(data)

    def process(self) -> Any:
        if self._body_bytes <= _most_bytes():
            return super().process()
        return self.basic_error(413, b"Content Too Large", "That is too large.")


def _most_bytes() -> int:
    return max(settings.MAX_ATTACHMENT_BYTES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE) + SPARE_BYTES


def install() -> None:
    """To be called before Daphne makes its server."""
    http_protocol.WebRequest = BoundedRequest
