"""Collects the static files so that a web server with another user can read them, whatever the umask."""

import os
from collections.abc import Iterator
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class PublicFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise ships no types
    """WhiteNoise's storage with mode 0644 for every file, the compressed ones and the manifest too."""

    def __init__(self, *args: Any, **options: Any) -> None:
        modes = {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755}
        super().__init__(*args, **{**modes, **options})

    def post_process(self, *args: Any, **options: Any) -> Iterator[Any]:
        # WhiteNoise writes the compressed files without asking for a mode.
        before = os.umask(0o022)
        try:
            yield from super().post_process(*args, **options)
        finally:
            os.umask(before)
