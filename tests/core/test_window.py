"""What may be on its way to a reader, and how much a person may send (C7, C13, S17), with a clock of our own."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.sockets.rate import BURST_SECONDS, FORGET_AFTER, Rate
from chat.sockets.window import ReaderTooSlowError, Window
from tests.live.harness.machine import PATIENCE_SECONDS


async def turns() -> None:
    """Let every task go on until it waits for something."""
    for _ in range(10):
        await asyncio.sleep(0)


async def has_room(window: Window) -> bool:
    task = asyncio.ensure_future(window.wait_for_room())
    await turns()
    task.cancel()
    await asyncio.wait([task])
    return not task.cancelled()


@pytest.mark.asyncio
async def test_a_window_is_full_beyond_its_limit_and_not_at_it() -> None:
    window = Window(100)
    window.sent(60)
    window.sent(40)
    assert await has_room(window)
    window.sent(1)
    assert not await has_room(window)


@pytest.mark.asyncio
async def test_what_has_arrived_makes_room() -> None:
    window = Window(100)
    for _ in range(5):
        window.sent(40)
    waiting = asyncio.ensure_future(window.wait_for_room())
    window.acknowledge(2)
    await turns()
    assert not waiting.done(), "120 are still on their way"
    window.acknowledge(3)
    await asyncio.wait_for(waiting, PATIENCE_SECONDS)


@pytest.mark.asyncio
async def test_an_acknowledgement_counts_once_and_never_more_than_was_sent() -> None:
    window = Window(10)
    window.sent(20)
    window.acknowledge(2**53)
    assert await has_room(window)
    window.sent(20)
    window.acknowledge(1)
    assert not await has_room(window), "the first frame was acknowledged before"
    window.acknowledge(0)
    assert not await has_room(window)
    window.acknowledge(2)
    assert await has_room(window)


def test_a_window_is_overrun_by_as_much_again_that_did_not_wait_and_not_by_one_long_frame() -> None:
    window = Window(100)
    window.sent(1000)
    assert not window.is_overrun
    window.sent(100)
    assert not window.is_overrun
    window.sent(1)
    assert window.is_overrun
    window.acknowledge(3)
    assert not window.is_overrun


@pytest.mark.asyncio
async def test_a_pump_that_is_ended_while_an_acknowledgement_arrives_ends() -> None:
    for steps in range(4):
        window = Window(10)
        window.sent(11)
        pump = asyncio.ensure_future(window.wait_for_room())
        await turns()
        window.acknowledge(1)
        for _ in range(steps):
            await asyncio.sleep(0)
        was_done = pump.done()
        pump.cancel()
        await asyncio.wait([pump])
        assert was_done or pump.cancelled(), steps


class LoopWithAClock(asyncio.SelectorEventLoop):
    """An event loop in which a test lets time pass."""

    passed_seconds = 0.0

    def time(self) -> float:
        return super().time() + self.passed_seconds


def waits(pauses: list[float], *, frames: int, patience_seconds: float = 30) -> bool:
    """Whether a pump still waits for room after these pauses, with an acknowledgement of one frame after each."""

    async def main() -> bool:
        window = Window(10, patience_seconds)
        for _ in range(frames):
            window.sent(11)
        waiting = asyncio.ensure_future(window.wait_for_room())
        await turns()
        for arrived, seconds in enumerate(pauses, 1):
            loop.passed_seconds += seconds
            await turns()
            window.acknowledge(arrived)
            await turns()
        still = not waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])
        if not still:
            waiting.result()
        return still

    loop = LoopWithAClock()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main())


def test_a_reader_that_acknowledges_nothing_is_too_slow() -> None:
    with pytest.raises(ReaderTooSlowError):
        waits([31], frames=1)


def test_a_reader_who_acknowledges_little_is_waited_for() -> None:
    # Together longer than its patience, which no single one reaches.
    assert waits([20] * 4, frames=5)
    assert not waits([20] * 5, frames=5)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(-5, 200))))
def test_the_window_never_counts_less_than_nothing(steps: list[tuple[int, int]]) -> None:
    window = Window(100)
    for size, ack in steps:
        window.sent(size)
        window.acknowledge(ack)
        assert 0 <= window._size == sum(window._sizes)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_person_has_a_burst_and_then_a_rate_of_frames() -> None:
    clock = Clock()
    rate = Rate(lambda: 10, clock)
    burst = 10 * BURST_SECONDS
    assert [rate.allows(1) for _ in range(burst + 1)] == [True] * burst + [False]
    clock.now += 1
    assert [rate.allows(1) for _ in range(11)] == [True] * 10 + [False]
    clock.now += 1000
    assert sum(rate.allows(1) for _ in range(1000)) == burst


def test_one_persons_flood_is_not_anothers() -> None:
    rate = Rate(lambda: 10, Clock())
    while rate.allows(1):
        pass
    assert rate.allows(2)


def test_buckets_are_forgotten_when_there_are_too_many() -> None:
    rate = Rate(lambda: 10, Clock())
    for person in range(FORGET_AFTER + 2):
        rate.allows(person)
    assert len(rate._buckets) < FORGET_AFTER
