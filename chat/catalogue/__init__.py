"""Every upstream there is: from the environment, from rows, and the demo. The one room that knows all three.

The environment wins over a row with the same slug. Model names are those that were configured, else what the upstream
lists at /v1/models: asked for in the background, remembered for a while per process, and never waited for by a page.
What touches rows is synchronous and may not be called in an event loop; refresh() may.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from chat import demo
from chat.catalogue.presets import PRESETS, preset_at
from chat.database import in_thread
from chat.models.upstream import DEMO_SLUG, MAX_MODEL_NAMES, Upstream
from chat.upstreams import client, families
from chat.upstreams.endpoint import Endpoint, Timeouts
from chat.upstreams.errors import UpstreamError
from chat.upstreams.families import Images
from chat.vault import VaultError

log = logging.getLogger(__name__)

FRESH_SECONDS = 300
# After a failure an upstream is asked again sooner; the names known before stay until then.
FAILED_SECONDS = 30
DEMO_NAME = "Demo (no key needed)"
# What a list of models holds besides models that chat, by a part of their names.
_NO_CHAT = ("embed", "whisper", "tts", "dall-e", "moderation", "transcribe", "realtime", "audio", "image", "sora", "rerank",
            "babbage-002", "davinci-002")  # fmt: skip

Source = Literal["environment", "row", "demo"]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that a person may choose."""

    upstream: str
    upstream_name: str
    model: str
    demo: bool = False
    images: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """An upstream as an administrator sees it, also one that is off; `note` says why it is not used, or what is wrong."""

    slug: str
    name: str
    format: str
    base_url: str
    source: Source
    is_used: bool
    models: tuple[str, ...]
    note: str = ""


class KeyUnreadableError(UpstreamError):
    """The stored key of an upstream cannot be opened."""

    code = "key_unreadable"


@dataclass(frozen=True, slots=True)
class _Entry:
    """An upstream in use. `build` makes its endpoint: only then is a key opened, or the demo started."""

    slug: str
    name: str
    format: str
    base_url: str
    source: Source
    configured: tuple[str, ...]
    images: Images
    secret: str = field(repr=False)
    build: Callable[[], Endpoint] = field(repr=False)

    @property
    def identity(self) -> tuple[str, ...]:
        """Changes whenever an earlier answer of this upstream means nothing any more."""
        return self.slug, self.format, self.base_url, self.secret


@dataclass(frozen=True, slots=True)
class _Known:
    identity: tuple[str, ...]
    models: tuple[str, ...]
    good_until: float
    problem: str = ""


# The last answers, by slug; and the questions on their way, by identity. Both are shared by all threads.
_lock = threading.Lock()
_known: dict[str, _Known] = {}
_asking: dict[tuple[str, ...], Future[None]] = {}


def endpoint(slug: str) -> Endpoint | None:
    """The upstream in use with this slug. Raises KeyUnreadableError. The first call for the demo starts its server."""
    entry = _entry(slug)
    return _endpoint(entry) if entry else None


def model_list() -> list[ModelChoice]:
    """Every model that can be chosen, as far as it is known now; where that is old, a new look begins behind the scenes."""
    return _choices(_entries())


def default() -> ModelChoice | None:
    """What answers when nobody chose: DEFAULT_MODEL ("model" or "upstream/model"), else the first of the list."""
    entries = _entries()
    choices = _choices(entries)
    wanted = settings.DEFAULT_MODEL
    if not wanted:
        return choices[0] if choices else None
    for choice in choices:
        if wanted in (choice.model, f"{choice.upstream}/{choice.model}"):
            return choice
    for entry in entries:
        # Not listed, or not yet: an upstream may know a model without listing it.
        model = wanted.removeprefix(f"{entry.slug}/")
        if model != wanted or not _models(entry):
            return _choice(entry, model)
    return choices[0] if choices else None


def title_choice(upstream: str, model: str) -> tuple[str, str] | None:
    """(upstream, model) that names a conversation answered by these, None where its first words are its title.

    Reads no rows, so it may be called anywhere: TITLE_MODEL is "model" of the same upstream, or "upstream/model" of one
    that the environment or this process knows.
    """
    wanted = settings.TITLE_MODEL
    if not wanted:
        return None
    slug, _, rest = wanted.partition("/")
    if rest and (slug in _known or slug in {entry.slug for entry in _environment()}):
        return slug, rest
    return upstream, wanted


