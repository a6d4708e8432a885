"""The only caller of group_send. An announcement is a doorbell: small, rare, and it may be lost.

Each person has a group, and so has each server process. A message names what changed, never its new content: the
listener reads the rows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

import structlog
from channels.layers import get_channel_layer

log = structlog.get_logger(__name__)

# A restarted Redis is back within a few seconds. Each open socket tries again, and logs a warning when it fails.
AGAIN_SECONDS = 3
# The longest time that a socket hears nothing after Redis came back empty. Joining takes the layer about 1 ms, and each
# socket does it, so it must not be much shorter.
STAY_SECONDS = 15


def person(user_id: int) -> str:
    """The group that every socket of a person listens to."""
    return f"person.{user_id}"


def process(process_id: str) -> str:
    """The group of one server process."""
    return f"process.{process_id}"


async def conversation_changed(conversation: UUID, user_ids: Iterable[int]) -> None:
    """Something in `conversation` is new to these people."""
    message = {"type": "conversation.changed", "conversation": str(conversation)}
    # All at once: a layer that does not answer costs the caller one timeout, not one for each member.
    await asyncio.gather(*(_ring(person(user_id), message) for user_id in user_ids))


async def personal_changed(user_id: int, frame: str, about: str | None = None) -> None:
    """What the event `frame` tells this person alone has changed; `about` is the conversation it is about."""
    # The type that processes of the version before know, too: they may run beside this one during an update.
    await _ring(person(user_id), {"type": "own.changed", "frame": frame, "about": about})


async def stop_wanted(process_id: str, run: int) -> None:
    """A run of that process is to be stopped."""
    await _ring(process(process_id), {"type": "stop.wanted", "run": run})


async def tool_decided(process_id: str, run: int) -> None:
    """Somebody has decided about a tool call of a run of that process."""
    await _ring(process(process_id), {"type": "tool.decided", "run": run})


async def listen(
    group: str, heard: Callable[[dict[str, Any]], Awaitable[None]], *, stay_seconds: float = STAY_SECONDS
) -> None:
    """Call `heard` with every message of `group` until cancelled; a broken layer is tried again after a few seconds.

    The group is joined again every `stay_seconds`.
    """
    layer: Any = get_channel_layer()
    while True:
        try:
            channel = await layer.new_channel()
            staying = asyncio.create_task(_stay(layer, group, channel, stay_seconds), name=f"stay in {group}")
            try:
                while True:
                    _obey_cancellation()
                    await heard(await layer.receive(channel))
            finally:
                staying.cancel()
        except (OSError, RuntimeError, _layer_errors()) as error:
            _obey_cancellation()
            log.warning("layer.unanswered", error=str(error)[:200])
            await asyncio.sleep(AGAIN_SECONDS)


def _obey_cancellation() -> None:
    # The Redis layer swallows a cancellation that arrives while it subscribes; without this check, the listener of a
    # closed socket never ended.
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _stay(layer: Any, group: str, channel: str, stay_seconds: float) -> None:
    # Joined again and again: a restarted Redis has lost its groups, the layer in memory drops slow listeners, and neither
    # tells us.
    try:
        while True:
            try:
                await layer.group_add(group, channel)
            except (OSError, RuntimeError, _layer_errors()) as error:
                log.warning("layer.group_not_joined", group=group, error=str(error)[:200])
            await asyncio.sleep(stay_seconds)
    finally:
        try:
            async with asyncio.timeout(2):
                await layer.group_discard(group, channel)
        except (OSError, RuntimeError, TimeoutError, ValueError, KeyError, _layer_errors()):
            pass  # a group member that no longer exists costs at most one lost message


async def _ring(group: str, message: dict[str, Any]) -> None:
    layer: Any = get_channel_layer()
    try:
        async with asyncio.timeout(2):
            await layer.group_send(group, message)
    except (OSError, RuntimeError, TimeoutError, _layer_errors()) as error:
        log.warning("announcement.lost", group=group, error=str(error)[:200])


def _layer_errors() -> type[Exception]:
    # Sites with one process run without Redis, and need not pay for the import of its client.
    from redis.exceptions import RedisError

    return RedisError
