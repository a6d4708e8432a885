"""Several secret values under names, sealed together: the headers of a server, the environment of a program."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chat import vault

# In a form, stands for a value that is stored and is to stay.
KEPT = "••••••••"
MAX_VALUES = 50
MAX_VALUE_CHARS = 8192
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}\Z")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")


def seal(values: Mapping[str, str], context: str) -> str:
    """The values, encrypted for this context; "" for none."""
    return vault.seal(msgspec.json.encode(dict(values)).decode(), context) if values else ""


def unseal(sealed: str, context: str) -> dict[str, str]:
    """The values. Raises vault.VaultError."""
    return msgspec.json.decode(vault.unseal(sealed, context), type=dict[str, str]) if sealed else {}


def written(names: list[str], between: str) -> str:
    """The names for a form, one on each line, with a sign in place of each value."""
    return "\n".join(f"{name}{between}{KEPT}" for name in names)


def read(text: str, between: str, names: re.Pattern[str]) -> dict[str, str]:
    """The values that somebody wrote, one `name between value` on each line; KEPT for those that are to stay.

    Raises ValidationError, with a message that does not contain a value.
    """
    values: dict[str, str] = {}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for number, line in enumerate(lines, 1):
        name, found, value = (part.strip() for part in line.partition(between.strip()))
        if not found or not names.match(name):
            raise ValidationError(
                _("Line %(number)s is not of the form “name%(between)svalue”."),
                params={"number": number, "between": between},
            )
        is_plain = value == KEPT or (value.isprintable() and (names is VARIABLE or value.isascii()))
        if not value or not is_plain or len(value) > MAX_VALUE_CHARS:
            raise ValidationError(
                _("The value of %(name)s is missing, too long, or cannot be sent."), params={"name": name}
            )
        values[name] = value
    if len(values) > MAX_VALUES:
        raise ValidationError(_("There are too many lines."))
    return values