def listings() -> list[Listing]:
    """Every upstream there is, in use or not, for the administrator. Opens no key."""
    entries = {entry.slug: entry for entry in _entries()}
    found = [_listing(entry) for entry in entries.values() if entry.source != "row"]
    for row in Upstream.objects.all():
        entry = entries.get(row.slug)
        if entry is not None and entry.source == "row":
            found.append(_listing(entry))
            continue
        note = gettext("Switched off.")
        if entry is not None:
            words = gettext(
                "Not used: the environment configures an upstream named {name}, and the environment always wins."
            )
            note = words.format(name=row.slug)
        found.append(Listing(row.slug, row.name, row.format, row.base_url, "row", False, tuple(row.model_names), note))
    return found


def is_in_use(slug: str) -> bool:
    """Whether there is an upstream in use with this slug. Opens no key and starts nothing."""
    return _entry(slug) is not None


def offers(upstream: str, model: str) -> bool:
    """Whether a person may ask this model. Opens no key, starts nothing, and asks nobody.

    Where an administrator listed models, only those count; else what the upstream lists, or anything while its list is
    not known. What DEFAULT_MODEL names in full may always be asked.
    """
    entry = _entry(upstream)
    if entry is None:
        return False
    if f"{upstream}/{model}" == settings.DEFAULT_MODEL:
        return True
    if entry.configured:
        return model in entry.configured
    known = _answer(entry)
    return known is None or bool(known.problem) or model in known.models


def takes_images(upstream: str, model: str) -> bool:
    """Whether pictures may be sent to this model: as its upstream says, else by the model's name."""
    entry = _entry(upstream)
    return entry is not None and families.takes_images(model, entry.images)


async def refresh(slug: str | None = None, *, force: bool = False, wait_seconds: float = 3) -> None:
    """Ask the upstreams (or one of them) for their models where the last answer is old, or anyway; wait a while for it.

    What takes longer goes on behind the scenes. Never raises for an upstream's fault: what was known stays, and
    listings() say what went wrong.
    """
    entries = await in_thread(_entries)
    asked = _discover([entry for entry in entries if slug in (None, entry.slug) and (force or _is_stale(entry))])
    if asked:
        _, late = await asyncio.wait([asyncio.wrap_future(each) for each in asked], timeout=wait_seconds)
        for each in late:
            each.cancel()  # the waiting, not the question


def forget() -> None:
    """Forget every list of models."""
    with _lock:
        _known.clear()


def without_models() -> Listing | None:
    """The first upstream in use that offers no model, for saying so where there is none to choose."""
    return next((each for each in listings() if each.is_used and not each.models), None)


def demo_is_on(others: bool) -> bool:
    """Whether the demo answers, given whether other upstreams offer models."""
    return bool(settings.DEMO == "on" or (settings.DEMO == "auto" and not others))


def _choices(entries: list[_Entry]) -> list[ModelChoice]:
    # At a start nobody has answered yet: the demo is not proposed for the moment until all have.
    too_early = settings.DEMO == "auto" and not all(entry.configured or _answer(entry) for entry in entries)
    shown = [entry for entry in entries if not (too_early and entry.source == "demo")]
    choices = [_choice(entry, model) for entry in shown for model in _models(entry)]
    _discover([entry for entry in entries if _is_stale(entry)])
    return choices


def _choice(entry: _Entry, model: str) -> ModelChoice:
    images = families.takes_images(model, entry.images)
    return ModelChoice(entry.slug, entry.name, model, entry.source == "demo", images)


def _entries() -> list[_Entry]:
    """The upstreams in use: the environment's, the rows', then the demo: by itself only while none of them has a model."""
    environment = _environment()
    taken = {entry.slug for entry in environment}
    rows = [_row(row) for row in Upstream.objects.filter(is_enabled=True) if row.slug not in {*taken, DEMO_SLUG}]
    entries = [*environment, *rows]
    return [*entries, _demo()] if demo_is_on(any(map(_models, entries))) else entries


def _entry(slug: str) -> _Entry | None:
    """That one of them. Only whether the demo is in use depends on all the others."""
    if slug == DEMO_SLUG:
        return next((entry for entry in _entries() if entry.slug == slug), None)
    for entry in _environment():
        if entry.slug == slug:
            return entry
    row = Upstream.objects.filter(is_enabled=True, slug=slug).first()
    return _row(row) if row else None


def _environment() -> list[_Entry]:
    found = []
    if settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL:
        found.append(_given("openai", settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY))
    if settings.ANTHROPIC_API_KEY or settings.ANTHROPIC_BASE_URL:
        found.append(_given("anthropic", settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY))
    if settings.OLLAMA_BASE_URL:
        found.append(_given("ollama", settings.OLLAMA_BASE_URL, ""))
    return found


