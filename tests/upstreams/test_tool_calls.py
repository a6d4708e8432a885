"""Assigning pieces to tool calls takes time proportional to the answer."""

import time

from chat.upstreams.tool_calls import ToolCalls


def test_a_name_repeated_with_every_piece_costs_no_more_than_its_pieces() -> None:
    def seconds(count: int) -> float:
        calls = ToolCalls()
        started = time.perf_counter()
        told = [event for _ in range(count) for event in calls.piece(None, None, "find", '{"a": "' + "x" * 30)]
        assert {event.key for event in told} == {"call-0"}
        return time.perf_counter() - started

    small = min(seconds(5_000) for _ in range(2))
    large = seconds(40_000)
    assert large < small * 8 * 4  # eight times the pieces; joining all of them each time would take 64 times as long
