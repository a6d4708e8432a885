"""The error of a run in the reader's language: it is stored once and read by many. Twin: static/js/words/run_error.js."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.text import phrase, span

# Said by earlier versions and stored with their runs: without these, the reworded sentences would have no translation.
EARLIER = (
    phrase("The upstream {name} is not configured any more. Choose another model."),
    phrase("{name} packs its answer in a way that nobody asked for. Tell an administrator."),
    phrase("Cannot reach {name}: the proxy {proxy} wants a user name and a password. Tell an administrator."),
    phrase("Stopped: the arguments of a tool call came to no end."),
    phrase("Stopped: the model called tools {times} times without coming to an end."),
    phrase("The answer was cut off too often. What came so far is kept; you can continue it."),
    phrase("The server stopped in the middle of this answer. What came so far is kept; you can continue it."),
    phrase("This model does not take the temperature of this conversation. Change it, or leave it to the model."),
    phrase("This model does not take the length limit of this conversation. Change it, or leave it to the model."),
    phrase("This model does not take the reasoning effort of this conversation. Change it, or leave it to the model."),
    phrase("This model does not take the system prompt of this conversation. Change it, or leave it to the model."),
    phrase("{model} does not take pictures. Choose another model, or remove the picture."),
    phrase("{name} answered with nothing. Try again, or choose another model."),
    phrase("{name} does not stop answering: cut after {millions} million characters."),
    phrase("{name} ended its answer with an error. What came so far is kept."),
    phrase("{name} ended its answer without a word. Try again, or choose another model."),
    phrase("{name} says that its quota is used up. Tell an administrator."),
    phrase("{status} from {name}: it failed. Try again in a while."),
)


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
