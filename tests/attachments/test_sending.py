"""Sending files to a model: pictures if it accepts them, text otherwise, and the same bytes in every later turn."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from chat import commands, runs, wire
from chat.attachments import files
from chat.database import in_thread
from chat.models import Attachment, Run, User, storing
from chat.models.post import Asked, Post, Posted
from chat.runs.pictures import newest
from chat.upstreams.families import takes_images
from tests.cast import send
from tests.core.scene import ended, process, run_row, use
from tests.environment import set_upstream
from tests.fake_upstream import FakeUpstream
from tests.files import document, picture

pytestmark = [pytest.mark.django_db(transaction=True)]
SEES, BLIND = "gpt-4o", "text-n5"


@pytest.fixture
def upstream(settings: Any) -> Iterator[FakeUpstream]:
    with FakeUpstream() as fake:
        use(settings, fake)
        for slug in ("openai", "anthropic"):
            set_upstream(settings, slug, models=(SEES, BLIND))
        yield fake


def kept(user: User, name: str, data: bytes) -> Attachment:
    """An unused attachment of `user`'s."""
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return storing.store(user, name, file, len(data))[0]


def asked(user: User, process: str, model: str, upstream: str, data: dict[str, bytes], **where: Any) -> Run:
    """A question with these files, and the run for its answer."""
    rows = [kept(user, name, content).as_part() for name, content in data.items()]
    post = Post(user, uuid.uuid4().hex, "Look.", Asked(upstream, model), rows)
    posted = send(post, process=process, **where)
    assert isinstance(posted, Posted)
    return run_row(posted.run.pk)


@pytest.mark.asyncio
@pytest.mark.parametrize("format", ["openai", "anthropic"])
async def test_a_model_that_sees_gets_the_picture_and_every_model_the_text(
    format: str, upstream: FakeUpstream, alice: User
) -> None:
    given = {"photo.png": picture(), "report.pdf": document("Profit is up"), "notes.txt": b"Call Bob."}
    async with process() as running:
        for model in (SEES, BLIND):
            run = await in_thread(asked, alice, running.process, model, format, given)
            running.start(run)
            assert (await ended(running, run))["run"]["status"] == "done"
    seeing, blind = (json.dumps(request["body"]["messages"]) for request in upstream.log())
    stored = await in_thread(lambda: files.read_all(Attachment.objects.filter(kind="image").earliest("created_at").pk))
    assert base64.b64encode(stored).decode() in seeing
    assert "base64" not in blind
    assert "photo.png: its content is not shown to you" in blind
    for sent in (seeing, blind):
        assert "Profit is up" in sent
        assert "Call Bob." in sent
        assert sent.index("Call Bob.") < sent.index("Look.")


@pytest.mark.asyncio
@pytest.mark.parametrize("format", ["openai", "anthropic"])
async def test_scanned_pages_go_as_pictures_to_a_model_that_sees(
    format: str, upstream: FakeUpstream, alice: User
) -> None:
    mixed = {"mixed.pdf": document("Profit is up", "")}
    async with process() as running:
        for model, given in ((SEES, {"scan.pdf": document("", "")}), (SEES, mixed), (BLIND, mixed)):
            run = await in_thread(asked, alice, running.process, model, format, given)
            running.start(run)
            assert (await ended(running, run))["run"]["status"] == "done"
    scan, seeing, blind = (json.dumps(request["body"]["messages"]) for request in upstream.log())
    stored = await in_thread(lambda: files.read_all(Attachment.objects.earliest("created_at").pk, "page2"))
    assert base64.b64encode(stored).decode() in scan
    assert (scan.count("/9j/"), seeing.count("/9j/"), blind.count("/9j/")) == (2, 1, 0)
    assert "follow as pictures" in scan
    for sent in (seeing, blind):
        assert "Profit is up" in sent
    assert "mixed.pdf, page 2: its content is not shown to you" in blind


@pytest.mark.asyncio
@pytest.mark.parametrize("format", ["openai", "anthropic"])
async def test_the_next_turn_begins_with_the_same_picture(format: str, upstream: FakeUpstream, alice: User) -> None:
    async with process() as running:
        first = await in_thread(asked, alice, running.process, SEES, format, {"a.png": picture()})
        running.start(first)
        await ended(running, first)
        below = {"conversation": first.message.conversation_id, "parent": first.message_id}
        second = await in_thread(
            lambda: asked(alice, running.process, SEES, format, {"b.jpg": picture("JPEG")}, **below)
        )
        running.start(second)
        await ended(running, second)
    earlier, later = (request["body"]["messages"] for request in upstream.log())
    mark = ', "cache_control": {"type": "ephemeral"}'
    before, after = (json.dumps(messages).replace(mark, "") for messages in (earlier, later))
    assert after.startswith(before[:-1])
    assert before.count("base64") < after.count("base64")


