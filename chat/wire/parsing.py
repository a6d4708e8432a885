"""A frame's text becomes a command, or the error that says what is wrong with it."""

import json
import re
from typing import Union

import msgspec

from chat.text import clean
from chat.wire import previous
from chat.wire.commands import COMMANDS, Command
from chat.wire.events import PROTOCOL


class BadFrameError(ValueError):
    """A frame that cannot be obeyed: `code` for programs, the message for people, and what the client said it was."""

    def __init__(self, code: str, message: str, *, re: str | None = None, client_id: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.re, self.client_id = code, message, re, client_id


_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Union[tuple(COMMANDS.values())])  # noqa: UP007
_anything = msgspec.json.Decoder()
# An escaped NUL; the backslashes in pairs before it are escaped themselves, and \\u0000 is none.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def parse(text: str, protocol: int = PROTOCOL) -> Command:
    """The command in a frame's `text` of that protocol. Its strings are clean: the database can store them.

    Raises BadFrameError; never anything else, whatever the text is.
    """
    text = text if protocol == PROTOCOL else previous.command(text)
    try:
        return _decoded(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _explain(text, str(error)) from None


def _decoded(text: str) -> Command:
    if "\\u0000" in text:
        text = _NUL.sub(r"\1\\ufffd", text)
    try:
        command: Command = _commands.decode(text)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeEncodeError):
        # A browser writes half a surrogate pair as an escape, which is no text: it becomes U+FFFD, as a NUL does.
        command = _commands.decode(_without_surrogates(text))
    return command


def _without_surrogates(text: str) -> str:
    try:
        return clean(json.dumps(json.loads(text), ensure_ascii=False))
    except ValueError as error:
        raise msgspec.DecodeError(str(error)) from None


def _explain(text: str, why: str) -> BadFrameError:
    try:
        value = _anything.decode(clean(text))
    except (msgspec.DecodeError, RecursionError):
        return BadFrameError("bad_frame", "A frame must be a JSON object.")
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return BadFrameError("bad_frame", 'A frame must be a JSON object with a "type".')
    re, client_id = (
        value[name] if isinstance(value.get(name), str) and len(value[name]) <= 64 else None
        for name in ("re", "client_id")
    )
    if value["type"] not in COMMANDS:
        return BadFrameError("unknown_type", f"There is no command {value['type'][:40]!r}.", re=re, client_id=client_id)
    return BadFrameError("bad_frame", f"{value['type']}: {why[:200]}", re=re, client_id=client_id)
