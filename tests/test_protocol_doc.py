"""docs/protocol.md describes every frame, field and code of the server, and a client written from it alone works."""

from __future__ import annotations

import ast
import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from channels.testing import WebsocketCommunicator
from django.test import Client as Browser

from chat import runs, wire
from chat.database import in_thread
from chat.models import Message, User
from chat.upstreams.errors import UpstreamError
from chat.wire import previous
from tests.environment import set_upstream
from tests.fake_upstream import FakeUpstream, full_text

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "protocol.md").read_text()


def section(title: str) -> str:
    """The text under that heading, up to the next one of the same level."""
    found = re.search(rf"^## {title}$\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def frames_of(title: str) -> dict[str, list[str]]:
    """Each frame under that heading, and the fields of its table."""
    chunks = re.split(r"^### `([a-z.]+)`$", section(title), flags=re.MULTILINE)[1:]
    return {
        name: re.findall(r"^\| `([a-z_]+\??)` \|", text, re.MULTILINE)
        for name, text in zip(chunks[::2], chunks[1::2], strict=True)
    }


def test_every_command_is_told_with_its_fields() -> None:
    told = frames_of("Commands")
    known = {name: [field for field in fields if field != "re?"] for name, fields in wire.fields()["commands"].items()}
    assert list(told) == list(known)
    assert {name: sorted(fields) for name, fields in told.items()} == {n: sorted(f) for n, f in known.items()}


def test_every_event_is_told_with_its_fields() -> None:
    told = frames_of("Events")
    assert told == wire.fields()["events"]


def test_every_renaming_since_the_previous_version_is_told() -> None:
    known = set()
    for before, (name, renamed) in previous.COMMANDS.items():
        known |= {(f"command `{name}`", f"field `{new}`", f"field `{old}`") for old, new in renamed.items()}
        known |= {(f"command `{name}`", "", f"`{before}`")} if before != name else set()
    for name, (before, renamed) in previous.EVENTS.items():
        inner = {new: ".".join([*new.split(".")[:-1], old]) for new, old in renamed.items()}
        known |= {(f"event `{name}`", f"field `{new}`", f"field `{old}`") for new, old in inner.items()}
        known |= {(f"event `{name}`", "", f"`{before}`")} if before != name else set()
    rows = re.findall(
        r"^\| ((?:command|event) `[^|]*) \| ([^|]*?) ?\| ([^|]*) \|$", section("The previous version"), re.MULTILINE
    )
    assert {tuple(cell.strip() for cell in row) for row in rows} == known
    assert f"`protocol={wire.PREVIOUS}`" in section("The previous version")


def test_every_close_code_is_told() -> None:
    codes = {int(code) for code in wire.Close}
    assert {int(code) for code in re.findall(r"^\| (\d{4}) \|", PAGE, re.MULTILINE)} == codes


def test_every_error_code_is_told() -> None:
    told = set(re.findall(r"^\| `([a-z_]+)` \|", PAGE[PAGE.index("### Error codes") :], re.MULTILINE))
    assert told == set(error_codes())


def error_codes() -> Iterator[str]:
    """Every error code in the source."""
    rooms = [ROOT / "chat", *(ROOT / "chat" / name for name in ("models", "commands", "wire", "sockets"))]
    for path in (path for room in rooms for path in room.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                first = node.args[0] if node.args else None
                if name in ("RefusalError", "BadFrameError") and isinstance(first, ast.Constant):
                    yield str(first.value)
                for keyword in node.keywords:
                    if name == "send" and keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                        yield str(keyword.value.value)
    yield "not_found"  # in a dict that all commands share


def test_every_example_is_a_frame() -> None:
    examples = re.findall(r'^(?:[→←] )?(\{"type":.*\})$', PAGE, re.MULTILINE)
    assert len(examples) > 8
    for text in examples:
        frame = json.loads(text.replace("6b9f…", str(uuid.uuid4())))
        fields = wire.fields()["commands" if "→ " + text in PAGE else "events"][frame.pop("type")]
        assert set(frame) <= {field.rstrip("?") for field in fields}
        assert {field for field in fields if not field.endswith("?")} <= set(frame)


def test_upstream_errors_have_a_code_each() -> None:
    def below(kind: type[UpstreamError]) -> Iterator[type[UpstreamError]]:
        for child in kind.__subclasses__():
            yield from (child, *below(child))

    assert all(re.fullmatch(r"[a-z_]+", kind.code) for kind in below(UpstreamError))


# --- A client written from the document alone: nothing below uses the server's code ---


class Client:
    """Signs in with a form, opens the socket, folds runs. `drop_every` drops the connection after that many events."""

    def __init__(self, name: str, password: str) -> None:
        self._name, self._password = name, password
        self._arrived = 0
        self.runs: dict[int, dict[str, Any]] = {}

    def sign_in(self) -> str:
        """The session cookie."""
        browser = Browser(enforce_csrf_checks=True)
        browser.get("/account/login/")
        token = browser.cookies["parley-csrf"].value
        form = {"login": self._name, "password": self._password, "csrfmiddlewaretoken": token}
        assert browser.post("/account/login/", form, headers={"origin": "http://testserver"}).status_code == 302
        return browser.cookies["parley"].value

    async def open(self, cookie: str, origin: bytes | None = b"http://testserver") -> bool:
        from chatsite.asgi import application

        headers = [(b"host", b"testserver"), (b"cookie", f"parley={cookie}".encode())]
        headers += [(b"origin", origin)] if origin else []
        self._socket = WebsocketCommunicator(application, "/ws/?protocol=2", headers=headers)
        self._arrived = 0
        return bool((await self._socket.connect())[0])

    async def close(self) -> None:
        await self._socket.disconnect()

    async def send(self, **frame: Any) -> None:
        await self._socket.send_to(text_data=json.dumps(frame))

    async def receive(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self._socket.receive_from(5))
        self._arrived += 1
        if self._arrived % 16 == 0:
            await self.send(type="ack", frames=self._arrived)
        return frame

    async def ask(self, **frame: Any) -> dict[str, Any]:
        await self.send(re="mine", **frame)
        while (answer := await self.receive()).get("re") != "mine":
            pass
        return answer

    async def read(self, run: int, *, drop_every: int = 0, cookie: str = "") -> dict[str, Any]:
        """Watch a run to its end; returns its state."""
        mine = self.runs.setdefault(run, {"seq": 0, "state": {"parts": [], "run": {}}, "done": False})
        await self.send(type="run.watch", run=run, after=mine["seq"])
        while not mine["done"]:
            if drop_every and self._arrived >= drop_every:
                await self.close()
                await self.open(cookie)
                await self.send(type="run.watch", run=run, after=mine["seq"])
            frame = await self.receive()
            if frame["type"] == "run.patch" and frame["run"] == run:
                await self._take(mine, frame)
        state: dict[str, Any] = mine["state"]
        return state

    async def _take(self, mine: dict[str, Any], frame: dict[str, Any]) -> None:
        if frame["after"] not in (0, mine["seq"]):
            return await self.send(type="run.watch", run=frame["run"], after=mine["seq"])
        if frame["after"] == 0:
            mine["state"] = {"parts": [], "run": {}}
        for kind, *change in frame["changes"]:
            self._apply(mine["state"], kind, change)
        mine["seq"], mine["done"] = frame["seq"], frame.get("done", False)

    def _apply(self, state: dict[str, Any], kind: str, change: list[Any]) -> None:
        if kind == "run":
            state["run"].update(change[0])
            return
        index, value = change
        if kind == "add":
            assert index == len(state["parts"])
            state["parts"].append(value)
        elif kind == "set":
            state["parts"][index].update(value)
        elif kind == "text":
            part = state["parts"][index]
            part["arguments" if part["type"] == "tool_call" else "text"] += value


@pytest.fixture
def upstream(settings: Any) -> Iterator[FakeUpstream]:
    with FakeUpstream() as fake:
        set_upstream(settings, "openai", base_url=fake.url, models=("text-n200-k5-r400", "text-n60-x20"))
        yield fake


@pytest_asyncio.fixture
async def client(alice: User) -> AsyncIterator[Client]:
    yield Client("alice", "a long enough phrase")
    await runs.this_process().drain(0)


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("drop_every", [0, 3])
async def test_a_client_written_from_the_page_posts_and_reads_an_answer(
    drop_every: int, upstream: FakeUpstream, client: Client
) -> None:
    cookie = await in_thread(client.sign_in)
    assert await client.open(cookie)
    welcome = await client.receive()
    assert (welcome["type"], welcome["protocol"], welcome["user"]["name"]) == ("welcome", wire.PROTOCOL, "alice")
    default = (await client.ask(type="model.list"))["default"]
    post = {"type": "message.post", "client_id": "from-the-page-1", "text": "Tell me a story", **default}
    posted = await client.ask(**post)
    state = await client.read(posted["run"], drop_every=drop_every, cookie=cookie)

    assert "".join(part["text"] for part in state["parts"] if part["type"] == "text") == full_text(200)
    assert (state["run"]["status"], state["run"]["finish_reason"]) == ("done", "stop")
    assert (await in_thread(Message.objects.get, pk=posted["answer"])).parts == state["parts"]
    told = set(re.findall(r"[a-z_]+", section("Folding a run")))
    assert set(state["run"]) <= told, "fields of the run that the page does not tell"
    again = await client.ask(**post)
    assert {**again, "re": ""} == {**posted, "re": ""}
    await client.send(type="conversation.watch", conversation=posted["conversation"], after=0)
    while (patch := await client.receive())["type"] != "conversation.patch":
        pass
    assert [message["id"] for message in patch["messages"]] == [posted["message"], posted["answer"]]
    assert patch["messages"][1]["parts"] == state["parts"]
    told = set(re.findall(r"^\| ([a-z_, ]+) \|", section("Values"), re.MULTILINE))
    assert set(patch["messages"][1]) == {key.strip() for keys in told for key in keys.split(",")} - {"key", "type"}
    await client.close()


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "origin",
    [None, b"null", b"http://elsewhere", b"http://testserver:81", b"http://sub.testserver", b"https://testserver"],
)
async def test_a_handshake_from_elsewhere_is_refused(origin: bytes | None, client: Client) -> None:
    cookie = await in_thread(client.sign_in)
    assert await client.open(cookie)
    await client.close()
    assert not await client.open(cookie, origin)
    await asyncio.sleep(0)
