"""An upstream as this package sees it: its address, its format and its timeouts. Values only."""

from collections.abc import Mapping
from typing import Any

import msgspec

from .base_url import api_url
from .families import Images
from .proxies import DIRECT, Proxies
from .traits import Traits, traits_of


class Timeouts(msgspec.Struct, frozen=True, gc=False):
    """How long each phase of one attempt may last; `run_seconds` bounds all attempts together."""

    connect_seconds: float = 10.0
    first_event_seconds: float = 300.0  # reasoning models take long until their first token
    silence_seconds: float = 60.0
    run_seconds: float = 1800.0
    content_seconds: float = 300.0  # limit on pings without content; a guess, not measured


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A configured upstream.

    `base_url` is taken as the provider shows it; base_url.py says how. `allow_private` permits addresses that are not
    public: for endpoints that an administrator, or the environment, says are local. The key never shows in repr().
    `traits` is what is known of all its models, `learned` what has turned out about one, by its name (traits.py).
    """

    slug: str
    name: str
    format: str
    base_url: str
    key: str = ""
    models: tuple[str, ...] = ()
    timeouts: Timeouts = Timeouts()
    max_attempts: int = 3
    context_tokens: int | None = None
    allow_private: bool = False
    proxies: Proxies = DIRECT
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    traits: Mapping[str, Any] = msgspec.field(default_factory=dict)
    learned: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Endpoint(slug={self.slug!r}, format={self.format!r}, base_url={self.base_url!r})"

    def url(self, path: str) -> str:
        """The full address of an API path such as "/chat/completions"."""
        return api_url(self.base_url, path, self.traits_of().path)

    def traits_of(self, model: str = "") -> Traits:
        """What is known of a model; without a name, of those that have nothing special."""
        return traits_of(self.format, model, self.traits, self.learned.get(model, {}))

    def knowing(self, model: str, learned: Mapping[str, Any]) -> "Endpoint":
        """The same endpoint, which knows more of one model."""
        both = {**self.learned.get(model, {}), **learned}
        return msgspec.structs.replace(self, learned={**self.learned, model: both})

    def author(self, model: str) -> str:
        """Who wrote what this model says, as turns name it."""
        return f"{self.slug}/{model}"

    def key_headers(self) -> dict[str, str]:
        """The header that carries the key, as this server wants it; none without a key."""
        key, header = self.key.strip(), self.traits_of().key_header
        if not key:
            return {}
        return {header: f"Bearer {key}" if header in ("authorization", "cf-aig-authorization") else key}

    def own_headers(self) -> dict[str, str]:
        """The headers that an administrator set."""
        return {name.lower(): value for name, value in self.headers.items()}

    def secrets(self) -> tuple[str, ...]:
        """Every string that must never be shown: the key, and headers that carry one."""
        telling = ("key", "auth", "token", "secret", "cookie")
        values = [value for name, value in self.headers.items() if any(word in name.lower() for word in telling)]
        # What else an administrator sealed is a secret where it is long enough to be one.
        values += [value for value in self.headers.values() if len(value) >= 16]
        values += [value.split(" ", 1)[1] for value in values if " " in value]
        return tuple(secret for secret in (self.key, *values) if len(secret) >= 4)


class EnvironmentUpstream(msgspec.Struct, frozen=True, kw_only=True):
    """An upstream as the environment names it; `slug` is that of a preset. The key never shows in repr()."""

    slug: str
    base_url: str = ""
    key: str = ""
    models: tuple[str, ...] = ()
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    images: Images = "auto"
    context_tokens: int | None = None

    def __repr__(self) -> str:
        return f"EnvironmentUpstream(slug={self.slug!r}, base_url={self.base_url!r})"
