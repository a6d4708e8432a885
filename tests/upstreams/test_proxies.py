"""Requests through a proxy: what it is asked for, what is still checked, and proxies that refuse, lie or stay silent."""

import asyncio
import base64
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chat.upstreams import client, page
from chat.upstreams.check import check
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.errors import UpstreamError
from chat.upstreams.events import Phase, Text
from chat.upstreams.exchange import Exchange, target_of
from chat.upstreams.proxies import Proxies, is_entry, parse
from chat.upstreams.route import Route, connect, find_route
from chat.upstreams.warm import Connections
from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import PATIENCE_SECONDS
from tests.upstreams.asking import QUICK, ask, disconnected, endpoint, request_to
from tests.upstreams.certificates import certificates
from tests.upstreams.connect_proxy import ConnectProxy
from tests.upstreams.raw_server import Answer, Peer, RawServer

# A public address; the proxies of these tests lead to loopback instead.
PUBLIC = "93.184.216.34"


def behind(proxy: ConnectProxy, **more: Any) -> Endpoint:
    return endpoint(f"http://{PUBLIC}", allow_private=False, proxies=proxy.proxies(), **more)


class Names:
    """A resolver that gives another of its answers each time."""

    def __init__(self, *answers: list[str]) -> None:
        self.asked = 0
        self._answers = answers

    async def __call__(self, host: str, port: int, name: str) -> list[str]:
        self.asked += 1
        return self._answers[min(self.asked, len(self._answers)) - 1]


@pytest.mark.asyncio
async def test_a_public_address_is_asked_for_through_the_proxy(upstream: FakeUpstream) -> None:
    async with ConnectProxy(upstream.port) as proxy:
        asked = await ask(behind(proxy), "text-n20")
        assert (asked.code, proxy.asked) == (None, [f"{PUBLIC}:80"])
        assert upstream.log()[0]["headers"]["host"] == PUBLIC


@pytest.mark.asyncio
async def test_its_credentials_go_to_the_proxy_and_nowhere_else(upstream: FakeUpstream) -> None:
    async with ConnectProxy(upstream.port, credentials="marie-anne:p%40ss-word") as proxy:
        it = behind(proxy)
        assert (await ask(it, "text-n2")).code is None
        assert base64.b64encode(b"marie-anne:p@ss-word").decode() in proxy.heads[0]
        assert "proxy-authorization" not in upstream.log()[0]["headers"]
        proxy.refuses[f"{PUBLIC}:80"] = b"HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n"
        refused = await ask(it, "text-n2")
        steps = [step async for step in check(it, "text-n2")]
        assert refused.code == "proxy"
        shown = f"{refused.error} {it!r} {it.proxies!r} {steps}"
        assert f"http://localhost:{proxy.port}" in shown
        assert "ss-word" not in shown
        assert "marie-anne" not in shown


@pytest.mark.asyncio
async def test_loopback_and_private_addresses_go_direct(upstream: FakeUpstream) -> None:
    async with ConnectProxy(upstream.port) as proxy:
        for url in (upstream.url, upstream.url.replace("127.0.0.1", "localhost")):
            assert (await ask(endpoint(url, proxies=proxy.proxies()), "text-n2")).code is None
        forbidden = await ask(endpoint(upstream.url, proxies=proxy.proxies(), allow_private=False), "text-n2")
        assert (forbidden.code, proxy.asked) == ("address_forbidden", [])


@pytest.mark.asyncio
async def test_a_name_is_looked_up_here_once_and_the_tunnel_leads_to_what_was_checked(upstream: FakeUpstream) -> None:
    async with ConnectProxy(upstream.port) as proxy:
        find = Names([PUBLIC], ["127.0.0.1"])
        found = await page.get("http://example.test/v1/models", find=find, max_bytes=1000, proxies=proxy.proxies())
        assert (found.status, proxy.asked, find.asked) == (200, [f"{PUBLIC}:80"], 1)


