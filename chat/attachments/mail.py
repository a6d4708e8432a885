"""E-mails (.eml): the headers that people read, the text, and a list of what is attached."""

import email
from email.message import EmailMessage
from email.policy import default
from typing import BinaryIO

from chat.attachments.content import Content, EnoughError, Lines
from chat.attachments.limits import UnreadableError
from chat.attachments.names import shown_name
from chat.text import clean
from chat.tools.html_text import text_of

_HEADERS = ("From", "To", "Cc", "Date", "Subject")


def read(file: BinaryIO, max_chars: int) -> Content:
    """The mail as text. Its attachments are listed by name, type and size, and not read. Raises UnreadableError."""
    lines = Lines(max_chars)
    try:
        mail = email.message_from_binary_file(file, policy=default)
        attached = [
            part for part in mail.walk() if part.get_content_disposition() == "attachment" or part.get_filename()
        ]
        try:
            _add(mail, attached, lines)
        except EnoughError:
            pass
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        # The standard library's parser raises each of these for some malformed header.
        raise UnreadableError("broken_file") from error
    return Content("mail", "message/rfc822", lines.text, lines.is_cut, len(attached))


def _add(mail: EmailMessage, attached: list[EmailMessage], lines: Lines) -> None:
    for name in _HEADERS:
        for value in mail.get_all(name, []):
            lines.add(f"{name}: {' '.join(clean(str(value)).split())}")
    for part in attached:
        size = len(part.get_payload(decode=True) or b"")
        lines.add(f"Attachment: {shown_name(part.get_filename() or '')} ({part.get_content_type()}, {size:,} bytes)")
    body = mail.get_body(("plain", "html"))
    if body is not None:
        text = str(body.get_content()).replace("\r\n", "\n")
        lines.add("")
        lines.add(clean(text_of(text) if body.get_content_subtype() == "html" else text).strip())
