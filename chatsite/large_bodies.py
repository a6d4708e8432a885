"""Bounds request bodies: Daphne writes a whole body to disk before any view can refuse it."""

from typing import Any

from daphne import http_protocol
from django.conf import settings

# The fields of a form never exceed this.
SPARE_BYTES = 256 * 1024


class BoundedRequest(http_protocol.WebRequest):  # type: ignore[misc]  # Daphne has no types
    """Daphne's request, whose body is truncated at the size of the largest permitted file. The rest is read and dropped.

    It is read because a browser whose connection is cut while it is sending sees no response.
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
    """Replace Daphne's request class; must be called before Daphne makes its server."""
    http_protocol.WebRequest = BoundedRequest
