"""What the tools of one run may touch: on behalf of the person who asked, and no further than that person may see."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from chat import search
from chat.database import in_thread_at_last
from chat.models import Membership, Run
from chat.policy import attachments_visible_to
from chat.runs.mcp_sessions import sessions
from chat.tools.mcp.server import Server
from chat.tools.tool import FileText, Found, Result, ToolError
from chat.upstreams.proxies import Proxies

# A search looks no further than this for messages of other conversations.
MOST_PAGES = 5


class RunAccess:
    """The Access of a run."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def proxies(self) -> Proxies:
        proxies: Proxies = settings.PROXIES
        return proxies

    def now(self) -> datetime:
        return timezone.now()

    async def search(self, query: str, limit: int) -> list[Found]:
        return await in_thread_at_last(self._search, query, limit)

    async def file(self, name: str, start: int, chars: int) -> FileText:
        return await in_thread_at_last(self._file, name, start, chars)

    async def call_server(self, server: Server, tool: str, arguments: dict[str, Any], *, is_harmless: bool) -> Result:
        conversation = str(self._run.message.conversation_id)
        return await sessions().call(server, conversation, tool, arguments, may_repeat=is_harmless)

    def _search(self, query: str, limit: int) -> list[Found]:
        # Asked anew for each call: what is found is shown in this conversation, so its tools search for its members only.
        present = Membership.objects.filter(
            conversation=self._run.message.conversation_id, user=self._run.requested_by_id, user__is_active=True
        )
        person = self._run.requested_by
        if person is None or not present.exists():
            return []
        # The model has this conversation already, and its last question contains the words of the query.
        this = str(self._run.message.conversation_id)
        messages: list[dict[str, Any]] = []
        for page in range(MOST_PAGES):
            found = search.find(person, query, page)
            messages += [
                each for each in found["items"] if each["message"] is not None and each["conversation"] != this
            ]
            if not found["more"] or len(messages) >= limit:
                break
        return [
            Found(
                conversation=item["conversation"],
                title=item["title"],
                author=item["author"] or item["role"],
                written_at=parse_datetime(item["created_at"]) or timezone.now(),
                excerpt="".join(text for text, _ in item["snippet"]),
            )
            for item in messages[:limit]
        ]

    def _file(self, name: str, start: int, chars: int) -> FileText:
        # Asked anew for each call: a person who has left the conversation sees nothing of it any more.
        files = attachments_visible_to(self._run.requested_by or AnonymousUser()).filter(
            message__conversation=self._run.message.conversation_id
        )
        found = files.filter(name=name).order_by("-created_at").first()
        if found is None:
            names = ", ".join(repr(other) for other in files.values_list("name", flat=True)[:20])
            raise ToolError(f"There is no file {name!r} in this conversation. There are: {names or 'none'}.")
        if not found.text:
            raise ToolError(f"{name!r} has no text that could be read.")
        return FileText(name, found.text[start : start + chars], start, len(found.text))