@pytest.mark.asyncio
@pytest.mark.parametrize("addresses", [["10.0.0.7"], [PUBLIC, "127.0.0.1"], ["169.254.169.254"]])
@pytest.mark.parametrize("trusted", [False, True])
async def test_a_name_that_points_inside_is_refused_behind_a_proxy_too(addresses: list[str], trusted: bool) -> None:
    async with ConnectProxy(1) as proxy:
        with pytest.raises(UpstreamError) as caught:
            await page.get(
                "http://example.test/",
                find=Names(addresses),
                max_bytes=1000,
                proxies=proxy.proxies(resolve_names=trusted),
            )
        assert (caught.value.code, proxy.asked) == ("address_forbidden", [])


@pytest.mark.asyncio
async def test_tls_and_the_host_header_have_the_name(tmp_path: Path) -> None:
    server, trusting = certificates(tmp_path)
    with FakeUpstream(tls=server) as upstream:
        async with ConnectProxy(upstream.port) as proxy:
            url = "https://localhost/v1/models"
            about: dict[str, Any] = {"allow_private": False, "proxies": proxy.proxies(), "tls": trusting}
            target = target_of(url, "Test", find=Names([PUBLIC]), **about)
            connection = await connect(target, 5)
            async with aclosing(Exchange(connection, "Test")) as exchange:
                await exchange.send("GET", url, {})
                assert exchange.status == 200
            assert proxy.asked == [f"{PUBLIC}:443"]
            other = msgspec.structs.replace(target, host="example.test")
            with pytest.raises(UpstreamError, match="certificate problem"):
                await connect(other, 5)


@pytest.mark.asyncio
async def test_a_name_that_only_the_proxy_knows_needs_trust_in_it(upstream: FakeUpstream) -> None:
    async with ConnectProxy(upstream.port) as proxy:
        url = "http://no-such-host.invalid"
        asked = await ask(endpoint(url, allow_private=False, proxies=proxy.proxies(), max_attempts=1), "text-n2")
        assert (asked.code, proxy.asked) == ("dns", [])
        assert "PROXY_RESOLVES_NAMES" in str(asked.error)
        trusting = proxy.proxies(resolve_names=True)
        assert (await ask(endpoint(url, allow_private=False, proxies=trusting), "text-n2")).code is None
        assert proxy.asked == ["no-such-host.invalid:80"]


@pytest.mark.asyncio
async def test_no_proxy_means_none() -> None:
    proxy = parse("http://proxy.example:3128")
    for none_for, through in (((), proxy), ((PUBLIC,), None)):
        proxies = Proxies(proxy, proxy, none_for)
        target = target_of(f"http://{PUBLIC}", "Test", allow_private=False, proxies=proxies)
        assert await find_route(target) == Route((PUBLIC,), through)


