"""HTTP through the real client over real TCP: bodies are the same at every split, and broken ones are noticed."""

import asyncio
import gzip
import ipaddress
import random
import zlib
from contextlib import aclosing
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.text import clean
from chat.upstreams.address import permitted
from chat.upstreams.errors import LimitReachedError, UpstreamError
from chat.upstreams.exchange import Exchange, target_of
from chat.upstreams.route import connect
from chat.upstreams.text import scrub, shorten
from chat.upstreams.unpack import MAX_RATIO, STEP_BYTES
from tests.live.harness.machine import PATIENCE_SECONDS
from tests.upstreams.decode import cut_at
from tests.upstreams.raw_server import Peer, RawServer

CHUNKED = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n1;name=value\r\n \r\nA\r\n0123456789\r\n0\r\ntrailer: x\r\n\r\nleft over"
)


OK = b"HTTP/1.1 200 OK\r\n"


class Got(NamedTuple):
    """What an exchange with the server of a test gave."""

    status: int
    body: bytes
    error: UpstreamError | None
    pieces: int


async def get(url: str, max_bytes: int = 1 << 30) -> Got:
    """One GET through the real client, read by read."""
    connection = await connect(target_of(url, "Test", allow_private=True), 5)
    body, pieces = b"", 0
    async with aclosing(Exchange(connection, "Test")) as exchange:
        try:
            await exchange.send("GET", url, {})
            while len(body) < max_bytes and (data := await exchange.read()):
                body, pieces = body + data, pieces + 1
        except UpstreamError as error:
            return Got(exchange.status, body, error, pieces)
    return Got(exchange.status, body, None, pieces)


async def get_answer(*packets: bytes, hold: bool = False) -> Got:
    """What the client makes of a server that sends these packets, and then closes the connection, or holds it."""

    async def answer(peer: Peer) -> None:
        await peer.request()
        await peer.send(*packets)
        if hold:
            await peer.gone()

    async with RawServer(answer) as server:
        return await asyncio.wait_for(get(server.url), PATIENCE_SECONDS)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 300)))
def test_chunks_split_anywhere(places: list[int]) -> None:
    got = asyncio.run(get_answer(*cut_at(CHUNKED, places), hold=True))
    assert (got.status, got.body, got.error) == (200, b"hello 0123456789", None)


@pytest.mark.asyncio
async def test_byte_by_byte() -> None:
    got = await get_answer(*(bytes([byte]) for byte in CHUNKED))
    assert (got.body, got.error) == (b"hello 0123456789", None)


@pytest.mark.asyncio
async def test_all_chunks_of_one_read_come_as_one_piece() -> None:
    # The library's own reader makes an event of each chunk, which costs a third of a token's CPU.
    got = await get_answer(OK + b"transfer-encoding: chunked\r\n\r\n", b"3\r\nabc\r\n" * 500 + b"0\r\n\r\n")
    assert (got.body, got.pieces) == (b"abc" * 500, 1)


@pytest.mark.asyncio
@pytest.mark.parametrize("cut", [60, 70, 90])
async def test_a_cut_body_is_broken_off(cut: int) -> None:
    got = await get_answer(CHUNKED[:cut])
    assert got.error is not None
    assert got.error.code == "broken_off"
    assert "ended in the middle" in str(got.error)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [b"banana", b"-5", b"0x5", b"", b"5 5", b"F" * 17, b"1" * 5000])
async def test_what_is_no_chunk_size_breaks_the_body_but_not_what_came_before(size: bytes) -> None:
    head = OK + b"transfer-encoding: chunked\r\n\r\n"
    got = await get_answer(head + b"2\r\nhi\r\n" + size + b"\r\nmore", hold=True)
    assert got.error is not None
    assert (got.body, got.error.code) == (b"hi", "broken_off")
    assert "do not fit together" in str(got.error)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [b"4", b"6"])
async def test_a_chunk_size_that_lies_breaks_the_body(size: bytes) -> None:
    got = await get_answer(OK + b"transfer-encoding: chunked\r\n\r\n" + size + b"\r\nhello\r\n0\r\n\r\n")
    assert got.error is not None
    assert got.error.code == "broken_off"


