"""Collects the static files so that a web server with another user can read them, whatever the umask, and compresses them."""

import os
from collections.abc import Iterator
from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Of the 2.5 MB that draw diagrams, loaded when one is seen, Brotli's levels 9, 10 and 11 make 568, 523 and 512 kB in 0.2, 2.4
# and 4.5 s; of the page's largest script, 157 kB, they make 59, 55 and 55 kB in a tenth of a second.
LARGE_BYTES = 500_000


class QuickCompressor(Compressor):  # type: ignore[misc]  # WhiteNoise ships no types
    """WhiteNoise's compressor with less effort for Brotli: its best level made a first start ten seconds longer."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        compressed: bytes = brotli.compress(data, quality=10 if len(data) < LARGE_BYTES else 9)
        return compressed


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

    def create_compressor(self, **options: Any) -> QuickCompressor:
        return QuickCompressor(**options)
