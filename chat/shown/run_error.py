"""The error of a run in the reader's language: it is stored once and read by many. Twin: static/js/words/run_error.js."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.text import span


def words_of_error(error: Mapping[str, Any]) -> str:
    """The stored report of an UpstreamError as a text in the active language."""
    sentence = str(error.get("sentence") or error.get("message") or "")
    fields = {
        name: span(value, ngettext) if name == "time" else value for name, value in (error.get("fields") or {}).items()
    }
    # An older report is a whole sentence without fields, in which a brace is only a brace.
    words = [_(sentence).format_map(fields) if fields else _(sentence) if sentence else ""]
    if error.get("wait_seconds"):
        words.append(_("It asks you to wait {time}.").format(time=span(error["wait_seconds"], ngettext)))
    if error.get("said"):
        words.append(_("It said: {words}").format(words=error["said"]))
    return " ".join(words)
