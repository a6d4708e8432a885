"""A configured endpoint as a row. Those from the environment never become rows; chat.catalogue knows both."""

import re
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat import vault
from chat.upstreams import FORMATS
from chat.upstreams.endpoint import Endpoint, Timeouts

MAX_MODEL_NAMES = 500
MAX_MODEL_NAME_CHARS = 200
MAX_KEY_CHARS = 4096
DEMO_SLUG = "demo"
# A parameter of an address that is named so carries a secret, and addresses are shown and logged.
SECRET_NAME = re.compile(r"key|token|secret|password|passwd|signature|^sig$|^code$|auth", re.IGNORECASE)


def validate_base_url(value: str) -> None:
    """Refuse what is not an http or https address, and one with a key in it."""
    validate_address(value)
    query = parse_qsl(urlsplit(value).query, keep_blank_values=True)
    if any(SECRET_NAME.search(name) for name, _value in query):
        raise ValidationError(_("Leave out the ? or # and everything after it."))


def validate_address(value: str) -> None:
    """Refuse what is not an http or https address. Django's own validator does not accept hosts such as `ollama`."""
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise ValidationError(_("This is not an address. Write it as https://host.example.")) from error
    if (
        parts.scheme not in ("http", "https")
        or not host
        or not value.isascii()
        or not value.isprintable()
        or " " in value
    ):
        raise ValidationError(_("This is not an http address. Write it as https://host.example."))
    if "@" in parts.netloc:
        raise ValidationError(_("Leave the username and password out of the address; the key has its own field."))
    if parts.fragment:
        raise ValidationError(_("Leave out the ? or # and everything after it."))


def validate_model_names(value: Any) -> None:
    """Refuse what is not a list of model names."""
    if not isinstance(value, list) or not all(isinstance(name, str) and name.strip() for name in value):
        raise ValidationError(_("Write a list of model names."))
    if len(value) > MAX_MODEL_NAMES or any(len(name) > MAX_MODEL_NAME_CHARS for name in value):
        raise ValidationError(f"At most {MAX_MODEL_NAMES} names of at most {MAX_MODEL_NAME_CHARS} characters.")


def validate_key(key: str) -> None:
    """Refuse what cannot be sent in a header, with a message that does not contain the key."""
    if len(key) > MAX_KEY_CHARS or not key.isascii() or not key.isprintable() or " " in key:
        raise ValidationError(_("This is not a key: a key has only letters, digits and symbols, and no spaces."))


def format_choices() -> list[tuple[str, str]]:
    """The wire formats as (stored value, label). A function, so that a new format needs no migration."""
    return [(name, format.LABEL) for name, format in FORMATS.items()]


