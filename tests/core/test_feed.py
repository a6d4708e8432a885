"""A run's feed: whatever state a reader has, the next patch brings it up to date (invariant 2; C3, C24)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.runs.feed import TAIL_ENTRIES, Entry, Feed, Patch, Paused
from chat.transcript import Change, State, empty_state, fold
from tests.core.scene import applied
from tests.live.harness.machine import PATIENCE_SECONDS

pytestmark = pytest.mark.asyncio


def grown(words: int, *, done: bool = False) -> Feed:
    """A feed with the entries "0 ", "1 ", "2 " …"""
    feed = Feed(1)
    for number in range(words):
        feed.extend(entry(number), done=done and number == words - 1)
    return feed


def entry(number: int) -> Entry:
    opening: list[Change] = [["add", 0, {"type": "text", "text": ""}]] if number == 0 else []
    return Entry.of(number + 1, [*opening, ["text", 0, f"{number} "]])


def state_at(feed: Feed, seq: int) -> State:
    state = empty_state()
    for number in range(seq):
        fold(state, entry(number).changes)
    return state


class Reader:
    """A reader that takes one patch at a time."""

    def __init__(self, feed: Feed, seq: int = 0) -> None:
        self.patches: AsyncIterator[Patch | Paused] = feed.watch(seq)
        self.state = state_at(feed, seq)

    async def next(self) -> Patch | Paused:
        patch = await asyncio.wait_for(anext(self.patches), PATIENCE_SECONDS)
        if isinstance(patch, Patch):
            self.state = applied(self.state, patch)
        return patch

    async def waits(self) -> bool:
        """Whether nothing comes."""
        step = asyncio.ensure_future(anext(self.patches))
        done, _ = await asyncio.wait([step], timeout=0.02)
        step.cancel()
        await asyncio.wait([step])
        return not done


@given(st.integers(0, 30), st.integers(0, 30))
async def test_from_any_position_one_patch_leads_to_the_present(words: int, seq: int) -> None:
    feed = grown(words)
    patch = feed.after(seq)
    assert patch.seq == words
    assert patch.after in (0, seq)
    assert applied(state_at(feed, min(seq, words)), patch) == feed.state


async def test_a_reader_who_keeps_up_gets_only_what_is_new() -> None:
    feed = grown(3)
    assert feed.after(2) == Patch(2, 3, b'[["text",0,"2 "]]', done=False)


async def test_a_reader_some_entries_behind_gets_them_merged() -> None:
    assert msgspec.json.decode(grown(5).after(2).changes) == [["text", 0, "2 3 4 "]]


async def test_a_reader_far_behind_gets_the_whole_state() -> None:
    feed = grown(TAIL_ENTRIES + 2)
    assert feed.after(2).after == 2
    assert feed.after(1).after == 0
    assert applied(empty_state(), feed.after(1)) == feed.state


async def test_a_reader_ahead_of_a_restored_server_gets_one_clean_start_and_no_loop() -> None:
    feed = grown(3)
    reader = Reader(feed, 3)
    late = Feed(1, feed.state, 2)
    reader.patches = late.watch(3)
    patch = await reader.next()
    assert isinstance(patch, Patch)
    assert (patch.after, patch.seq) == (0, 2)
    assert await reader.waits()


async def test_a_reader_who_comes_early_waits_for_the_first_word() -> None:
    feed = Feed(1)
    reader = Reader(feed)
    first = asyncio.ensure_future(reader.next())
    await asyncio.sleep(0)
    feed.extend(entry(0))
    assert isinstance(await first, Patch)
    assert reader.state == feed.state


async def test_a_reader_who_comes_after_the_end_gets_everything() -> None:
    feed = grown(4, done=True)
    reader = Reader(feed)
    patch = await reader.next()
    assert isinstance(patch, Patch)
    assert patch.done
    assert reader.state == feed.state
    with pytest.raises(StopAsyncIteration):
        await anext(reader.patches)


async def test_a_reader_with_all_of_an_ended_run_is_still_told_that_it_ended() -> None:
    patch = await Reader(grown(4, done=True), 4).next()
    assert patch == Patch(4, 4, b"[]", done=True, has_content=False)


async def test_a_slow_reader_gets_fewer_and_larger_patches_and_the_same_text() -> None:
    feed = Feed(1)
    quick, slow, count = Reader(feed), Reader(feed), 0
    await asyncio.sleep(0)
    for number in range(40):
        feed.extend(entry(number), done=number == 39)
        await quick.next()
        if number % 10 == 9:
            await slow.next()
            count += 1
    assert slow.state == quick.state == feed.state
    assert count == 4


async def test_a_pause_is_told_once_and_ends_with_the_next_patch() -> None:
    feed = grown(1)
    reader = Reader(feed)
    await reader.next()
    feed.pause("slow")
    assert await reader.next() == Paused("slow")
    feed.pause("slow")
    assert await reader.waits()
    reader.patches = feed.watch(1)
    assert await reader.next() == Paused("slow")
    feed.extend(entry(1))
    assert isinstance(await reader.next(), Patch)


async def test_a_closed_feed_lets_its_readers_go_without_an_end() -> None:
    feed = grown(2)
    reader = Reader(feed, 2)
    step = asyncio.ensure_future(anext(reader.patches))
    await asyncio.sleep(0)
    feed.close()
    with pytest.raises(StopAsyncIteration):
        await step


async def test_a_person_who_leaves_is_forgotten() -> None:
    feed = grown(1)
    reader = Reader(feed)
    await reader.next()
    assert feed.is_read
    await reader.patches.aclose()  # type: ignore[attr-defined]
    assert not feed.is_read


async def test_many_readers_at_any_moments_end_with_the_same_state() -> None:
    feed = Feed(1)
    states: list[State] = []

    async def read(after: int, pause: int) -> None:
        reader = Reader(feed, after)
        async for patch in reader.patches:
            assert isinstance(patch, Patch)
            reader.state = applied(reader.state, patch)
            for _ in range(pause):
                await asyncio.sleep(0)
        states.append(reader.state)

    tasks = []
    for number in range(60):
        tasks.append(asyncio.create_task(read(min(number, number % 7), number % 5)))
        feed.extend(entry(number), done=number == 59)
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert all(state == feed.state for state in states)
    assert len(states) == 60
