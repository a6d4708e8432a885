"""The limits of reading a file, and the error for a file that cannot be read. Values only: the reader imports them, too."""

MAX_PIXELS = 64_000_000
# Providers scale pictures down to this themselves; more would be paid for and not seen.
LONG_EDGE_PX = 2048
# A thumbnail is shown at most 240 px wide, on screens with two dots a pixel.
SMALL_EDGE_PX = 480
# The strictest provider accepts 5 MB in base64.
MAX_IMAGE_BYTES = 3_500_000
MAX_PDF_PAGES = 500
# Pages without text are drawn as pictures, as many as one request to a model can take beside other pictures.
MAX_SCANS = 20
# A4 at 150 dots per inch, at which small print can be read.
SCAN_EDGE_PX = 1754

# An office file has a few hundred entries; a large project in an archive has thousands.
MAX_ENTRIES = 10_000
# The reader unpacks entry by entry; a file that unpacks to more than this costs more than its text is worth.
MAX_UNPACKED_BYTES = 300_000_000
# Of an archive, this many files are listed, and texts up to this size are read.
MAX_LISTED = 500
MAX_LISTED_BYTES = 500_000

# A 64-megapixel picture takes 256 MB, and twice that while it is turned.
MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
WALL_SECONDS = 40
MAX_OUTPUT_BYTES = 96 * 1024 * 1024


class UnreadableError(Exception):
    """The file cannot be read; `code` says why. The sentence for it is in `chat.attachments.reading`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
