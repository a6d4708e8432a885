"""Every preset against an imitation of its server: the request is as it wants it, and its answer is read."""

import json
from contextlib import aclosing
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from chat.catalogue.presets import PRESETS, preset_at
from chat.transcript import Writer, empty_state, fold
from chat.upstreams import FORMATS, client, taught
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.events import Event
from chat.upstreams.lessons import Learning
from chat.upstreams.parts import TextPart, ToolResultPart, Turn, from_json
from chat.upstreams.request import Options, Request, ToolSpec
from chat.upstreams.warm import Connections
from tests.upstreams.decode import total
from tests.upstreams.imitations import IMITATIONS, Imitation, events_of
from tests.upstreams.raw_server import Peer, RawServer

CLOCK = ToolSpec("clock", "Tells the time.", {"type": "object"})
EVERYTHING = Options(system="Be brief.", temperature=0.5, max_tokens=300, reasoning_effort="low")
# What a server of this kind refuses for some of its models only, so that no preset can know it.
LEARNED = {"xai": {"effort": "none"}}
# Two questions in a row: the answer between them failed.
QUESTIONS = [Turn("user", (TextPart("Hello?"),)), Turn("assistant", ()), Turn("user", (TextPart("What time is it?"),))]

every_preset = pytest.mark.parametrize("slug", IMITATIONS)


class Server:
    """Plays an imitation; `asked` are the bodies of the requests it has taken, `refused` of those it has not."""

    def __init__(self, imitation: Imitation) -> None:
        self.asked: list[dict[str, Any]] = []
        self.refused: list[Any] = []
        self._imitation = imitation

    async def answer(self, peer: Peer) -> None:
        head, _, body = (await peer.request()).partition(b"\r\n\r\n")
        method, target, _ = head.decode().split(" ", 2)
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.decode().split("\r\n")[1:])
        }  # fmt: skip
        status, kind, said = self._respond(method, urlsplit(target).path, headers, json.loads(body) if body else {})
        await peer.send(
            f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(said)}\r\nconnection: close\r\n\r\n".encode()
            + said
        )

    def _respond(self, method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, str, bytes]:
        it, kind = self._imitation, "application/json"
        name, value = it.key
        if headers.get(name) != value:
            return 401, kind, b'{"error": {"message": "no key"}}'
        if method == "GET":
            status = it.lists if isinstance(it.lists, int) else 200
            return status, kind, json.dumps({} if status != 200 else it.lists).encode()
        if path != it.path:
            return 404, kind, b'{"detail": "Not Found"}'
        for refuse in it.refuse:
            if refusal := refuse(body):
                self.refused.append(refusal)
                return refusal[0], kind, json.dumps(refusal[1]).encode()
        self.asked.append(body)
        has_result = "noon, said the clock" in json.dumps(body["messages"])
        answers = it.calls if body.get("tools") and not has_result else it.answers
        return 200, "text/event-stream", events_of(answers, it.has_done)


def endpoint_of(slug: str, server: RawServer) -> Endpoint:
    preset = PRESETS[slug]
    base_url = server.url + urlsplit(preset.base_url).path
    about = {"format": preset.format, "base_url": base_url, "traits": preset.traits}
    return Endpoint(slug=slug, name=preset.name, key="KEY", allow_private=True, max_attempts=1, **about)  # type: ignore[arg-type]


def encode(it: Endpoint, model: str, turns: list[Turn], tools: Any) -> Request:
    return FORMATS[it.format].encode(it, model, turns, tools, EVERYTHING)


async def ask(learning: Learning, model: str, turns: list[Turn], tools: Any = (CLOCK,)) -> list[Event]:
    question = partial(encode, model=model, turns=turns, tools=tools)
    found: list[Event] = []
    async with aclosing(taught.stream(learning, question, connections=Connections(max_idle=0))) as batches:
        async for batch in batches:
            found += batch
    return found


def test_every_preset_is_imitated() -> None:
    assert set(IMITATIONS) == set(PRESETS)
    assert all(imitation.source for imitation in IMITATIONS.values())


@pytest.mark.asyncio
@every_preset
async def test_a_question_with_everything_set_is_answered(slug: str) -> None:
    imitation = IMITATIONS[slug]
    played = Server(imitation)
    async with RawServer(played.answer) as server:
        it = endpoint_of(slug, server)
        learning = Learning(it, imitation.model)
        result = total(await ask(learning, imitation.model, QUESTIONS, ()))
        listed = await client.list_models(it)
    assert (result.text, result.reasoning) == ("It is noon.", imitation.reasoning)
    assert (result.usage.input_tokens, result.usage.output_tokens) == imitation.usage
    assert [finish.reason for finish in result.finish] == ["stop"]
    assert {lesson.trait: lesson.value for lesson in learning.settle()} == LEARNED.get(slug, {})
    assert len(played.refused) == len(LEARNED.get(slug, {})), played.refused
    assert listed == ([imitation.model] if not isinstance(imitation.lists, int) else [])


@pytest.mark.asyncio
@every_preset
async def test_a_tool_round_goes_back_as_its_server_wants_it(slug: str) -> None:
    imitation = IMITATIONS[slug]
    if not imitation.calls:
        assert not endpoint_of(slug, RawServer(Server(imitation).answer)).traits_of(imitation.model).tools
        return
    played = Server(imitation)
    async with RawServer(played.answer) as server:
        learning = Learning(endpoint_of(slug, server), imitation.model)
        writer, state = Writer(), empty_state()
        for event in await ask(learning, imitation.model, QUESTIONS):
            fold(state, writer.apply(event))
        parts = from_json(state["parts"])
        [call] = [part for part in parts if part.__class__.__name__ == "ToolCallPart"]
        assert msgspec.json.decode(call.arguments) == {"zone": "UTC"}  # type: ignore[union-attr]
        parts.append(ToolResultPart(call.id, "clock", "noon, said the clock"))  # type: ignore[union-attr]
        answer = Turn("assistant", tuple(parts), author=learning.endpoint.author(imitation.model))
        result = total(await ask(learning, imitation.model, [*QUESTIONS, answer]))
    assert result.text == "It is noon."
    assert len(played.refused) == len(LEARNED.get(slug, {})), played.refused


@pytest.mark.parametrize(
    ("address", "slug", "leads_to"),
    [
        ("https://generativelanguage.googleapis.com", "gemini", "/v1beta/openai"), ("https://openrouter.ai", "openrouter", "/api/v1"),
        ("https://api.groq.com/", "groq", "/openai/v1"), ("https://me.openai.azure.com", "azure", "/openai/v1"),
        ("https://api.z.ai", "zai", "/api/paas/v4"), ("https://api.moonshot.cn/v1", "moonshot", "/v1"),
        ("https://me.openai.azure.com/openai/deployments/d", "azure", "/openai/deployments/d"),
    ],
)  # fmt: skip
def test_the_address_alone_says_the_provider_and_where_its_api_is(address: str, slug: str, leads_to: str) -> None:
    preset = preset_at(address, "openai")
    assert preset is not None
    assert preset.slug == slug
    it = Endpoint(slug="x", name="X", format="openai", base_url=address, traits=preset.traits)
    assert urlsplit(it.url("/chat/completions")).path == f"{leads_to}/chat/completions"
