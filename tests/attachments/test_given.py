"""What a model or a tool gives besides text: stored with the answer, refused where it is hostile, sent on, seen by members only."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from chat.attachments import files
from chat.database import in_thread
from chat.models import Attachment, User
from chat.runs import given
from chat.tools import Tool
from chat.tools.tool import Access, Result, tool
from chat.transcript import State
from chat.upstreams.given import MAX_TITLE_CHARS, MAX_URL_CHARS, GivenFile, Source
from tests.attachments.conftest import Browser
from tests.attachments.conftest import post as upload_as
from tests.core.scene import ended, process, run_row, started, use
from tests.environment import set_upstream
from tests.fake_upstream import FakeUpstream
from tests.files import claims_to_be, picture
from tests.upstreams.test_given import sound

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
SEES, BLIND = "gpt-4o", "text-n5"
FORMATS = pytest.mark.parametrize("format", ["openai", "anthropic"])


@pytest.fixture
def upstream(settings: Any) -> Iterator[FakeUpstream]:
    with FakeUpstream() as fake:
        use(settings, fake)
        for slug in ("openai", "anthropic"):
            set_upstream(settings, slug, models=(SEES, BLIND))
        yield fake


class Nothing(msgspec.Struct):
    """No arguments."""


def camera(*files: GivenFile, links: tuple[Source, ...] = ()) -> Tool:
    """A tool that gives these."""

    async def call(arguments: Nothing, access: Access) -> Result:
        return Result("Here you are.", files, links)

    return tool(Nothing, call, name="camera", description="Takes a picture.")


def photographs(upstream: FakeUpstream, model: str) -> str:
    """A model that calls the camera, then says what it sees."""
    step = {"tool": {"id": "call_1", "name": "camera", "arguments": "{}"}, "pieces": 1}
    return upstream.scenario(
        model, attempts=[[step, {"finish": "tool_calls"}], [{"text": "A cat."}, {"finish": "stop"}]]
    )


async def seen_with(upstream: FakeUpstream, user: User, model: str, format: str, tool: Tool) -> tuple[State, int]:
    """The ended answer of a model that has called the tool, and its message."""
    async with process(tools=lambda: {tool.name: tool}) as running:
        run = await started(running, user, photographs(upstream, model), upstream=format)
        return await ended(running, run), run.message_id


def contents_of(state: State) -> list[dict[str, Any]]:
    (result,) = (part for part in state["parts"] if part["type"] == "tool_result")
    contents: list[dict[str, Any]] = result["contents"]
    return contents


@FORMATS
async def test_a_tools_picture_is_stored_and_goes_to_a_model_that_sees(
    format: str, upstream: FakeUpstream, alice: User
) -> None:
    data = picture()
    tool = camera(GivenFile(data, "image/png"), links=(Source("A page", "https://example.org/a"),))
    state, message = await seen_with(upstream, alice, SEES, format, tool)
    first, second = contents_of(state)
    assert (first["type"], first["name"], first["width"], first["height"]) == ("attachment", "picture-1.png", 60, 40)
    assert second == {"type": "source", "title": "A page", "url": "https://example.org/a"}
    row = await in_thread(Attachment.objects.get, pk=first["id"])
    assert (row.message_id, row.uploader_id) == (message, alice.pk)
    stored = base64.b64encode(await in_thread(files.read_all, row.pk)).decode()
    assert stored not in json.dumps(state), "what is journalled refers to it"
    request = json.dumps(upstream.log()[1]["body"]["messages"])
    assert stored in request
    assert "Link A page: https://example.org/a" in request
    assert "not shown to you" not in request


@FORMATS
async def test_a_model_that_does_not_see_is_told_its_name(format: str, upstream: FakeUpstream, alice: User) -> None:
    await seen_with(upstream, alice, BLIND, format, camera(GivenFile(picture(), "image/png", "cat.png")))
    request = json.dumps(upstream.log()[1]["body"]["messages"])
    assert "File cat.png: its content is not shown to you" in request
    assert "base64" not in request


async def test_what_is_hostile_is_refused_and_takes_nothing_with_it(
    upstream: FakeUpstream, alice: User, settings: Any
) -> None:
    settings.MAX_ATTACHMENT_BYTES = 200_000
    tool = camera(
        GivenFile(claims_to_be(60_000, 60_000), "image/png", "bomb.png"),
        GivenFile(picture()[:40], "image/png", "half.png"),
        GivenFile(bytes(200_001), "image/png", "large.png"),
        GivenFile(b"\x00\x01\x02\xff" * 100, "application/zip", "../../etc/archive.zip"),
        GivenFile(picture(), "text/html", "fine.png"),
    )
    state, message = await seen_with(upstream, alice, SEES, "openai", tool)
    problems = [(part["name"], part.get("problem", "")) for part in contents_of(state)]
    assert problems == [
        ("bomb.png", "too_many_pixels"),
        ("half.png", "broken_image"),
        ("large.png", "too_large"),
        ("archive.zip", "unknown_kind"),
        ("fine.png", ""),
    ]
    assert state["run"]["status"] == "done"
    assert await in_thread(Attachment.objects.filter(message=message).count) == 1


async def test_an_answer_keeps_a_bounded_number_of_files_and_no_more_than_the_asker_may_store(
    upstream: FakeUpstream, alice: User, settings: Any
) -> None:
    _, message = await seen_with(upstream, alice, SEES, "openai", camera(GivenFile(picture(), "image/png")))
    run = await in_thread(run_row, await in_thread(lambda: Attachment.objects.get(message=message).message.run_id))
    rows = [Attachment(message_id=message, name="a", kind="image", size_bytes=1) for _ in range(given.MAX_FILES - 2)]
    await in_thread(Attachment.objects.bulk_create, rows)
    two = await given.file_parts(run, [GivenFile(picture())] * 2)
    assert [part.get("problem", "") for part in two] == ["", "too_many"]
    settings.MAX_ATTACHMENT_BYTES_PER_DAY = 1
    await in_thread(lambda: Attachment.objects.filter(message=message).exclude(uploader=alice).delete())
    (refused,) = await given.file_parts(run, [GivenFile(picture())])
    assert refused["problem"] == "day_full"


async def test_only_members_see_what_a_tool_gave(
    upstream: FakeUpstream, alice: User, charlie: User, browser_of: Browser
) -> None:
    state, _ = await seen_with(upstream, alice, SEES, "openai", camera(GivenFile(picture(), "image/png")))
    address = f"/files/{contents_of(state)[0]['id']}/"
    assert (await in_thread(lambda: browser_of(alice).get(address).status_code)) == 200
    assert (await in_thread(lambda: browser_of(charlie).get(address).status_code)) == 404


async def test_a_link_is_bounded() -> None:
    source = Source.of("A\n\ntitle " + "x" * 1000, "https://example.org/" + "y" * MAX_URL_CHARS)
    assert (source.title[:8], len(source.title), source.url) == ("A title ", MAX_TITLE_CHARS, "")
    assert Source.of("", "https://example.org/\na").title == "https://example.org/a"


def draws(upstream: FakeUpstream, format: str, model: str = SEES) -> str:
    """A model that says something, draws, and says more."""
    data = base64.b64encode(picture()).decode()
    if format == "openai":
        image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
        drawing = [{"choices": [{"index": 0, "delta": {"images": [image]}}]}]
    else:
        source = {"type": "base64", "media_type": "image/png", "data": data}
        block = {"type": "content_block_start", "index": 1, "content_block": {"type": "image", "source": source}}
        drawing = [block, {"type": "content_block_stop", "index": 1}]
    steps = [{"text": "Here: "}, {"events": drawing}, {"text": "Nice."}, {"finish": "stop"}]
    return upstream.scenario(model, steps)


@FORMATS
async def test_a_picture_that_a_model_drew_takes_its_place_in_the_text_and_goes_on_with_it(
    format: str, upstream: FakeUpstream, alice: User
) -> None:
    async with process() as running:
        first = await started(running, alice, draws(upstream, format), upstream=format)
        state = await ended(running, first)
        below = {"conversation": first.message.conversation_id, "parent": first.message_id}
        for model in (SEES, BLIND):
            run = await started(running, alice, model, upstream=format, **below)
            await ended(running, run)
    assert [part["type"] for part in state["parts"]] == ["text", "attachment", "text"]
    assert [part.get("text") for part in state["parts"]] == ["Here: ", None, "Nice."]
    drawn = state["parts"][1]
    assert (drawn["name"], drawn["width"], drawn["height"]) == ("picture-1.png", 60, 40)
    stored = base64.b64encode(await in_thread(files.read_all, UUID(drawn["id"]))).decode()
    seeing, blind = (json.dumps(request["body"]["messages"]) for request in upstream.log()[1:3])
    assert stored in seeing
    assert "Your file picture-1.png: it is in the next message" in seeing
    assert "base64" not in blind
    assert "Your file picture-1.png: it is not shown to you" in blind
    assert (await in_thread(run_row, first.pk)).message.parts == state["parts"]


async def test_a_picture_that_cannot_be_read_leaves_a_note_and_all_of_the_text(
    upstream: FakeUpstream, alice: User
) -> None:
    model = upstream.scenario(
        BLIND, [{"texts": ["Here: ![cat](data:image/png;base64,", "AAAA", ") it is."]}, {"finish": "stop"}]
    )
    async with process() as running:
        state = await ended(running, await started(running, alice, model))
    refused = {"type": "attachment", "id": "", "name": "cat", "media_type": "image/png", "problem": "broken_image"}
    assert state["parts"] == [{"type": "text", "text": "Here: "}, refused, {"type": "text", "text": " it is."}]
    assert state["run"]["status"] == "done"


@FORMATS
async def test_sound_is_checked_and_played_in_parts_by_members_only(
    format: str, upstream: FakeUpstream, alice: User, charlie: User, browser_of: Browser
) -> None:
    wav = sound(bytes(4000))
    tool = camera(GivenFile(wav, "audio/wav"), GivenFile(wav[:30], "audio/wav"), GivenFile(b"ID3" + wav, "audio/mpeg"))
    state, _ = await seen_with(upstream, alice, SEES, format, tool)
    first, second, third = contents_of(state)
    assert (first["name"], first["kind"], first["media_type"]) == ("audio-1.wav", "audio", "audio/wav")
    assert second["problem"] == "broken_file"
    assert third["media_type"] == "audio/mpeg"
    assert "File audio-1.wav: its content is not shown to you" in json.dumps(upstream.log()[1]["body"]["messages"])

    def asked(user: User, part: str) -> tuple[int, bytes, str]:
        response: Any = browser_of(user).get(f"/files/{first['id']}/", headers={"Range": part})
        body = b"".join(response) if response.status_code in (200, 206) else b""
        return response.status_code, body, response.get("Content-Range", "")

    size = len(wav)
    assert await in_thread(asked, alice, "") == (200, wav, "")
    assert await in_thread(asked, alice, "bytes=0-3") == (206, b"RIFF", f"bytes 0-3/{size}")
    assert await in_thread(asked, alice, "bytes=8-") == (206, wav[8:], f"bytes 8-{size - 1}/{size}")
    assert await in_thread(asked, alice, f"bytes={size}-") == (416, b"", f"bytes */{size}")
    assert (await in_thread(asked, charlie, "bytes=0-3"))[0] == 404


async def test_a_persons_sound_is_not_taken(alice: User, browser_of: Browser) -> None:
    response = await in_thread(lambda: upload_as(browser_of(alice), sound(bytes(100)), "memo.wav"))
    assert (response.status_code, response.json()["code"]) == (422, "unknown_kind")