@pytest.mark.asyncio
async def test_bytes_after_the_end_are_not_part_of_the_body() -> None:
    got = await get_answer(OK + b"content-length: 2\r\n\r\nhi" + OK + b"content-length: 4\r\n\r\nmore", hold=True)
    assert (got.body, got.error) == (b"hi", None)


@pytest.mark.asyncio
async def test_a_body_without_a_length_lasts_as_long_as_the_connection() -> None:
    got = await get_answer(OK + b"\r\nsome", b" text")
    assert (got.body, got.error) == (b"some text", None)


@pytest.mark.asyncio
async def test_interim_responses_are_skipped() -> None:
    got = await get_answer(b"HTTP/1.1 103 Early\r\n\r\n" + OK + b"content-length: 2\r\n\r\nhi")
    assert (got.status, got.body, got.error) == (200, b"hi", None)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "head, code",
    [
        ([OK, *([b"x: " + b"y" * 1000 + b"\r\n"] * 200)], "not_http"),
        ([b"SSH-2.0-OpenSSH_9.6\r\n\r\n"], "not_http"),
        ([OK + b"content-length: two\r\n\r\n"], "not_http"),
        ([OK + b"transfer-encoding: gzip, chunked\r\n\r\n"], "not_http"),
        ([OK[:10]], "broken_off"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n"], "broken_off"),
        ([], "unreachable"),
    ],
)
async def test_what_is_no_head_is_said_to_be_none(head: list[bytes], code: str) -> None:
    got = await get_answer(*head, hold=code == "not_http")
    assert got.error is not None
    assert (got.error.code, got.body) == (code, b"")


def packed(kind: str, text: bytes) -> bytes:
    if kind == "two gzip":
        return gzip.compress(text[:9000]) + gzip.compress(text[9000:])
    if kind.endswith("gzip"):
        return gzip.compress(text)
    packer = zlib.compressobj(wbits=15 if kind == "deflate" else -15)
    return packer.compress(text) + packer.flush()


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["gzip", "x-gzip", "two gzip", "deflate", "raw deflate"])
async def test_u37_a_packed_body_is_unpacked_as_it_comes(kind: str) -> None:
    text = random.Random(7).randbytes(20_000)
    body = packed(kind, text)
    head = OK + b"content-encoding: %b\r\ncontent-length: %d\r\n\r\n" % (kind.split()[-1].encode(), len(body))
    got = await get_answer(head, *(body[at : at + 700] for at in range(0, len(body), 700)))
    assert (got.body, got.error) == (text, None)
    assert got.pieces > 5


@pytest.mark.asyncio
@pytest.mark.parametrize("encoding", [b"br", b"zstd", b"gzip, gzip", b"compress"])
async def test_u37_what_nobody_asked_for_is_refused(encoding: bytes) -> None:
    got = await get_answer(OK + b"content-encoding: " + encoding + b"\r\ncontent-length: 2\r\n\r\nhi")
    assert got.error is not None
    assert (got.error.code, got.body) == ("not_a_stream", b"")


@pytest.mark.asyncio
async def test_u37_what_cannot_be_unpacked_is_broken_off() -> None:
    got = await get_answer(OK + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\nhi")
    assert got.error is not None
    assert got.error.code == "broken_off"


@pytest.mark.asyncio
async def test_u37_a_bomb_is_unpacked_in_steps_and_stopped() -> None:
    bomb = gzip.compress(b"\n" * (80 << 20))
    largest, unpacked = 0, 0

    async def answer(peer: Peer) -> None:
        await peer.request()
        await peer.send(OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb) + bomb)
        await peer.gone()

    async with RawServer(answer) as server:
        connection = await connect(target_of(server.url, "Test", allow_private=True), 5)
        async with aclosing(Exchange(connection, "Test")) as exchange:
            await exchange.send("GET", server.url, {})
            with pytest.raises(LimitReachedError):
                while data := await exchange.read():
                    largest, unpacked = max(largest, len(data)), unpacked + len(data)
    assert unpacked <= MAX_RATIO * len(bomb)
    assert largest <= STEP_BYTES