class Upstream(models.Model):
    """A configured endpoint. Its key and headers are sealed and never shown again, except for `key_hint` and `header_names`.

    They belong to the address they were entered for: saving another address erases them, and after a change in the database
    they cannot be decrypted, so that none is ever sent to another server.
    """

    class MaxTokensField(models.TextChoices):
        MAX_TOKENS = "max_tokens"
        MAX_COMPLETION_TOKENS = "max_completion_tokens"

    class Images(models.TextChoices):
        AUTO = "auto", _("Detect by name")
        ALL = "all", _("All")
        NONE = "none", _("None")

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=100)
    format = models.CharField(max_length=32, choices=format_choices)
    base_url = models.CharField(
        "base URL", max_length=500, validators=[validate_base_url], help_text=_("With or without a trailing /v1.")
    )
    provider = models.CharField(max_length=32, blank=True)
    sealed_key = models.TextField(blank=True, editable=False)
    sealed_headers = models.TextField(blank=True, editable=False)
    header_names = models.JSONField(default=list, blank=True, editable=False)
    key_hint = models.CharField(max_length=4, blank=True, editable=False)
    model_names = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_model_names],
        help_text=_("Model names. Leave this empty to fetch the list from the upstream."),
    )
    images = models.CharField(
        _("models that accept pictures"), max_length=4, choices=Images.choices, default=Images.AUTO
    )
    is_enabled = models.BooleanField(default=True)
    allow_private = models.BooleanField(
        default=False, help_text=_("The address may be private or on this machine (a local model server).")
    )
    connect_seconds = models.FloatField(default=10, validators=[MinValueValidator(0.1)])
    first_event_seconds = models.FloatField(default=300, validators=[MinValueValidator(0.1)])
    silence_seconds = models.FloatField(default=60, validators=[MinValueValidator(0.1)])
    run_seconds = models.FloatField(default=1800, validators=[MinValueValidator(1)])
    content_seconds = models.FloatField(default=300, db_default=300, validators=[MinValueValidator(0.1)])
    stream_options = models.BooleanField(
        default=True, help_text=_("Ask for token usage. Some servers refuse the field.")
    )
    max_tokens_field = models.CharField(
        max_length=21, choices=MaxTokensField.choices, default=MaxTokensField.MAX_TOKENS
    )
    prefill = models.BooleanField(
        default=False, help_text=_("Models can continue a partial answer that is sent to them.")
    )
    context_tokens = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Longer conversations are cut to this size.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        """Save the row; if its address has changed, its key is erased in the same statement."""
        writes_address = update_fields is None or "base_url" in update_fields
        has_secret = self.sealed_key or self.sealed_headers
        if writes_address and has_secret and self._stored_address() not in (None, _address(self.base_url)):
            self.sealed_key = self.key_hint = self.sealed_headers = ""
            self.header_names = []
            if update_fields is not None:
                update_fields = {*update_fields, "sealed_key", "key_hint", "sealed_headers", "header_names"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def has_key(self) -> bool:
        return bool(self.sealed_key)

    def clean(self) -> None:
        """Refuse the demo's slug, and plain http, which would expose the key, to hosts not marked as local."""
        if self.slug == DEMO_SLUG:
            raise ValidationError({"slug": _("This name belongs to the demo model. Choose another one.")})
        if self.base_url.lower().startswith("http:") and not self.allow_private:
            raise ValidationError(
                {
                    "base_url": _(
                        "Use https or, for a server on this machine or network, also select “allow private addresses”."
                    )
                }
            )

    def set_key(self, key: str) -> Self:
        """Seal and store the key for the present address; "" erases it. The row must have been saved before.

        Raises ValidationError for what validate_key() refuses.
        """
        if self.pk is None:
            raise ValueError(_("Save the upstream first: its key is encrypted for the saved entry."))
        key = key.strip()
        validate_key(key)
        self.sealed_key = vault.seal(key, self._context()) if key else ""
        self.key_hint = key[-4:] if len(key) >= 16 else ""  # four letters would reveal too much of a short key
        super().save(update_fields=["base_url", "sealed_key", "key_hint"])
        return self

    def set_headers(self, headers: Mapping[str, str]) -> Self:
        """Seal and store the headers of every request to the present address; {} erases them. The row must have been saved."""
        text = msgspec.json.encode(dict(headers)).decode() if headers else ""
        self.sealed_headers = vault.seal(text, self._context("headers")) if text else ""
        self.header_names = sorted(headers)
        super().save(update_fields=["base_url", "sealed_headers", "header_names"])
        return self

    def endpoint(self) -> Endpoint:
        """The endpoint for the client, with its key decrypted. Raises vault.VaultError if no encryption key decrypts it."""
        return Endpoint(
            slug=self.slug,
            name=self.name,
            format=self.format,
            base_url=self.base_url,
            key=vault.unseal(self.sealed_key, self._context()) if self.sealed_key else "",
            models=tuple(self.model_names),
            timeouts=Timeouts(
                connect_seconds=self.connect_seconds,
                first_event_seconds=self.first_event_seconds,
                silence_seconds=self.silence_seconds,
                run_seconds=self.run_seconds,
                content_seconds=self.content_seconds,
            ),
            max_attempts=settings.MAX_ATTEMPTS,
            context_tokens=self.context_tokens,
            traits=self._traits(),
            allow_private=self.allow_private,
            proxies=settings.PROXIES,
            headers=self._headers(),
        )

    def _headers(self) -> dict[str, str]:
        if not self.sealed_headers:
            return {}
        return msgspec.json.decode(vault.unseal(self.sealed_headers, self._context("headers")), type=dict[str, str])

    def _traits(self) -> dict[str, Any]:
        """What an administrator set, where it differs from the default, which leaves it to what is known of each model."""
        said: dict[str, Any] = {} if self.stream_options else {"stream_options": False}
        if self.max_tokens_field != self.MaxTokensField.MAX_TOKENS:
            said["max_tokens_field"] = self.max_tokens_field
        return said | ({"prefill": True} if self.prefill else {})

    def _context(self, what: str = "key") -> str:
        return f"chat_upstream:{self.pk}:sealed_{what}:{_address(self.base_url)}"

    def _stored_address(self) -> str | None:
        stored = type(self).objects.filter(pk=self.pk).values_list("base_url", flat=True).first()
        return None if stored is None else _address(stored)


def _address(base_url: str) -> str:
    """The address normalised: without a trailing slash and /v1, with scheme and host in lower case."""
    scheme, _, rest = base_url.strip().partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}://{host}".lower() + f"/{path}".rstrip("/").removesuffix("/v1")
