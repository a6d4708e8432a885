"""The SSE decoder: the examples of the WHATWG specification, section 9.2, every split, and its bounds."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.upstreams.errors import LimitReachedError
from chat.upstreams.sse import Decoder
from tests.upstreams.decode import cut_at


def events_of(*pieces: bytes) -> list[tuple[str, str]]:
    decoder = Decoder()
    return [(event.event, event.data.decode()) for piece in pieces for event in decoder.feed(piece)]


def feed_all(decoder: Decoder, pieces: list[bytes]) -> None:
    for piece in pieces:
        decoder.feed(piece)


EXAMPLES = [
    (b"data: YHOO\ndata: +2\ndata: 10\n\n", [("message", "YHOO\n+2\n10")]),
    (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [("message", "first event"), ("message", "second event"), ("message", " third event")],
    ),
    (b"data\n\ndata\ndata\n\ndata:", [("message", ""), ("message", "\n")]),
    (b"data:test\n\ndata: test\n\n", [("message", "test"), ("message", "test")]),
    (
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
        [("add", "73857293"), ("remove", "2153"), ("add", "113411")],
    ),
]


@pytest.mark.parametrize("stream, expected", EXAMPLES)
def test_the_examples_of_the_specification(stream: bytes, expected: list[tuple[str, str]]) -> None:
    assert events_of(stream) == expected
    assert events_of(*(bytes([byte]) for byte in stream)) == expected


@pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\n"])
def test_u22_every_line_end_at_every_split(line_end: bytes) -> None:
    stream = b"\xef\xbb\xbf: hello\nretry: 10\nevent: a\ndata:x\ndata: \xe2\x80\xa8y\n\ndata: z\xc2\x85\n\n".replace(
        b"\n", line_end
    )
    expected = [("a", "x\n\u2028y"), ("message", "z\x85")]
    for place in range(len(stream) + 1):
        assert events_of(stream[:place], stream[place:]) == expected
    assert events_of(*(bytes([byte]) for byte in stream)) == expected


def test_u22_two_boms_are_one_bom_and_a_strange_field() -> None:
    assert events_of(b"\xef\xbb\xbf\xef\xbb\xbfdata: x\n\ndata: y\n\n") == [("message", "y")]


def test_an_event_name_without_data_is_dropped() -> None:
    assert events_of(b"event: ping\n\ndata: x\n\n") == [("message", "x")]


def test_a_last_event_without_its_blank_line_is_offered() -> None:
    decoder = Decoder()
    assert [event.data for event in decoder.feed(b"data: x\n\ndata: y")] == [b"x"]
    assert [event.data for event in decoder.flush()] == [b"y"]
    assert decoder.flush() == []


@given(
    st.lists(
        st.sampled_from(
            [b"data: a\n", b"data:b\r\n", b"\n", b"\r", b"\r\n", b": c\n", b"event: e\n", b"\xf0\x9f\x98\x80\n"]
        )
    ),
    st.lists(st.integers(0, 500)),
)
def test_splits_change_nothing(lines: list[bytes], places: list[int]) -> None:
    stream = b"".join(lines)
    assert events_of(*cut_at(stream, places)) == events_of(stream)


def test_u23_u24_a_line_without_end_and_an_event_of_many_lines_reach_the_limit() -> None:
    assert Decoder(100).feed(b"data: " + b"x" * 100 + b"\n\n")[0].data == b"x" * 100
    for stream in (b"data: " + b"x" * 101 + b"\n\n", b"x" * 107, b"data: xxxxxxxxxx\n" * 11, b"data: " + b"x" * 101):
        for pieces in ([stream], [bytes([byte]) for byte in stream]):
            with pytest.raises(LimitReachedError):
                feed_all(Decoder(100), pieces)


@pytest.mark.parametrize("line", [b"data:\n", b"data: \n", b"data\n"])
def test_u24_an_event_of_many_empty_lines_reaches_the_limit(line: bytes) -> None:
    assert Decoder(100).feed(line * 101 + b"\n")[0].data == b"\n" * 100
    for pieces in ([line * 102], [line] * 102):
        with pytest.raises(LimitReachedError):
            feed_all(Decoder(100), pieces)


def test_u24_time_is_linear_in_the_bytes_of_an_unfinished_line() -> None:
    def seconds(count: int) -> float:
        decoder = Decoder(1 << 30)
        started = time.perf_counter()
        for _ in range(count):
            decoder.feed(b"x" * 10)
        decoder.feed(b"\n")
        return time.perf_counter() - started

    small = min(seconds(5_000) for _ in range(3))
    large = min(seconds(40_000) for _ in range(3))
    assert large < small * 8 * 4  # eight times the bytes; a quadratic decoder takes 64 times as long
