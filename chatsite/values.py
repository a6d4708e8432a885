"""Reads typed values from a mapping of environment variables, and refuses wrong ones with a hint.

Pure: ``chatsite.settings``, the only file that reads the environment, passes the mapping in, so each refusal can be
tested without starting anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from chat.upstreams.endpoint import EnvironmentUpstream
from chat.upstreams.families import IMAGES
from chat.upstreams.own_headers import BadHeaderError, of_pairs
from chat.upstreams.proxies import Proxy, is_entry
from chat.upstreams.proxies import parse as parse_proxy

Word = TypeVar("Word", bound=str)

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Values:
    """Environment variables by name; an empty value counts as not set.

    `secrets` collects what secret() returned, and the passwords in addresses, which the logs hide.
    """

    source: Mapping[str, str]
    secrets: set[str] = field(default_factory=set, repr=False)

    def has(self, name: str) -> bool:
        """Whether NAME, or the file variant NAME_FILE, is set."""
        return bool(self.source.get(name) or self.source.get(f"{name}_FILE"))

    def text(self, name: str, default: str = "") -> str:
        """The value of NAME without surrounding spaces."""
        return self.source.get(name, "").strip() or default

    def secret(self, name: str, *aliases: str) -> str:
        """The value of NAME (or an alias), or the content of the file that NAME_FILE names; "" if neither is set."""
        for key in (name, *aliases):
            value, path = self.text(key), self.text(f"{key}_FILE")
            if value and path:
                raise refusal(key, "is set twice", f"Keep either {key} or {key}_FILE, not both.")
            if path or value:
                value = self._file(key, path) if path else value
                self.secrets.update(_passwords_in(value) if key.upper().endswith(("_URL", "_PROXY")) else [value])
                return value
        return ""

    def flag(self, name: str, default: bool) -> bool:
        """A yes or no."""
        value = self.text(name).lower()
        if not value:
            return default
        if value in TRUE_WORDS | FALSE_WORDS:
            return value in TRUE_WORDS
        raise refusal(name, f"is {value!r}", "Use true or false.")

    def whole(self, name: str, default: int, *, low: int, high: int, alias: str = "") -> int:
        """A whole number from ``low`` to ``high``: the value of NAME, or else of its alias."""
        if alias and not self.text(name):
            name = alias
        value = self.text(name)
        if not value:
            return default
        if not value.isascii() or not value.isdecimal() or len(value) > 18 or not low <= int(value) <= high:
            raise refusal(name, f"is {value!r}", f"Use a whole number from {low} to {high}.")
        return int(value)

    def choice(self, name: str, default: Word, allowed: Sequence[Word]) -> Word:
        """One of the allowed words, in any case; returned as written in ``allowed``."""
        value: str = self.text(name, default)
        for word in allowed:
            if word.lower() == value.lower():
                return word
        raise refusal(name, f"is {value!r}", f"Use one of: {', '.join(allowed)}.")

    def words(self, name: str) -> list[str]:
        """A list separated by commas."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def url(self, name: str, *aliases: str, schemes: Sequence[str] = ("http", "https")) -> str:
        """An absolute address without a trailing slash, or "" if not set."""
        for key in (name, *aliases):
            value = self.text(key)
            if value:
                require_url(key, value, schemes)
                return value.rstrip("/")
        return ""

    def proxy(self, *names: str) -> Proxy | None:
        """The proxy that the first of these names says, such as ``http://user:password@host:3128``; None where none is set."""
        value = self.secret(*names)
        if not value:
            return None
        try:
            proxy = parse_proxy(value)
        except ValueError as error:
            raise refusal(names[0], str(error), "Use http://host:3128, or http://user:password@host:3128.") from None
        self.secrets.update([*_passwords_in(f"http://{value}"), proxy.authorization.partition(" ")[2]])
        return proxy

    def no_proxy(self, *names: str) -> tuple[str, ...]:
        """The hosts that are reached without a proxy, separated by commas."""
        if not any(map(self.has, ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"))):
            return ()  # machines set it for other programs, in forms that only these read
        entries = next((words for words in map(self.words, names) if words), [])
        for entry in entries:
            if not is_entry(entry):
                raise refusal(
                    names[0],
                    f"holds {entry!r}",
                    "Use hosts, .domains, addresses or networks, separated by commas, or *.",
                )
        return tuple(entries)

    def origin(self, name: str) -> str:
        """Scheme, host and port of an address (``https://chat.example.org``), or "" if not set."""
        value = self.url(name)
        return require_origin(name, value) if value else ""

    def origins(self, name: str) -> list[str]:
        """A list of origins separated by commas."""
        for value in self.words(name):
            require_url(name, value, ("http", "https"))
        return [require_origin(name, value) for value in self.words(name)]

    def hosts(self, name: str) -> list[str]:
        """The host of the origin in NAME, as a list for Django's ALLOWED_HOSTS; empty if not set."""
        origin = self.origin(name)
        return [host_of(urlsplit(origin))] if origin else []

    def database(self, name: str) -> dict[str, Any] | None:
        """A parsed database address (``sqlite:///path`` or ``postgres://user:password@host/name``); None if not set."""
        value = self.secret(name)
        if not value:
            return None
        hint = "Use postgres://user:password@host:5432/name or sqlite:////path/to/file.sqlite3."
        if value.partition("://")[0] not in ("postgres", "postgresql", "sqlite"):
            raise refusal(name, "has an unknown scheme", hint)
        try:
            return dict(environ.Env.db_url_config(value))
        except (ImproperlyConfigured, ValueError) as error:
            raise refusal(name, "cannot be read", hint) from error

    def upstreams(self) -> tuple[EnvironmentUpstream, ...]:
        """The upstreams with an address or a key. All have the same variables, except OLLAMA, which has no key."""
        found = (
            self._upstream("OPENAI", "OPENAI_API_BASE_URL", takes_key=True),
            self._upstream("ANTHROPIC", takes_key=True),
            self._upstream("OLLAMA"),
        )
        return tuple(upstream for upstream in found if upstream.key or upstream.base_url)

    def _upstream(self, prefix: str, *address_aliases: str, takes_key: bool = False) -> EnvironmentUpstream:
        return EnvironmentUpstream(
            slug=prefix.lower(),
            base_url=self.url(f"{prefix}_BASE_URL", *address_aliases),
            key=self.secret(f"{prefix}_API_KEY") if takes_key else "",
            models=tuple(self.words(f"{prefix}_MODELS")),
            headers=self._headers(f"{prefix}_HEADERS"),
            # Whether its models accept pictures; "auto" decides by their names.
            images=self.choice(f"{prefix}_IMAGES", "auto", IMAGES),
            # Longer conversations are cut to this many tokens; 0, the default, disables this.
            context_tokens=self.whole(f"{prefix}_CONTEXT_TOKENS", 0, low=256, high=100_000_000) or None,
        )

    def _headers(self, name: str) -> dict[str, str]:
        """The headers of ``name=value,name=value``; each value is a secret."""
        try:
            headers = of_pairs(self.secret(name))
        except BadHeaderError as error:
            hint = "Use name=value,name=value with the values percent-encoded, and no header of the connection itself."
            raise refusal(name, f"holds a header that cannot be set ({error.name})", hint) from None
        self.secrets.update(headers.values())
        return headers

    def _file(self, key: str, path: str) -> str:
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise refusal(
                f"{key}_FILE", f"names {path}, which cannot be read ({reason})", "Check the path and rights."
            ) from error
        if not value:
            raise refusal(f"{key}_FILE", f"names {path}, which is empty", "Write the value into that file.")
        return value


def _passwords_in(address: str) -> list[str]:
    """The password of an address, as written there and decoded, even if it contains / or @."""
    password = address.partition("://")[2].rpartition("@")[0].partition(":")[2]
    return [password, unquote(password)]


def refusal(name: str, what: str, hint: str) -> ImproperlyConfigured:
    """The error that stops the start: the variable, what is wrong, what to do. It never contains a secret's value."""
    return ImproperlyConfigured(f"{name} {what}. {hint}")


def require_url(name: str, value: str, schemes: Sequence[str]) -> None:
    """Refuse what is not an absolute address with one of the schemes, a host and a valid port."""
    hint = f"Use an address such as {schemes[-1]}://host.example."
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise refusal(name, f"is {value!r}, not an address", hint) from error
    if parts.scheme not in schemes or not host:
        raise refusal(name, f"is {value!r}, not an address", hint)
    if parts.username or parts.password:
        raise refusal(
            name, "holds a user name or password", "Leave them out of the address; use the key's own variable."
        )


def require_origin(name: str, value: str) -> str:
    """The normalised origin of an address; refuses one with a path."""
    parts = urlsplit(value)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise refusal(
            name,
            f"is {value!r}",
            "Leave the path out: scheme, host and port only. Parley lives at the root of its host.",
        )
    default_port = {"http": 80, "https": 443}[parts.scheme]
    port = "" if parts.port in (None, default_port) else f":{parts.port}"
    return f"{parts.scheme}://{host_of(parts)}{port}"


def host_of(parts: SplitResult) -> str:
    """The host in lower case; an IPv6 address in brackets."""
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host