def test_a_limited_number_of_pictures_is_sent_and_the_same_ones_for_many_turns() -> None:
    sizes = [(str(number), 10) for number in range(40)]
    begins = [min(map(int, newest(sizes[:count], most_bytes=100))) for count in range(1, 41)]
    assert all(sum(10 for _ in newest(sizes[:count], most_bytes=100)) <= 100 for count in range(1, 41))
    assert begins == sorted(begins)
    assert len(set(begins)) < 8, "each new begin costs the upstream's cache"
    assert newest([("large", 500)], most_bytes=100) == {"large"}
    assert len(newest(sizes, most=12)) <= 12


async def post(user: User, model: str, attachments: list[uuid.UUID]) -> Any:
    frame = {"type": "message.post", "client_id": uuid.uuid4().hex, "text": "", "upstream": "openai", "model": model}
    command: Any = wire.parse(json.dumps(frame | {"attachments": [str(pk) for pk in attachments]}))
    return await commands.COMMANDS[type(command)](user, command)


@pytest.mark.asyncio
async def test_a_model_that_takes_no_pictures_is_refused_one_before_anything_is_stored(
    upstream: FakeUpstream, alice: User, bob: User
) -> None:
    photo = await in_thread(kept, alice, "photo.png", picture())
    text = await in_thread(kept, alice, "notes.txt", b"Words.")
    with pytest.raises(commands.RefusalError) as refused:
        await post(alice, BLIND, [photo.pk])
    assert (refused.value.code, str(refused.value)) == (
        "no_images", "text-n5 does not accept pictures. Choose another model, or remove the picture.",
    )  # fmt: skip
    assert (await post(alice, BLIND, [text.pk])).frame == "message.posted"
    scan = await in_thread(kept, alice, "scan.pdf", document(""))
    with pytest.raises(commands.RefusalError) as refused:
        await post(alice, BLIND, [scan.pk])
    assert refused.value.code == "no_images"
    assert (await post(alice, BLIND, [(await in_thread(kept, alice, "a.pdf", document("a", ""))).pk])).frame
    done = await post(alice, SEES, [photo.pk])
    assert done.frame == "message.posted"
    # The question cannot be asked again of a model that cannot see the picture.
    retry: Any = wire.parse(json.dumps({"type": "message.retry", "client_id": "client-id-9", "upstream": "openai"}
                                       | {"message": done.fields["answer"], "model": BLIND}))  # fmt: skip
    with pytest.raises(commands.RefusalError) as refused:
        await commands.COMMANDS[type(retry)](alice, retry)
    assert refused.value.code == "no_images"
    with pytest.raises(commands.RefusalError) as refused:
        await post(bob, SEES, [photo.pk])
    assert refused.value.code == "not_found"
    await runs.this_process().drain(0)


@pytest.mark.asyncio
async def test_a_message_has_a_limited_number_of_files(upstream: FakeUpstream, alice: User, settings: Any) -> None:
    settings.MAX_ATTACHMENTS_PER_MESSAGE = 1
    rows = [(await in_thread(kept, alice, f"{number}.txt", b"Words.")).pk for number in range(2)]
    with pytest.raises(commands.RefusalError) as refused:
        await post(alice, BLIND, rows)
    assert refused.value.code == "too_many_files"
    assert (await post(alice, BLIND, rows[:1])).frame == "message.posted"
    await runs.this_process().drain(0)


@pytest.mark.parametrize(
    "model",
    [
        "gpt-4o", "gpt-4.1-mini", "gpt-5", "chatgpt-4o-latest", "o3", "o4-mini", "claude-sonnet-4-5", "claude-3-haiku-20240307",
        "gemini-2.5-flash", "openai/gpt-4o:extended", "llava:13b", "gemma3:12b", "qwen2.5vl:7b", "qwen3-vl-235b", "pixtral-12b",
        "llama3.2-vision:11b", "meta-llama/llama-4-scout", "mistral-small3.1", "grok-4", "minicpm-v", "glm-4.5v", "moondream",
    ],
)  # fmt: skip
def test_models_that_see_are_known_by_their_names(model: str) -> None:
    assert takes_images(model)
    assert not takes_images(model, "none")


@pytest.mark.parametrize(
    "model",
    [
        "gpt-3.5-turbo", "gpt-4", "o1-mini", "o3-mini", "claude-2.1", "claude-instant-1.2", "llama3.1:8b", "mistral-large", "qwen3:8b",
        "deepseek-r1", "gemma2:9b", "gemma3:1b", "phi4", "text-n5", "mixtral-8x7b", "command-r", "gpt-4o-audio-preview", "codestral",
    ],
)  # fmt: skip
def test_models_that_only_read_are_taken_for_that(model: str) -> None:
    assert not takes_images(model)
    assert takes_images(model, "all")
