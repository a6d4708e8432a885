"""How much of a file is read at most, and what may go wrong with it. Values only: the reading process knows them, too."""

MAX_PIXELS = 64_000_000
# What providers scale pictures down to themselves; more would be paid for and not seen.
LONG_EDGE_PX = 2048
# A thumbnail is shown at most 240 px wide, on screens with two dots a pixel.
SMALL_EDGE_PX = 480
# 5 MB in base64 is what the strictest provider takes.
MAX_IMAGE_BYTES = 3_500_000
MAX_PDF_PAGES = 500

# A 64-megapixel picture takes 256 MB, and twice that while it is turned.
MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
WALL_SECONDS = 40
MAX_OUTPUT_BYTES = 96 * 1024 * 1024


class UnreadableError(Exception):
    """The file cannot be taken; `code` says why. The sentence for it is in `chat.attachments.reading`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