def says(*packets: bytes) -> Answer:
    async def answer(peer: Peer) -> None:
        await peer.request()
        await peer.send(*packets)

    return answer


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "packets, code, words",
    [
        ([b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno"], "proxy", "refuses the connection (403)"),
        ([b"HTTP/1.1 407 Auth\r\n\r\n"], "proxy", "requires a username and a password"),
        ([b"HTTP/1.1 302 Found\r\nlocation: http://x/\r\n\r\n"], "proxy", "(302)"),
        ([b"SSH-2.0-x\r\n\r\n"], "proxy", "does not answer as a proxy does"),
        ([], "proxy", "does not answer as a proxy does"),
        ([b"HTTP/1.1 200 OK\r\n"], "proxy", "does not answer as a proxy does"),
        ([b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\ndata: {}"], "proxy", "does not answer as a proxy does"),
        ([b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000], "proxy", "does not answer as a proxy does"),
        ([b"HTTP/1.1 200 OK\r\n\r\n"], "unreachable", "without an answer"),
    ],
)
async def test_a_proxy_that_refuses_or_lies_is_named(packets: list[bytes], code: str, words: str) -> None:
    async with RawServer(says(*packets)) as server:
        proxy = parse(server.url)
        it = endpoint(f"http://{PUBLIC}", proxies=Proxies(proxy, proxy), max_attempts=1)
        asked = await ask(it, "m")
        assert asked.code == code
        assert words in str(asked.error)
        assert (str(proxy) in str(asked.error)) == (code == "proxy")


@pytest.mark.asyncio
async def test_a_proxy_that_lies_about_where_it_leads_fails_at_the_certificate(upstream: FakeUpstream) -> None:
    async with ConnectProxy(upstream.port) as proxy:
        asked = await ask(endpoint(f"https://{PUBLIC}", proxies=proxy.proxies(), max_attempts=1), "text-n2")
        assert asked.code in ("tls", "unreachable", "connect_timeout")
        assert upstream.log() == []


@pytest.mark.asyncio
async def test_a_proxy_that_is_not_there_is_named() -> None:
    async with ConnectProxy(1) as proxy:
        proxies = proxy.proxies()
    asked = await ask(endpoint(f"http://{PUBLIC}", proxies=proxies, max_attempts=1), "m")
    assert asked.code == "unreachable"
    assert f"localhost, port {proxy.port}" in str(asked.error)


@pytest.mark.asyncio
async def test_the_next_address_is_tried_where_the_proxy_did_not_get_there(upstream: FakeUpstream) -> None:
    async with ConnectProxy(upstream.port) as proxy:
        proxy.refuses["[2606:4700::1111]:80"] = b"HTTP/1.1 502 No way\r\ncontent-length: 0\r\n\r\n"
        proxy.refuses["1.1.1.1:80"] = b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n"
        find = Names(["2606:4700::1111", PUBLIC])
        url = "http://example.test/v1/models"
        assert (await page.get(url, find=find, max_bytes=1000, proxies=proxy.proxies())).status == 200
        assert proxy.asked == ["[2606:4700::1111]:80", f"{PUBLIC}:80"]
        with pytest.raises(UpstreamError, match="403"):
            await page.get(url, find=Names(["1.1.1.1", PUBLIC]), max_bytes=1000, proxies=proxy.proxies())
        assert proxy.asked[2:] == ["1.1.1.1:80"]


@pytest.mark.asyncio
async def test_a_slow_proxy_ends_at_the_connect_timeout_and_is_left_when_stopped() -> None:
    async def say_nothing(peer: Peer) -> None:
        await peer.request()
        peer.left.clear()
        heard.set()
        await peer.gone()

    heard = asyncio.Event()
    async with RawServer(say_nothing) as server:
        proxy = parse(server.url)
        it = endpoint(f"http://{PUBLIC}", proxies=Proxies(proxy, proxy), max_attempts=1)
        hasty = msgspec.structs.replace(it, timeouts=msgspec.structs.replace(QUICK, connect_seconds=0.1))
        assert (await ask(hasty, "m")).code == "connect_timeout"
        heard.clear()
        task = asyncio.create_task(ask(it, "m"))
        await heard.wait()
        stopped = time.monotonic()
        task.cancel()
        await asyncio.wait_for(server.peers[-1].left.wait(), PATIENCE_SECONDS)
        assert time.monotonic() - stopped < 0.1


@pytest.mark.asyncio
@pytest.mark.parametrize("steps", [[{"hang": True}], [{"text": "x"}, {"hang": True}]])
async def test_stop_closes_the_way_through_the_proxy(upstream: FakeUpstream, steps: list[Any]) -> None:
    upstream.scenario("s", steps)
    async with ConnectProxy(upstream.port) as proxy:
        it = behind(proxy)
        async with aclosing(client.stream(it, request_to(it, "s"), connections=Connections())) as batches:

            async def consume(seen: asyncio.Event) -> None:
                async for batch in batches:
                    last = batch[-1]
                    if isinstance(last, Text) or (isinstance(last, Phase) and last.name == "waiting"):
                        seen.set()

            seen = asyncio.Event()
            task = asyncio.create_task(consume(seen))
            await seen.wait()
            while not upstream.log():
                await asyncio.sleep(0)
            stopped = time.monotonic()
            task.cancel()
            assert await disconnected(upstream) - stopped < 0.1


@pytest.mark.asyncio
async def test_a_tunnel_serves_the_next_run_too(upstream: FakeUpstream) -> None:
    connections = Connections()
    async with ConnectProxy(upstream.port) as proxy:
        for _ in range(2):
            assert (await ask(behind(proxy), "text-n2", connections=connections)).code is None
        assert len(proxy.asked) == 1
        connections.close()


async def encrypt_twice(folder: Path) -> None:
    server, trusting = certificates(folder)
    with FakeUpstream(tls=server) as upstream:
        async with ConnectProxy(upstream.port, tls=server) as proxy:
            about: dict[str, Any] = {"allow_private": False, "proxies": proxy.proxies(), "tls": trusting}
            url = "https://localhost/v1/models"
            connection = await connect(target_of(url, "Test", find=Names([PUBLIC]), **about), 5)
            async with aclosing(Exchange(connection, "Test")) as exchange:
                await exchange.send("GET", url, {})
                assert (exchange.status, proxy.asked) == (200, [f"{PUBLIC}:443"])


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_the_way_to_the_proxy_may_be_encrypted_itself(tmp_path: Path, loop: str) -> None:
    factory = asyncio.new_event_loop if loop == "asyncio" else pytest.importorskip("uvloop").new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(encrypt_twice(tmp_path))


@pytest.mark.asyncio
async def test_the_check_says_which_proxy_is_used(upstream: FakeUpstream) -> None:
    async with ConnectProxy(upstream.port, credentials="ann:password") as proxy:
        steps = [step async for step in check(behind(proxy), "text-n6")]
        assert all(step.ok for step in steps)
        assert steps[1].text == f"Connected to port 80 through the proxy http://localhost:{proxy.port}."


@pytest.mark.parametrize(
    "entry, host, port, matches",
    [
        ("*", "api.example", 443, True),
        ("example.com", "example.com", 443, True),
        ("example.com", "api.Example.com.", 443, True),
        (".example.com", "api.example.com", 443, True),
        ("*.example.com", "api.example.com", 443, True),
        ("example.com", "notexample.com", 443, False),
        ("example.com:8443", "example.com", 443, False),
        ("example.com:8443", "example.com", 8443, True),
        ("8.8.8.0/24", "8.8.8.8", 443, True),
        ("8.8.8.0/24", "8.8.9.8", 443, False),
        ("8.8.8.8", "8.8.8.8", 443, True),
        ("2606:4700::/32", "2606:4700::1111", 443, True),
        ("[2606:4700::1111]:443", "2606:4700::1111", 443, True),
        ("[2606:4700::1111]:443", "2606:4700::1111", 80, False),
        ("8.8.8.0/24", "example.com", 443, False),
    ],
)
def test_what_no_proxy_matches(entry: str, host: str, port: int, matches: bool) -> None:
    assert is_entry(entry)
    proxies = Proxies(parse("http://a:1"), parse("http://b:2"), (entry,))
    assert (proxies.to("https", host, port) is None) == matches
    assert str(msgspec.structs.replace(proxies, none_for=()).to("http", host, port)) == "http://b:2"


@pytest.mark.parametrize("entry", ["http://a", "a b", "a:b", "a:99999", "10.0.0.0/33", "a/b", "@", "a*"])
def test_what_no_proxy_may_not_hold(entry: str) -> None:
    assert not is_entry(entry)


@pytest.mark.parametrize("url", ["socks5://a:1", "http://", "http://a:x", "http://u:pass-word@a:1/path", "http://[::1"])
def test_what_is_no_proxy_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"proxy|scheme") as caught:
        parse(url)
    assert "pass-word" not in str(caught.value)
