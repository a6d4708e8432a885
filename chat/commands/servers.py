"""Commands about what MCP servers offer to people: prompts, whose text they go on with, and resources, which they attach."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from typing import Any

from django.utils.translation import gettext as _

from chat import policy
from chat.commands.find import NOT_FOUND, Done, Handlers, conversation_for
from chat.database import in_thread
from chat.models import McpServer, User, storing
from chat.models.refusal import RefusalError
from chat.runs.mcp_sessions import sessions
from chat.tools.mcp.offer import get_prompt, once, read_resource
from chat.tools.mcp.server import Server
from chat.tools.tool import Result, ToolError
from chat.upstreams.given import GivenFile
from chat.vault import VaultError
from chat.wire.commands import ServerPrompt, ServerResource

Verb = Callable[[Any], Awaitable[Result]]


async def _prompt(user: User, command: ServerPrompt) -> Done:
    def find() -> Server:
        row = _row(user, command)
        if not any(each.name == command.name for each in row.catalog.prompts):
            raise RefusalError(**NOT_FOUND)
        return _server(row)

    server = await in_thread(find)
    result = await _asked(server, command, lambda client: get_prompt(server, client, command.name, command.values))
    return await in_thread(_given, user, result.text, result.files)


async def _resource(user: User, command: ServerResource) -> Done:
    def find() -> tuple[Server, str]:
        row = _row(user, command)
        # Only what it lists: another address may lead to what nobody has offered.
        title = next((each.title for each in row.catalog.resources if each.uri == command.uri), None)
        if title is None:
            raise RefusalError(**NOT_FOUND)
        return _server(row), title

    server, title = await in_thread(find)
    result = await _asked(server, command, lambda client: read_resource(server, client, command.uri))
    named = [file if file.name else GivenFile(file.data, file.media_type, title) for file in result.files]
    if result.text:
        name = title if "." in title else f"{title}.txt"
        named.insert(0, GivenFile(result.text.encode(), "text/plain", name))
    return await in_thread(_given, user, "", named)


def _row(user: User, command: ServerPrompt | ServerResource) -> McpServer:
    if command.conversation is not None:
        conversation_for(user, command.conversation, policy.WRITE)
    row = McpServer.objects.filter(slug=command.server, is_enabled=True).first()
    if row is None:
        raise RefusalError(**NOT_FOUND)
    return row


def _server(row: McpServer) -> Server:
    try:
        return row.server()
    except VaultError as error:
        raise RefusalError("server_failed", str(error)) from None


async def _asked(server: Server, command: ServerPrompt | ServerResource, verb: Verb) -> Result:
    """What the server says, in the conversation's session with it if there is a conversation."""
    try:
        if command.conversation is None:
            return await once(server, verb)
        return await sessions().ask(server, str(command.conversation), verb, may_repeat=True)
    except ToolError as error:
        raise RefusalError("server_failed", str(error)) from None


def _given(user: User, text: str, files: Any) -> Done:
    """The event with the text, and with each file as an unused attachment of this person."""
    parts, notes = [], []
    for file in files:
        try:
            with tempfile.TemporaryFile() as stored:
                stored.write(file.data)
                stored.seek(0)
                attachment, note = storing.store(user, file.name or _("file"), stored, len(file.data))
        except storing.NotStoredError as error:
            notes.append(str(error))
        else:
            parts.append(attachment.as_part())
            notes += [note] if note else []
    return Done("server.given", {"text": text, "attachments": parts, "notes": notes})


COMMANDS: Handlers = {ServerPrompt: _prompt, ServerResource: _resource}
