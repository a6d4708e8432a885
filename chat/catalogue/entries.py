"""The upstreams in use: from the environment, from rows, and the demo. The environment overrides a row with its slug.

The functions that read rows are synchronous and must not be called in an event loop.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from django.conf import settings

from chat import demo
from chat.catalogue.presets import PRESETS, preset_at
from chat.models.upstream import DEMO_SLUG, Upstream
from chat.upstreams.endpoint import Endpoint, EnvironmentUpstream, Timeouts
from chat.upstreams.errors import UpstreamError
from chat.upstreams.families import Images
from chat.vault import VaultError

DEMO_NAME = "Demo (no key needed)"

Source = Literal["environment", "row", "demo"]


class KeyUnreadableError(UpstreamError):
    """The stored key of an upstream cannot be opened."""

    code = "key_unreadable"


@dataclass(frozen=True, slots=True)
class Entry:
    """An upstream in use. `build` makes its endpoint; only this opens a key or starts the demo."""

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
        """A value that changes whenever earlier lists of this upstream's models become invalid."""
        return self.slug, self.format, self.base_url, self.secret

    def endpoint(self) -> Endpoint:
        """Make the endpoint, with its key. Raises KeyUnreadableError. The first call for the demo starts its server."""
        try:
            return self.build()
        except VaultError as error:
            raise KeyUnreadableError(f"The key of {self.name} cannot be used. {error}") from error


def configured() -> list[Entry]:
    """The environment's upstreams, then the enabled rows."""
    environment = from_environment()
    taken = {DEMO_SLUG, *(entry.slug for entry in environment)}
    rows = Upstream.objects.filter(is_enabled=True)
    return [*environment, *(_from_row(row) for row in rows if row.slug not in taken)]


def configured_entry(slug: str) -> Entry | None:
    """The configured upstream with this slug."""
    for entry in from_environment():
        if entry.slug == slug:
            return entry
    row = Upstream.objects.filter(is_enabled=True, slug=slug).first()
    return _from_row(row) if row else None


def from_environment() -> list[Entry]:
    """The upstreams that the environment names. Reads no rows."""
    return [_from_environment(upstream) for upstream in settings.ENVIRONMENT_UPSTREAMS]


def _from_environment(upstream: EnvironmentUpstream) -> Entry:
    preset = PRESETS[upstream.slug]
    address = upstream.base_url or preset.base_url
    # A local server has its preset wherever it runs; another address in OPENAI_BASE_URL may be another product.
    known = preset if preset.allow_private else preset_at(address, preset.format)
    endpoint = Endpoint(
        slug=upstream.slug,
        name=known.name if known else urlsplit(address).netloc,
        format=preset.format,
        base_url=address,
        key=upstream.key,
        models=upstream.models,
        timeouts=_timeouts(),
        max_attempts=settings.MAX_ATTEMPTS,
        headers=upstream.headers,
        traits=known.traits if known else {},
        context_tokens=upstream.context_tokens,
        # The operator, who sets the environment, may name a private address.
        allow_private=True,
        proxies=settings.PROXIES,
    )
    about = endpoint.slug, endpoint.name, endpoint.format, endpoint.base_url
    return Entry(*about, "environment", upstream.models, upstream.images, upstream.key, lambda: endpoint)


def _from_row(row: Upstream) -> Entry:
    images: Images = row.images  # type: ignore[assignment]
    names = tuple(row.model_names)
    secret = f"{row.sealed_key} {row.sealed_headers}"
    about = row.slug, row.name, row.format, row.base_url
    return Entry(*about, "row", names, images, secret, lambda: endpoint_of_row(row))


def endpoint_of_row(row: Upstream) -> Endpoint:
    """The endpoint of a row, used or not, with what its provider's preset knows of it. Raises VaultError."""
    known = PRESETS.get(row.provider) or preset_at(row.base_url, row.format)
    endpoint = row.endpoint()
    return msgspec.structs.replace(endpoint, traits={**known.traits, **endpoint.traits}) if known else endpoint


def from_demo() -> Entry:
    """The demo, which needs no key."""

    def build() -> Endpoint:
        return Endpoint(
            slug=DEMO_SLUG,
            name=DEMO_NAME,
            format="openai",
            base_url=demo.start(),
            models=demo.MODELS,
            timeouts=_timeouts(),
            max_attempts=settings.MAX_ATTEMPTS,
            traits={"prefill": True},
            allow_private=True,
        )

    return Entry(DEMO_SLUG, DEMO_NAME, "openai", "", "demo", demo.MODELS, "all", "", build)


def _timeouts() -> Timeouts:
    return Timeouts(
        settings.CONNECT_TIMEOUT_SECONDS,
        settings.FIRST_EVENT_TIMEOUT_SECONDS,
        settings.SILENCE_TIMEOUT_SECONDS,
        settings.RUN_TIMEOUT_SECONDS,
        settings.CONTENT_TIMEOUT_SECONDS,
    )