def _given(slug: str, base_url: str, key: str) -> _Entry:
    """An upstream from the environment: who may set that may also name a private address."""
    preset = PRESETS[slug]
    address = base_url or preset.base_url
    there = preset if slug == "ollama" else preset_at(address, preset.format)
    name = there.name if there else urlsplit(address).netloc
    models = tuple(getattr(settings, f"{slug.upper()}_MODELS"))
    images = getattr(settings, f"{slug.upper()}_IMAGES")
    context_tokens = getattr(settings, f"{slug.upper()}_CONTEXT_TOKENS")

    def build() -> Endpoint:
        return Endpoint(
            slug=slug,
            name=name,
            format=preset.format,
            base_url=address,
            key=key,
            models=models,
            timeouts=_timeouts(),
            max_attempts=settings.MAX_ATTEMPTS,
            max_tokens_field=there.max_tokens_field if there else "max_tokens",
            context_tokens=context_tokens or None,
            allow_private=True,
        )

    return _Entry(slug, name, preset.format, address, "environment", models, images, key, build)


def _row(row: Upstream) -> _Entry:
    images: Images = row.images  # type: ignore[assignment]
    names = tuple(row.model_names)
    return _Entry(row.slug, row.name, row.format, row.base_url, "row", names, images, row.sealed_key, row.endpoint)


def _demo() -> _Entry:
    def build() -> Endpoint:
        return Endpoint(
            slug=DEMO_SLUG,
            name=DEMO_NAME,
            format="openai",
            base_url=demo.start(),
            models=demo.MODELS,
            timeouts=_timeouts(),
            max_attempts=settings.MAX_ATTEMPTS,
            max_tokens_field="max_tokens",
            prefill=True,
            allow_private=True,
        )

    return _Entry(DEMO_SLUG, DEMO_NAME, "openai", "", "demo", demo.MODELS, "all", "", build)


def _timeouts() -> Timeouts:
    return Timeouts(
        settings.CONNECT_TIMEOUT_SECONDS,
        settings.FIRST_EVENT_TIMEOUT_SECONDS,
        settings.SILENCE_TIMEOUT_SECONDS,
        settings.RUN_TIMEOUT_SECONDS,
    )


def _endpoint(entry: _Entry) -> Endpoint:
    try:
        return entry.build()
    except VaultError as error:
        raise KeyUnreadableError(f"The key of {entry.name} cannot be used. {error}") from error


def _listing(entry: _Entry) -> Listing:
    known = _answer(entry)
    note = known.problem if known and not entry.configured else ""
    return Listing(entry.slug, entry.name, entry.format, entry.base_url, entry.source, True, _models(entry), note)


def _models(entry: _Entry) -> tuple[str, ...]:
    if entry.configured:
        return entry.configured
    known = _answer(entry)
    return known.models if known else ()


def _answer(entry: _Entry) -> _Known | None:
    """What this upstream last said of its models, as it is configured now."""
    known = _known.get(entry.slug)
    return known if known and known.identity == entry.identity else None


def _is_stale(entry: _Entry) -> bool:
    if entry.configured:
        return False
    known = _answer(entry)
    return known is None or known.good_until < time.monotonic()


def _discover(entries: list[_Entry]) -> list[Future[None]]:
    """Ask each of these, all at once, in a thread that ends with the last answer; what is being asked already is joined."""
    asked, mine = [], []
    with _lock:
        for entry in entries:
            if entry.identity not in _asking:
                question = _asking[entry.identity] = Future()
                question.set_running_or_notify_cancel()  # from here on nobody who waits can cancel it for the others
                mine.append(entry)
            asked.append(_asking[entry.identity])
    if mine:
        threading.Thread(target=lambda: asyncio.run(_ask_all(mine)), name="model lists", daemon=True).start()
    return asked


async def _ask_all(entries: list[_Entry]) -> None:
    await asyncio.gather(*map(_ask, entries))


async def _ask(entry: _Entry) -> None:
    before = _answer(entry)
    names = before.models if before else ()
    problem = ""
    try:
        names = _that_chat(await client.list_models(_endpoint(entry)))
        if not names:
            problem = f"{entry.name} has no list of models. Write their names into its configuration."
    except UpstreamError as error:
        problem = str(error)
        log.info("no list of models from upstream %s: %s", entry.slug, problem)
    finally:
        good_until = time.monotonic() + (FAILED_SECONDS if problem else FRESH_SECONDS)
        with _lock:
            _known[entry.slug] = _Known(entry.identity, names, good_until, problem)
            _asking.pop(entry.identity).set_result(None)


def _that_chat(names: list[str]) -> tuple[str, ...]:
    """The names without those of other kinds of model, unless nothing would be left."""
    chatting = [name for name in names if not any(part in name.lower() for part in _NO_CHAT)]
    return tuple((chatting or names)[:MAX_MODEL_NAMES])
