"""What went wrong with a server, as a sentence that says what to do.

The package tells its caller of most failures in the same words, so the connection notes here what it saw during a call.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus

from chat.text import clean
from chat.tools.mcp.server import Server
from chat.tools.tool import ToolError

MAX_SAID_CHARS = 300

ADVICE = {
    400: "Check the address, and which version of the protocol the server speaks.",
    402: "Its account may have to be paid.",
    403: "The secret is known but is not permitted to do this.",
    404: "Nothing is at this address. Check its path, which often ends in /mcp or /sse.",
    405: "This address does not take MCP requests. Check its path, which often ends in /mcp or /sse.",
    406: "This address does not take MCP requests. Check its path, which often ends in /mcp or /sse.",
    407: "The proxy on the way requires a username and a password.",
    413: "The request is too large for it.",
    429: "It has had too many requests. Try again later.",
}
NEEDS_KEY = "It requires a secret. Enter its key or token."
WRONG_KEY = "The secret is wrong or has expired. Enter a new one."
NEEDS_OAUTH = (
    "It requires signing in with OAuth, which Parley cannot do. If its provider issues keys or access tokens, enter one as the "
    "secret."
)
ITS_FAULT = "The fault is on its side. Try again later, or ask those who run it."


@dataclass(slots=True)
class Trouble:
    """What the connection saw during one call: an HTTP status with the beginning of its body, or why there was none."""

    status: int = 0
    said: str = ""
    wants_oauth: bool = False
    retry_after: str = ""
    # The server does not know the session (any more), so it has not run the call.
    session_is_gone: bool = False


# Of the call that this code is part of; the package carries it to the task that sends the request.
current: ContextVar[Trouble | None] = ContextVar("current", default=None)


class SessionGoneError(ToolError):
    """The session ended. `was_heard`: the server may have begun the call."""

    def __init__(self, message: str, *, was_heard: bool) -> None:
        super().__init__(message)
        self.was_heard = was_heard


def sentence(server: Server, trouble: Trouble, said: str = "") -> str:
    """What to tell a model or an administrator; `said`: the words of the package, where the connection saw nothing."""
    seen = trouble.said if trouble.status else trouble.said or said
    words = clean(server.scrubbed(" ".join(seen.split())))[:MAX_SAID_CHARS].rstrip(" .:")
    if not trouble.status:
        return f"The MCP server {server.name} cannot be used: {words or 'no reason was given'}."
    try:
        phrase = f"{trouble.status} {HTTPStatus(trouble.status).phrase}"
    except ValueError:
        phrase = str(trouble.status)
    quoted = f" ({words})" if words else ""
    return (
        f"The MCP server {server.name} cannot be used: it answered {phrase}{quoted}. {_advice(server, trouble)}".strip()
    )


def _advice(server: Server, trouble: Trouble) -> str:
    if trouble.status == 401:
        if trouble.wants_oauth and not server.headers:
            return NEEDS_OAUTH
        return WRONG_KEY if server.headers else NEEDS_KEY
    if trouble.status == 429 and trouble.retry_after:
        return f"{ADVICE[429]} It asks for a pause of {trouble.retry_after}."
    return ADVICE.get(trouble.status, ITS_FAULT if trouble.status >= 500 else "")
