"""MCP servers, which administrators add, and the tools that were found on them."""

from typing import Any, Self
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import vault
from chat.models import sealed
from chat.models.tool_policy import ToolPolicy
from chat.models.upstream import SECRET_NAME, validate_address, validate_key
from chat.tools.mcp.offer import BETWEEN, tools_of
from chat.tools.mcp.server import Catalog, Offered, Server
from chat.tools.tool import Tool

# The fields that belong to one address or command.
SECRETS = (
    "sealed_secret", "secret_hint", "sealed_headers", "header_names", "sealed_environment", "variable_names",
)  # fmt: skip


# In an address, stands for the secret.
SECRET_PLACE = "{secret}"  # noqa: S105


def validate_server_address(value: str) -> None:
    """Refuse what is not an http or https address, and one with a key in it; `{secret}` may stand where the key belongs."""
    validate_address(value.replace(SECRET_PLACE, "secret"))
    for name, given in parse_qsl(urlsplit(value).query, keep_blank_values=True):
        if SECRET_NAME.search(name) and given != SECRET_PLACE:
            raise ValidationError(_("Write {secret} in place of the key, and enter the key as the secret."))


class McpServer(models.Model):
    """A server of tools. Like an upstream's key, its secret is sealed for its address and never shown again."""

    slug = models.SlugField(max_length=20, unique=True, help_text=_("Prefix of the names of its tools."))
    name = models.CharField(max_length=100)
    url = models.CharField(
        "address",
        max_length=500,
        blank=True,
        validators=[validate_server_address],
        help_text=_("Often ending in /mcp or /sse. Where a key belongs into the address, write {secret} in its place."),
    )
    command = models.JSONField(
        default=list, blank=True, help_text=_("A program on this machine instead of an address: one word per line.")
    )
    header = models.CharField(
        max_length=64, blank=True, default="Authorization", help_text=_("The HTTP header that carries the secret.")
    )
    sealed_secret = models.TextField(blank=True, editable=False)
    secret_hint = models.CharField(max_length=4, blank=True, editable=False)
    sealed_headers = models.TextField(blank=True, editable=False)
    header_names = models.JSONField(default=list, editable=False)
    sealed_environment = models.TextField(blank=True, editable=False)
    variable_names = models.JSONField(default=list, editable=False)
    is_enabled = models.BooleanField(default=True)
    allow_private = models.BooleanField(default=False, help_text=_("The address may be private or on this machine."))
    timeout_seconds = models.PositiveSmallIntegerField(default=30)
    found = models.JSONField(default=list, editable=False, help_text="The tools it offered when it was last asked.")
    also_found = models.JSONField(
        default=dict, editable=False, help_text="The rest of its Catalog: prompts, instructions, what was left out."
    )
    asked_at = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = "MCP server"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        """Save the row; another address or command erases the secrets for the one before, and what was found there."""
        known = type(self).objects.filter(pk=self.pk).values("url", "command").first()
        if known is not None and known != {"url": self.url, "command": self.command}:
            self.sealed_secret = self.secret_hint = self.sealed_headers = self.sealed_environment = ""
            self.header_names, self.variable_names, self.also_found = [], [], {}
            if update_fields is not None:
                update_fields = {*update_fields, *SECRETS, "also_found"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @classmethod
    def all_tools(cls) -> dict[str, Tool]:
        """The tools of all servers that are on, by the names that models are told."""
        return {tool.name: tool for server in cls.objects.filter(is_enabled=True) for tool in server.tools()}

    @classmethod
    def identities(cls) -> set[str]:
        """The identities of all servers that are on, by which sessions with them are known."""
        return {server.identity for row in cls.objects.filter(is_enabled=True) if (server := row.server_or_none())}

    @property
    def catalog(self) -> Catalog:
        """What it offered when it was last asked."""
        return msgspec.convert({**self.also_found, "tools": self.found}, Catalog)

    @property
    def has_secret(self) -> bool:
        return bool(self.sealed_secret)

    def secret_names(self) -> set[str]:
        """The names of what is sealed: headers and variables."""
        return {*self.header_names, *self.variable_names, *([self.header] if self.sealed_secret else [])}

    def clean(self) -> None:
        """Refuse a server without or with two locations, and a program where the operator has not permitted them."""
        if BETWEEN in self.slug or self.slug.endswith("_"):
            raise ValidationError({"slug": _("Use single underscores: two separate a server from its tool.")})
        if bool(self.url) == bool(self.command):
            raise ValidationError(_("Give either an address or a command."))
        if self.command and not settings.MCP_STDIO:
            raise ValidationError(
                {"command": _("Programs are switched off. MCP_STDIO=true in the environment permits them.")}
            )
        if self.url.lower().startswith("http:") and not self.allow_private:
            raise ValidationError(
                {
                    "url": _(
                        "Use https or, for a server on this machine or network, also select “allow private addresses”."
                    )
                }
            )

    def set_secret(self, secret: str) -> Self:
        """Seal and store the secret for the present address; "" erases it. The row must have been saved before."""
        secret = secret.strip()
        validate_key(secret.removeprefix("Bearer "))
        self.sealed_secret = vault.seal(secret, self._context()) if secret else ""
        self.secret_hint = secret[-4:] if len(secret) >= 16 else ""
        super().save(update_fields=["sealed_secret", "secret_hint"])
        return self

    def set_values(self, headers: dict[str, str] | None = None, environment: dict[str, str] | None = None) -> None:
        """Seal and store headers or an environment instead of those before; sealed.KEPT stands for a value that stays."""
        if headers is not None:
            before = sealed.unseal(self.sealed_headers, self._context("sealed_headers"))
            kept = _with_kept(headers, before)
            self.sealed_headers, self.header_names = sealed.seal(kept, self._context("sealed_headers")), sorted(kept)
        if environment is not None:
            before = sealed.unseal(self.sealed_environment, self._context("sealed_environment"))
            kept = _with_kept(environment, before)
            self.sealed_environment = sealed.seal(kept, self._context("sealed_environment"))
            self.variable_names = sorted(kept)
        super().save(update_fields=["sealed_headers", "header_names", "sealed_environment", "variable_names"])

    def server(self) -> Server:
        """The server for the client, with its secrets decrypted. Raises vault.VaultError."""
        secret = vault.unseal(self.sealed_secret, self._context()) if self.sealed_secret else ""
        is_bearer = self.header.lower() == "authorization" and " " not in secret
        in_header = secret and self.header and SECRET_PLACE not in self.url
        headers = {self.header: f"Bearer {secret}" if is_bearer else secret} if in_header else {}
        headers |= sealed.unseal(self.sealed_headers, self._context("sealed_headers"))
        return Server(
            id=self.pk,
            slug=self.slug,
            name=self.name,
            url=self.url.replace(SECRET_PLACE, quote(secret, safe="")),
            address=self.url,
            headers=headers,
            command=tuple(self.command) if settings.MCP_STDIO else (),
            environment=sealed.unseal(self.sealed_environment, self._context("sealed_environment")),
            transport=self.also_found.get("transport", ""),
            allow_private=self.allow_private,
            proxies=settings.PROXIES,
            timeout_seconds=float(self.timeout_seconds),
        )

    def changed_tools(self) -> list[str]:
        """The names of those of its tools that are not what they were when their rules were made."""
        tools = {tool.name: tool for tool in self.tools()}
        rules = ToolPolicy.objects.filter(tool__in=tools).order_by("tool")
        return [rule.tool for rule in rules if not rule.holds_for(tools[rule.tool])]

    def tools_off(self) -> int:
        """How many of its tools are not offered to models."""
        return ToolPolicy.objects.filter(tool__in=[tool.name for tool in self.tools()], is_on=False).count()

    def server_or_none(self) -> Server | None:
        """The server for the client; None if its secret cannot be decrypted."""
        try:
            return self.server()
        except vault.VaultError:
            return None

    def tools(self) -> list[Tool]:
        """The tools that it offered last; none if its secret cannot be decrypted."""
        server = self.server_or_none()
        if server is None:
            return []
        return tools_of(server, msgspec.convert(self.found, list[Offered]), self.also_found.get("instructions", ""))

    def note_found(self, catalog: Catalog) -> None:
        """Store what it offers, each tool with a policy that asks first."""
        self.also_found = msgspec.to_builtins(catalog)
        self.found, self.problem, self.asked_at = self.also_found.pop("tools"), "", timezone.now()
        super().save(update_fields=["found", "also_found", "problem", "asked_at"])
        for tool in self.tools():
            rules = {
                "is_on": tool.is_on,
                "for_owners": tool.policy,
                "for_editors": tool.policy,
                "approved": tool.source,
            }
            ToolPolicy.objects.get_or_create(tool=tool.name, defaults=rules)

    def note_problem(self, problem: str) -> None:
        """Store why it could not be asked; the tools that it offered before stay."""
        self.problem, self.asked_at = problem[:500], timezone.now()
        super().save(update_fields=["problem", "asked_at"])

    def _context(self, field: str = "sealed_secret") -> str:
        where = msgspec.json.encode(self.command).decode() if field == "sealed_environment" else self.url
        return f"chat_mcpserver:{self.pk}:{field}:{where}"


def _with_kept(values: dict[str, str], before: dict[str, str]) -> dict[str, str]:
    """The values, with those from before where they are to stay; what is not there any more is left out."""
    chosen = {name: before.get(name, "") if value == sealed.KEPT else value for name, value in values.items()}
    return {name: value for name, value in chosen.items() if value}
