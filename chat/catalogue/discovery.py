"""The models that an upstream lists at /v1/models: asked in the background, and cached for a while by each process.

No page waits for an upstream's list. All threads share the lists and the pending requests.
"""

import asyncio
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass

import structlog

from chat.catalogue.entries import Entry
from chat.models.upstream import MAX_MODEL_NAMES
from chat.upstreams import client
from chat.upstreams.errors import UpstreamError

log = structlog.get_logger(__name__)

FRESH_SECONDS = 300
# After a failure an upstream is asked again sooner; until then, the names known before are used.
FAILED_SECONDS = 30
# Parts of the names of models that do not chat.
_NO_CHAT = ("embed", "whisper", "tts", "dall-e", "moderation", "transcribe", "realtime", "audio", "image", "sora", "rerank",
            "babbage-002", "davinci-002")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """What an upstream last listed, or the `problem` it had."""

    identity: tuple[str, ...]
    models: tuple[str, ...]
    good_until: float
    problem: str = ""


# The last lists, by slug; and the pending requests, by identity.
_lock = threading.Lock()
_listed: dict[str, Listed] = {}
_asking: dict[tuple[str, ...], Future[None]] = {}


def listed(entry: Entry) -> Listed | None:
    """What this upstream last listed; None before the first answer with its present configuration."""
    found = _listed.get(entry.slug)
    return found if found and found.identity == entry.identity else None


def models_of(entry: Entry) -> tuple[str, ...]:
    """The known models of an upstream: the configured ones, else those that it lists."""
    if entry.configured:
        return entry.configured
    found = listed(entry)
    return found.models if found else ()


def has_asked(slug: str) -> bool:
    """Whether this process has a list of an upstream with this slug. Reads no rows."""
    return slug in _listed


def is_stale(entry: Entry) -> bool:
    """Whether the upstream should be asked again."""
    if entry.configured:
        return False
    found = listed(entry)
    return found is None or found.good_until < time.monotonic()


def ask(entries: Iterable[Entry]) -> list[Future[None]]:
    """Ask all of these concurrently, in a thread that ends with the last answer; a pending request is joined."""
    asked, new = [], []
    with _lock:
        for entry in entries:
            if entry.identity not in _asking:
                question = _asking[entry.identity] = Future()
                question.set_running_or_notify_cancel()  # from here on no waiter can cancel it for the others
                new.append(entry)
            asked.append(_asking[entry.identity])
    if new:
        threading.Thread(target=lambda: asyncio.run(_ask_all(new)), name="model lists", daemon=True).start()
    return asked


def forget() -> None:
    """Forget every list of models."""
    with _lock:
        _listed.clear()


async def _ask_all(entries: list[Entry]) -> None:
    await asyncio.gather(*map(_ask, entries))


async def _ask(entry: Entry) -> None:
    before = listed(entry)
    names = before.models if before else ()
    problem = ""
    try:
        names = _that_chat(await client.list_models(entry.endpoint()))
        if not names:
            problem = f"{entry.name} has no list of models. Write their names into its configuration."
    except UpstreamError as error:
        problem = str(error)
        log.info("models.not_listed", upstream=entry.slug, problem=problem)
    finally:
        good_until = time.monotonic() + (FAILED_SECONDS if problem else FRESH_SECONDS)
        with _lock:
            _listed[entry.slug] = Listed(entry.identity, names, good_until, problem)
            _asking.pop(entry.identity).set_result(None)


def _that_chat(names: list[str]) -> tuple[str, ...]:
    """The names without those of models that do not chat, unless none would be left."""
    chatting = [name for name in names if not any(part in name.lower() for part in _NO_CHAT)]
    return tuple((chatting or names)[:MAX_MODEL_NAMES])
