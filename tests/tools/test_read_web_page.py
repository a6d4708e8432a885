"""Reading the web: what is read, what is refused, and every known way around such a guard."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from chat.tools import read_web_page
from chat.tools.html_text import text_of
from chat.tools.read_web_page import MAX_BYTES, MAX_REDIRECTS, read
from chat.tools.tool import ToolError
from tests.upstreams.connect_proxy import ConnectProxy

pytestmark = pytest.mark.asyncio


class Site:
    """A web server on loopback that answers each path with fixed bytes, and remembers who asked."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.port = 0

    def page(
        self, path: str, body: bytes, kind: str = "text/html; charset=utf-8", status: str = "200 OK", more: str = ""
    ) -> str:
        head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n{more}\r\n"
        self.pages[path] = head.encode() + body
        return f"http://example.test:{self.port}{path}"

    def redirect(self, path: str, to: str) -> str:
        return self.page(path, b"", status="302 Found", more=f"location: {to}\r\n")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode()
        self.asked.append(line.split()[1])
        writer.write(self.pages.get(line.split()[1], b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def a_site() -> AsyncIterator[Site]:
    site = Site()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site


async def home(host: str, port: int, name: str) -> list[str]:
    """A resolver that knows one address."""
    return ["127.0.0.1"]


def answers(*rounds: list[str]) -> Callable[[str, int, str], Awaitable[list[str]]]:
    """A resolver with a different answer each time, as in DNS rebinding."""
    left = list(rounds)

    async def find(host: str, port: int, name: str) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return find


async def test_a_page_is_read_as_text() -> None:
    async with a_site() as site:
        html = (
            "<html><head><title>Ducks</title><style>p{}</style><script>alert(1)</script></head><body><nav>menu</nav>"
            "<h1>On ducks</h1><p>They  swim &amp; <b>fly</b>.</p><ul><li>one<li>two</ul><table><tr><td>a<td>b</table>"
        )
        url, text = await read(site.page("/", html.encode()), resolve=home, allow_private=True)
    assert url.endswith("/")
    assert text == "Ducks\n\n# On ducks\n\nThey swim & fly.\n\n- one\n- two\n\n| a | b"


async def test_packed_pages_and_other_alphabets_are_read() -> None:
    async with a_site() as site:
        packed = site.page("/z", gzip.compress(b"<p>packed</p>"), more="content-encoding: gzip\r\n")
        old = site.page("/o", "schön".encode("latin-1"), kind="text/plain; charset=latin-1")
        assert (await read(packed, resolve=home, allow_private=True))[1] == "packed"
        assert (await read(old, resolve=home, allow_private=True))[1] == "schön"


async def test_redirects_are_followed_to_an_end() -> None:
    async with a_site() as site:
        site.page("/end", b"here", kind="text/plain")
        url, text = await read(site.redirect("/start", "/end"), resolve=home, allow_private=True)
        assert (url.rpartition("/")[2], text) == ("end", "here")
        with pytest.raises(ToolError, match="redirects more than"):
            await read(site.redirect("/round", "/round"), resolve=home, allow_private=True)
        assert site.asked.count("/round") == MAX_REDIRECTS + 1


async def test_a_huge_page_is_cut() -> None:
    async with a_site() as site:
        _, text = await read(
            site.page("/", b"a" * (MAX_BYTES * 2), kind="text/plain"), resolve=home, allow_private=True
        )
        assert len(text) == MAX_BYTES


@pytest.mark.parametrize(
    ("kind", "body", "status", "why"),
    [
        ("image/png", b"\x89PNG", "200 OK", "a file of the type image/png"),
        ("text/html", b"<script>1</script>", "200 OK", "no text"),
        ("text/html", b"gone", "410 Gone", "status 410"),
        ("application/octet-stream", b"MZ", "200 OK", "cannot be read"),
    ],
)
async def test_what_is_no_page_says_so(kind: str, body: bytes, status: str, why: str) -> None:
    async with a_site() as site:
        with pytest.raises(ToolError, match=why):
            await read(site.page("/", body, kind=kind, status=status), resolve=home, allow_private=True)


# The same address in other notations: decimal, octal, hexadecimal and short IPv4, mapped, compatible, NAT64, 6to4, zones,
# and the metadata addresses of clouds.
LOCAL = [
    "http://127.0.0.1/", "http://localhost/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/",
    "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/", "http://0.0.0.0/", "http://[::]/", "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/", "http://[::ffff:a9fe:a9fe]/", "http://[fe80::1]/", "http://[fc00::1]/",
    "http://100.100.100.200/", "http://168.63.129.16/", "http://[fd00:ec2::254]/", "http://100.64.0.1/", "http://224.0.0.1/",
    "http://user@127.0.0.1/", "http://127.0.0.1.:80/", "http://127。0。0。1/", "http://ⓛocalhost/",
]  # fmt: skip


@pytest.mark.parametrize("url", LOCAL)
async def test_no_spelling_of_a_local_address_is_read(url: str) -> None:
    with pytest.raises(ToolError, match=r"not on the public internet|no host named|password in it|not a web address"):
        await read(url)


@pytest.mark.parametrize("letter", ["\u200b", "\u202e", "\U000e0074", "\ufe0f", "\U000e0100", "\u3164", "\u00ad"])
async def test_an_address_with_an_invisible_letter_is_not_asked(letter: str) -> None:
    async with a_site() as site:
        url = site.page("/ok", b"here", kind="text/plain")
        assert (await read(url, resolve=home, allow_private=True))[1] == "here"
        with pytest.raises(ToolError, match="invisible"):
            await read(f"{url}?q={letter}", resolve=home, allow_private=True)
        assert site.asked == ["/ok"]


async def test_a_name_that_points_inside_is_not_read() -> None:
    async with a_site() as site:
        with pytest.raises(ToolError, match="not on the public internet"):
            await read(site.page("/", b"secret", kind="text/plain"), resolve=home)
        with pytest.raises(ToolError, match="not on the public internet"):
            await read(site.page("/", b"secret"), resolve=answers(["93.184.216.34", "127.0.0.1"]))
        assert site.asked == []


async def test_a_redirect_does_not_lead_inside() -> None:
    """The test permits the first address; the guard is asked again for the second one."""
    asked: list[str] = []

    async def find(host: str, port: int, name: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if host == "example.test" else ["169.254.169.254"]

    async with a_site() as site:
        url = site.redirect("/", "http://metadata.test/latest/")
        with pytest.raises(ToolError, match="not on the public internet"):
            await read(url, resolve=find, allow_private=True)
    assert asked == ["example.test", "metadata.test"]


async def test_a_page_is_read_through_the_proxy() -> None:
    async with a_site() as site, ConnectProxy(site.port) as proxy:
        url = site.page("/", b"fine", kind="text/plain")
        assert (await read(url, proxies=proxy.proxies(), resolve=answers(["93.184.216.34"])))[1] == "fine"
        assert proxy.asked == [f"93.184.216.34:{site.port}"]
        with pytest.raises(ToolError, match="not on the public internet"):
            await read(url, proxies=proxy.proxies(), resolve=home)
        assert len(proxy.asked) == 1


async def test_an_address_is_looked_up_once_for_each_connection() -> None:
    """Rebinding: the checked address is the one connected to, and the resolver is not asked a second time."""
    asked = 0

    async def find(host: str, port: int, name: str) -> list[str]:
        nonlocal asked
        asked += 1
        return ["127.0.0.1"] if asked == 1 else ["169.254.169.254"]

    async with a_site() as site:
        _, text = await read(site.page("/", b"fine", kind="text/plain"), resolve=find, allow_private=True)
    assert (text, asked) == ("fine", 1)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.test/", "javascript:alert(1)", "gopher://x:70/", "http:///x", "https://"],
)
async def test_other_schemes_are_not_read(url: str) -> None:
    with pytest.raises(ToolError, match=r"Only addresses|not a web address"):
        await read(url, resolve=home, allow_private=True)


async def test_the_text_of_broken_html_is_found() -> None:
    assert text_of("<nav>menu<p>more</div></nav>text") == "text"
    assert text_of("<p>a<script>x</p>") == "a"
    assert text_of("<" * 10_000).startswith("<")
    assert text_of("<pre>two\n  lines</pre>") == "two\nlines"


@pytest.mark.parametrize(
    "piece",
    [
        "<", "<a ", "</a ", "<!--", "<!", "<?", "&#", "<a x='", "<a" + " =" * 9, "<svg>", "<svg></x>", "<script>", "<title>",
        "<textarea></", "</", "<![CDATA[",
    ],
)  # fmt: skip
async def test_no_page_takes_long_to_read(piece: str) -> None:
    # html.parser took unacceptably long for some of these.
    began = time.process_time()
    text_of(piece * (MAX_BYTES // len(piece) // 2))
    assert time.process_time() - began < 10


async def test_tags_end_where_a_browser_ends_them() -> None:
    assert text_of('<p title="a > b">one</p><svg width="1"/><br/>two<!-- > -->three') == "one\n\ntwothree"
    assert text_of("1 < 2 <3 &lt; &#" + "9" * 5000 + ";").startswith("1 < 2 <3")
    assert text_of("<STYLE>p{}</style >seen<script>'</scripted>'</script>, too") == "seen, too"


async def test_a_charset_that_is_none_of_the_webs_is_not_used() -> None:
    async with a_site() as site:
        for charset, text in (("punycode", "b-a"), ("iso-8859-15", "b-a"), ("none-such", "b-a")):
            page = site.page("/", b"b-a", f"text/plain; charset={charset}")
            assert (await read(page, resolve=home, allow_private=True))[1] == text


async def test_it_is_off_until_an_administrator_says_so() -> None:
    assert not read_web_page.TOOL.is_on
    assert read_web_page.TOOL.policy == "ask"
