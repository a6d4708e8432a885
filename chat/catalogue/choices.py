"""Which models people may choose, and every upstream as an administrator sees it.

The functions that read rows are synchronous and must not be called in an event loop; refresh() may be.
"""

import asyncio
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.utils.translation import gettext

from chat.catalogue import discovery
from chat.catalogue.entries import Entry, Source, configured, configured_entry, from_demo, from_environment
from chat.database import in_thread
from chat.models.model_trait import ModelTrait
from chat.models.upstream import DEMO_SLUG, Upstream
from chat.upstreams import families
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.lessons import Lesson

log = structlog.get_logger(__name__)


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
    """An upstream, in use or not, as an administrator sees it; `note` says why it is not used, or what is wrong."""

    slug: str
    name: str
    format: str
    base_url: str
    source: Source
    is_used: bool
    models: tuple[str, ...]
    note: str = ""


def endpoint(slug: str, model: str = "") -> Endpoint | None:
    """The upstream in use with this slug, with what has turned out about `model`.

    Raises KeyUnreadableError. The first call for the demo starts its server.
    """
    entry = _entry(slug)
    if entry is None:
        return None
    found = entry.endpoint()
    return found.knowing(model, ModelTrait.known(slug, found.base_url, model)) if model else found


def learn(endpoint: Endpoint, model: str, lessons: list[Lesson]) -> None:
    """Remember what a model's refusals have taught."""
    for lesson in lessons:
        log.info("model.learned", upstream=endpoint.slug, model=model, trait=lesson.trait, value=lesson.value)
    ModelTrait.learn(endpoint.slug, endpoint.base_url, model, lessons)


def model_list() -> list[ModelChoice]:
    """The models that can be chosen, as far as known now; a stale list is refreshed in the background."""
    return _choices(_entries())


def default() -> ModelChoice | None:
    """The model that answers if nobody chose: DEFAULT_MODEL ("model" or "upstream/model"), else the first in the list."""
    entries = _entries()
    choices = _choices(entries)
    wanted = settings.DEFAULT_MODEL
    if not wanted:
        return choices[0] if choices else None
    for choice in choices:
        if wanted in (choice.model, f"{choice.upstream}/{choice.model}"):
            return choice
    for entry in entries:
        # The upstream has not listed it yet, or never will: it may know a model without listing it.
        model = wanted.removeprefix(f"{entry.slug}/")
        if model != wanted or not discovery.models_of(entry):
            return _choice(entry, model)
    return choices[0] if choices else None


def title_choice(upstream: str, model: str) -> tuple[str, str] | None:
    """The (upstream, model) to name a conversation that these answered; None if its first words are its title.

    Reads no rows, so it may be called anywhere: TITLE_MODEL is "model" of the same upstream, or "upstream/model" of one
    that the environment or this process knows.
    """
    wanted = settings.TITLE_MODEL
    if not wanted:
        return None
    slug, _, rest = wanted.partition("/")
    if rest and (discovery.has_asked(slug) or slug in {entry.slug for entry in from_environment()}):
        return slug, rest
    return upstream, wanted


def listings() -> list[Listing]:
    """All upstreams, in use or not, for the administrator. Opens no key."""
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
    """Whether an upstream with this slug is in use. Opens no key and starts nothing."""
    return _entry(slug) is not None


def offers(upstream: str, model: str) -> bool:
    """Whether a person may ask this model. Opens no key, starts nothing, and asks no upstream.

    If an administrator listed models, only those are offered; otherwise those that the upstream lists, or any while its
    list is unknown. A model that DEFAULT_MODEL names in full is always offered.
    """
    entry = _entry(upstream)
    if entry is None:
        return False
    if f"{upstream}/{model}" == settings.DEFAULT_MODEL:
        return True
    if entry.configured:
        return model in entry.configured
    known = discovery.listed(entry)
    return known is None or bool(known.problem) or model in known.models


def takes_images(upstream: str, model: str) -> bool:
    """Whether pictures may be sent to this model, by its upstream's setting, else by its name."""
    entry = _entry(upstream)
    if entry is None or not families.takes_images(model, entry.images):
        return False
    return entry.images == "all" or ModelTrait.known(upstream, entry.base_url, model).get("pictures") is not False


async def refresh(slug: str | None = None, *, force: bool = False, wait_seconds: float = 3) -> None:
    """Ask the upstreams (or one of them) for their models if the last answer is stale (or `force`); wait for it a while.

    A slower request continues in the background. An upstream's fault is not raised: the known models stay, and
    listings() says what went wrong.
    """
    entries = await in_thread(_entries)
    asked = discovery.ask(
        [entry for entry in entries if slug in (None, entry.slug) and (force or discovery.is_stale(entry))]
    )
    if asked:
        _, late = await asyncio.wait([asyncio.wrap_future(each) for each in asked], timeout=wait_seconds)
        for each in late:
            each.cancel()  # ends the waiting, not the request


def without_models() -> Listing | None:
    """The first upstream in use that offers no model, to be named where no model can be chosen."""
    return next((each for each in listings() if each.is_used and not each.models), None)


def demo_is_on(others: bool) -> bool:
    """Whether the demo answers, given whether other upstreams offer models."""
    return bool(settings.DEMO == "on" or (settings.DEMO == "auto" and not others))


def _choices(entries: list[Entry]) -> list[ModelChoice]:
    # After a start no upstream has answered yet, and the demo is not proposed until all have.
    too_early = settings.DEMO == "auto" and not all(entry.configured or discovery.listed(entry) for entry in entries)
    shown = [entry for entry in entries if not (too_early and entry.source == "demo")]
    choices = [_choice(entry, model) for entry in shown for model in discovery.models_of(entry)]
    discovery.ask([entry for entry in entries if discovery.is_stale(entry)])
    return choices


def _choice(entry: Entry, model: str) -> ModelChoice:
    images = families.takes_images(model, entry.images)
    return ModelChoice(entry.slug, entry.name, model, entry.source == "demo", images)


def _entries() -> list[Entry]:
    """The upstreams in use: the configured ones, and the demo, by default only while none of them has a model."""
    entries = configured()
    return [*entries, from_demo()] if demo_is_on(any(map(discovery.models_of, entries))) else entries


def _entry(slug: str) -> Entry | None:
    """The upstream in use with this slug. Only for the demo do all the others have to be read."""
    if slug == DEMO_SLUG:
        return next((entry for entry in _entries() if entry.slug == slug), None)
    return configured_entry(slug)


def _listing(entry: Entry) -> Listing:
    known = discovery.listed(entry)
    note = known.problem if known and not entry.configured else ""
    return Listing(
        entry.slug, entry.name, entry.format, entry.base_url, entry.source, True, discovery.models_of(entry), note
    )