@pytest.mark.asyncio
async def test_u37_a_packed_body_after_a_plain_one_is_unpacked_in_steps() -> None:
    text = b"".join(random.Random(7).randbytes(9) + b"\n" * 100 for _ in range(6000))
    body = gzip.compress(text)
    sizes = []

    async def answer(peer: Peer) -> None:
        await peer.request()
        await peer.send(OK + b"content-length: 2\r\n\r\nhi")
        await peer.request()
        await peer.send(OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await peer.gone()

    async with RawServer(answer) as server:
        connection = await connect(target_of(server.url, "Test", allow_private=True), 5)
        for _ in range(2):
            exchange = Exchange(connection, "Test")
            await exchange.send("GET", server.url, {})
            while data := await exchange.read():
                sizes.append(len(data))
        connection.close()
    assert sum(sizes) == 2 + len(text)
    assert max(sizes) == STEP_BYTES


@pytest.mark.asyncio
@pytest.mark.parametrize("packing", ["gzip", "identity"])
async def test_u37_everybody_else_has_a_turn_between_two_steps(packing: str) -> None:
    events = b"data: {}\n\n" * 100_000
    body = gzip.compress(events) if packing == "gzip" else events

    async def answer(peer: Peer) -> None:
        await peer.request()
        head = b"content-encoding: %b\r\ncontent-length: %d\r\n\r\n" % (packing.encode(), len(body))
        await peer.send(OK + head + body)

    turns, total, since = 0, 0, 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with RawServer(answer) as server:
        connection = await connect(target_of(server.url, "Test", allow_private=True), 5)
        other = asyncio.create_task(others())
        async with aclosing(Exchange(connection, "Test")) as exchange:
            await exchange.send("GET", server.url, {})
            while data := await exchange.read():
                since = len(data) if turns else since + len(data)
                turns, total = 0, total + len(data)
                assert since < 2 * STEP_BYTES
        other.cancel()
    assert total == len(events)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "100.64.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "fd00::1",
        "0.0.0.0",
        "::",
        "::7f00:1",
        "fec0::1",
        "64:ff9b:1::10.0.0.1",
        "64:ff9b:1:a00:0:100::",
        "64:ff9b:1::",
        "::ffff:0:127.0.0.1",
        *("192.0.0.8", "192.88.99.1", "2002:c058:6301::", "5f00::1", "64:ff9b:2::1", "3fff::1"),
        *("2606:4700::5efe:a00:1", "2606:4700::200:5efe:a00:1", "2001:0:808:808::f5ff:fffe"),
    ],
)
def test_private_addresses_are_private_in_every_dress(address: str) -> None:
    assert not permitted(ipaddress.ip_address(address), allow_private=False)
    assert permitted(ipaddress.ip_address(address), allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "::ffff:0:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::8.8.8.8",
        "64:ff9b:1:808:8:800::",
        "2606:4700::5efe:808:808",
    ],
)
def test_public_addresses_are_permitted(address: str) -> None:
    assert permitted(ipaddress.ip_address(address), allow_private=False)


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "::ffff:a9fe:a9fe", "fe80::1", "224.0.0.1", "ff02::1"),
        *("64:ff9b:1::a9fe:a9fe", "64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:808::a9fe:a9fe", "::ffff:0:a9fe:a9fe"),
        *("2606:4700::5efe:a9fe:a9fe", "fd00::200:5efe:a9fe:a9fe", "2001:0:808:808::5601:5601"),
        *("168.63.129.16", "::ffff:168.63.129.16", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254"),
    ],
)
def test_link_local_metadata_and_multicast_are_never_permitted(address: str) -> None:
    assert not permitted(ipaddress.ip_address(address), allow_private=True)


@given(st.text(alphabet=st.characters(codec=None), max_size=50))
def test_u42_clean_text_can_always_be_stored(text: str) -> None:
    cleaned = clean(text)
    assert "\0" not in cleaned
    assert len(cleaned) == len(text)
    cleaned.encode("utf-8")


@given(st.text(max_size=3000))
def test_shortened_text_is_one_short_printable_line(text: str) -> None:
    short = shorten(text + "<script>alert(1)")
    assert len(short) <= 200
    assert "\n" not in short
    assert "\x1b" not in short


def test_secrets_are_scrubbed_also_where_the_text_was_cut() -> None:
    assert scrub("key abcdefghij!", ["abcdefghij"]) == "key [hidden]!"
    assert scrub("key abcdefg", ["abcdefghij"]) == "key [hidden]"
    assert scrub("use sk-ant-0123456789abcdef", []) == "use [hidden]"
