"""Files put together in a ZIP archive: a list of them, and the text of those that are text, such as code."""

import zipfile

from chat.attachments.content import Content, EnoughError, Lines
from chat.attachments.limits import MAX_LISTED, MAX_LISTED_BYTES, UnreadableError
from chat.attachments.names import shown_path
from chat.attachments.texts import read_text

# What belongs to tools rather than to the person's work.
_ASIDE = ("__MACOSX/", ".git/", "node_modules/", "__pycache__/", ".venv/")


def read(package: zipfile.ZipFile, max_chars: int) -> Content:
    """A list of the files, then the text of each that is text. Archives within it are listed and not opened.

    Raises UnreadableError.
    """
    files = [entry for entry in package.infolist() if not entry.is_dir()]
    if not files:
        raise UnreadableError("empty")
    work = [entry for entry in files if not any(f"/{part}" in f"/{entry.filename}" for part in _ASIDE)]
    lines = Lines(max_chars)
    try:
        for entry in work[:MAX_LISTED]:
            lines.add(f"- {shown_path(entry.filename)} ({entry.file_size:,} bytes)")
        if len(work) < len(files) or len(work) > MAX_LISTED:
            lines.add(f"[{len(files) - min(len(work), MAX_LISTED):,} more files are not listed.]")
        for entry in work[:MAX_LISTED]:
            _add(package, entry, lines)
    except EnoughError:
        pass
    return Content("archive", "application/zip", lines.text, lines.is_cut, len(files))


def _add(package: zipfile.ZipFile, entry: zipfile.ZipInfo, lines: Lines) -> None:
    if not 0 < entry.file_size <= MAX_LISTED_BYTES:
        return
    data = package.read(entry)
    try:
        text = read_text(data).text
    except UnreadableError:
        return
    lines.add(f"\n[File {shown_path(entry.filename)}]")
    lines.add(text.rstrip())
