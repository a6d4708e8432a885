"""The main path against servers of other projects. Optional: each test needs its server running.

Start them from the root of the project, then run `pytest tests/other_servers`; tests whose server is not running are
skipped.

    AIMOCK=http://127.0.0.1:4010      both formats; npm @copilotkit/aimock 1.43.0
        npx -p @copilotkit/aimock@1.43.0 llmock -p 4010 -f tests/other_servers/aimock.json --chunk-size 9
    LITELLM=http://127.0.0.1:4012     both formats; PyPI litellm[proxy], its mock_response
        litellm --config tests/other_servers/litellm.yaml --host 127.0.0.1 --port 4012
    MOCKLLM=http://127.0.0.1:4011     the OpenAI format; PyPI mockllm 0.0.8
        mockllm start --responses tests/other_servers/mockllm.yml --host 127.0.0.1 --port 4011

The variables override these default addresses.
"""

import os
import socket
from contextlib import aclosing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from chat.upstreams import FORMATS, client
from chat.upstreams.check import check
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.errors import UpstreamError
from chat.upstreams.events import Event
from chat.upstreams.parts import TextPart, Turn
from tests.upstreams.decode import Result, total

pytestmark = [pytest.mark.thirdparty, pytest.mark.asyncio]

TIDES = "Tides rise and fall, twice a day, mostly."
FIXTURES: list[dict[str, Any]] = msgspec.json.decode((Path(__file__).parent / "aimock.json").read_bytes())["fixtures"]
SERVERS = {"AIMOCK": "http://127.0.0.1:4010", "MOCKLLM": "http://127.0.0.1:4011", "LITELLM": "http://127.0.0.1:4012"}
both = pytest.mark.parametrize("format_name", ["openai", "anthropic"])


def running(name: str, format_name: str) -> Endpoint:
    """The server's endpoint; skips the test if the server is not running."""
    url = os.environ.get(name, SERVERS[name])
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout=0.5).close()
    except OSError:
        pytest.skip(f"{name} does not run at {url}; see this file's docstring")
    return Endpoint(slug="x", name=name, format=format_name, base_url=url, key="sk-local", allow_private=True)


async def ask(it: Endpoint, model: str, text: str) -> Result:
    request = FORMATS[it.format].encode(it, model, [Turn("user", (TextPart(text),))])
    events: list[Event] = []
    async with aclosing(client.stream(it, request)) as batches:
        async for batch in batches:
            events += batch
    return total(events)


@both
async def test_aimock_text_and_reasoning(format_name: str) -> None:
    result = await ask(running("AIMOCK", format_name), "gpt-4o", "tell me about tides")
    assert result.text == FIXTURES[0]["response"]["content"]
    assert result.reasoning == FIXTURES[0]["response"]["reasoning"]
    assert result.finish[0].reason == "stop"


@both
async def test_aimock_parallel_tool_calls(format_name: str) -> None:
    result = await ask(running("AIMOCK", format_name), "gpt-4o", "what time is it")
    found = [(name, msgspec.json.decode(arguments)) for name, arguments in result.calls()]
    assert found == [("clock", {"zone": "Europe/Vienna"}), ("calendar", {"day": "today"})]
    assert result.finish[0].reason == "tool_calls"


@both
async def test_aimock_an_unknown_question_is_an_error(format_name: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        await ask(running("AIMOCK", format_name), "gpt-4o", "something else")
    assert str(caught.value)


@both
async def test_litellm_text(format_name: str) -> None:
    result = await ask(running("LITELLM", format_name), "tides", "tell me about tides")
    assert result.text == TIDES
    assert result.finish[0].reason == "stop"


@both
async def test_litellm_a_wrong_key_is_refused(format_name: str) -> None:
    it = msgspec.structs.replace(running("LITELLM", format_name), key="sk-wrong-key-0123456789")
    with pytest.raises(UpstreamError) as caught:
        await ask(it, "tides", "hello")
    assert caught.value.code in ("key_refused", "bad_request")  # without a database it says 400
    assert "sk-wrong" not in str(caught.value)


async def test_litellm_passes_the_check() -> None:
    steps = [step async for step in check(running("LITELLM", "openai"), "tides")]
    assert all(step.ok for step in steps), steps


async def test_mockllm_text() -> None:
    result = await ask(running("MOCKLLM", "openai"), "gpt-4o", "tell me about tides")
    assert result.text == TIDES
