"""HTTP/1.1 bodies: taken apart the same at every split, and broken ones are noticed."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.text import clean
from chat.upstreams.address import permitted
from chat.upstreams.errors import BrokenOff, LimitReached, NotHttp
from chat.upstreams.http1 import Exchange
from chat.upstreams.text import scrub, shorten
from chat.upstreams.unpack import Unpacker
from tests.upstreams.decode import cut_at

CHUNKED = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n1;name=value\r\n \r\nA\r\n0123456789\r\n0\r\ntrailer: x\r\n\r\nleft over"
)


def receive(pieces: list[bytes]) -> tuple[Exchange, bytes]:
    exchange = Exchange("Test")
    exchange.request("POST", b"/", [(b"host", b"x"), (b"content-length", b"1")], b"x")
    body = b""
    for piece in pieces:
        if exchange.status is None:
            body += exchange.receive(piece) if piece else b""
        else:
            body += exchange.receive_body(piece)
    return exchange, body


@given(st.lists(st.integers(0, 300)))
def test_chunks_split_anywhere(places: list[int]) -> None:
    exchange, body = receive(cut_at(CHUNKED, places))
    assert (exchange.status, body, exchange.complete) == (200, b"hello 0123456789", True)
    exchange.end()


def test_byte_by_byte() -> None:
    assert receive([bytes([byte]) for byte in CHUNKED])[1] == b"hello 0123456789"


@pytest.mark.parametrize("cut", [60, 70, 90])
def test_a_cut_body_is_broken_off(cut: int) -> None:
    exchange, _ = receive([CHUNKED[:cut]])
    with pytest.raises(BrokenOff):
        exchange.end()


@pytest.mark.parametrize("size", [b"banana", b"-5", b"0x5", b"", b"5 5", b"F" * 17])
def test_what_is_no_chunk_size_breaks_the_body_but_not_what_came_before(size: bytes) -> None:
    exchange, body = receive([b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n" + size + b"\r\nmore"])
    assert (body, exchange.broken) == (b"hi", True)
    with pytest.raises(BrokenOff):
        exchange.end()


def test_interim_responses_are_skipped() -> None:
    exchange, body = receive([b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"])
    assert (exchange.status, body, exchange.complete) == (200, b"hi", True)


def test_a_head_without_end_is_not_http() -> None:
    with pytest.raises(NotHttp):
        receive([b"HTTP/1.1 200 OK\r\n", *([b"x: " + b"y" * 1000 + b"\r\n"] * 200)])


def test_u37_a_bomb_is_unpacked_in_steps_and_stopped() -> None:
    import gzip

    bomb = gzip.compress(b"\n" * (80 << 20))
    steps = 0
    with pytest.raises(LimitReached):
        for piece in Unpacker("gzip", "Test").feed(bomb):
            steps += 1
            assert len(piece) <= 1 << 16
    assert steps > 1000


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
    ],
)
def test_public_addresses_are_permitted(address: str) -> None:
    assert permitted(ipaddress.ip_address(address), allow_private=False)


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "::ffff:a9fe:a9fe", "fe80::1", "224.0.0.1", "ff02::1"),
        *("64:ff9b:1::a9fe:a9fe", "64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:808::a9fe:a9fe", "::ffff:0:a9fe:a9fe"),
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
