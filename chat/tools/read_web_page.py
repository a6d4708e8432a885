"""Tool: read one web page as text. It is off until an administrator switches it on.

Each host name, also of a redirect, is resolved once, and the checked address is connected to: private, loopback,
link-local and metadata addresses are never read, whatever their name or notation.
"""

import asyncio
import codecs
from typing import Annotated, Any
from urllib.parse import urljoin, urlsplit

from msgspec import Meta, Struct

from chat.text import clean, has_unseen
from chat.upstreams import page
from chat.upstreams.address import LookUp, look_up
from chat.upstreams.errors import AddressForbiddenError, UpstreamError
from chat.upstreams.proxies import DIRECT, Proxies

from .html_text import text_of
from .tool import Access, ToolError, tool

MAX_REDIRECTS = 5
MAX_BYTES = 2 << 20
TIMEOUT_SECONDS = 20.0
# About 5,000 tokens; a model asks for the next piece when it needs it.
PIECE_CHARS = 20_000
# Python has these encodings, the web does not; decoding 2 MB of the first takes minutes.
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})
_READABLE = ("text/", "application/json", "application/xml", "application/xhtml+xml", "application/ld+json")


class Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    url: Annotated[str, Meta(min_length=8, max_length=2000, description="The full address, with https:// or http://.")]
    start: Annotated[int, Meta(ge=0, le=MAX_BYTES, description="From which character of its text on; 0 at first.")] = 0


async def read(
    url: str, *, proxies: Proxies = DIRECT, resolve: LookUp = look_up, allow_private: bool = False
) -> tuple[str, str]:
    """The final address and the text of a page. Raises ToolError.

    `resolve` and `allow_private` are for tests, which have nothing but loopback to read from.
    """
    if has_unseen(url):
        # Whoever allowed the call did not see what would be sent there.
        raise ToolError("An address with invisible characters is not read.")
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            for _ in range(MAX_REDIRECTS + 1):
                found = await _get(url, proxies=proxies, find=resolve, allow_private=allow_private)
                if not found.location:
                    # In a thread: a large page takes a second, and everybody's answers depend on the event loop.
                    return url, await asyncio.to_thread(_text, found)
                url = urljoin(url, found.location)
    except TimeoutError:
        raise ToolError(f"The page did not come within {TIMEOUT_SECONDS:g} seconds.") from None
    raise ToolError(f"The page redirects more than {MAX_REDIRECTS} times.")


async def _call(arguments: Arguments, access: Access) -> str:
    url, text = await read(arguments.url, proxies=access.proxies)
    piece = text[arguments.start : arguments.start + PIECE_CHARS]
    end = arguments.start + len(piece)
    rest = f"\n\n[Characters {arguments.start:,} to {end:,} of {len(text):,}. Call again with start={end} for more.]"
    return f"{url}\n\n{piece}{rest if end < len(text) or arguments.start else ''}"


async def _get(url: str, **way: Any) -> page.Page:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ToolError("Only addresses that begin with http:// or https:// can be read.")
    if parts.username or parts.password:
        raise ToolError("An address with a user name or a password in it is not read.")
    try:
        return await page.get(url, max_bytes=MAX_BYTES, **way)
    except AddressForbiddenError:
        raise ToolError(f"{parts.hostname} is not on the public internet, so it is not read.") from None
    except UpstreamError as error:
        raise ToolError(str(error)) from None


def _text(found: page.Page) -> str:
    if found.status != 200:
        raise ToolError(f"The server answered with status {found.status}; there is no page to read.")
    kind = found.content_type.partition(";")[0].strip().lower()
    if kind and not kind.startswith(_READABLE):
        raise ToolError(f"That is no page but a file of the type {clean(kind)[:80]}, which cannot be read here.")
    source = found.body.decode(_charset(found.content_type), "replace")
    text = text_of(source) if "html" in kind or source.lstrip()[:1] == "<" else source
    if not text.strip():
        raise ToolError("The page has no text. It may need a browser that runs its scripts.")
    return clean(text)


def _charset(content_type: str) -> str:
    _, _, name = content_type.lower().partition("charset=")
    try:
        known = codecs.lookup(name.strip(" \"';") or "utf-8")
        "".encode(known.name)
    except (LookupError, ValueError):
        return "utf-8"
    return "utf-8" if known.name in _NO_CHARSETS else known.name


TOOL = tool(
    Arguments,
    _call,
    name="read_web_page",
    description="Reads one public page of the web and returns its text.",
    is_on=False,
    policy="ask",
    timeout_seconds=TIMEOUT_SECONDS + 5,
)
