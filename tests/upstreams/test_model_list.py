"""The list of models, in every shape that servers send it in."""

from typing import Any

import pytest

from chat.upstreams import client
from chat.upstreams.errors import UpstreamError
from chat.upstreams.model_list import model_names
from tests.fake_upstream import FakeUpstream
from tests.upstreams.asking import endpoint


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ({"object": "list", "data": [{"id": "b"}, {"id": "a"}]}, ["a", "b"]),
        # Together, and what open-webui#1826 met: a list without an object around it.
        ([{"id": "a", "type": "chat"}, {"id": "draws", "type": "image"}, {"id": "b"}], ["a", "b"]),
        (["b", "a"], ["a", "b"]),
        ({"data": ["a"]}, ["a"]),
        ({"models": [{"name": "llama3:8b", "model": "llama3:8b", "size": 1}]}, ["llama3:8b"]),  # Ollama, /api/tags
        ({"models": [{"name": "models/gemini-2.5-pro"}]}, ["gemini-2.5-pro"]),  # Gemini
        ({"data": [{"id": "models/gemini-2.5-pro", "object": "model"}]}, ["gemini-2.5-pro"]),  # Gemini, OpenAI format
        ({"result": [{"id": "0b7e", "name": "@cf/meta/llama"}], "success": True}, ["@cf/meta/llama"]),  # Cloudflare
        ({"data": [{"model_name": "fast", "litellm_params": {}}]}, ["fast"]),  # LiteLLM, /model/info
        ({"data": {"a": {"object": "model"}, "b": None}}, ["a", "b"]),
        ({"data": {"models": [{"id": "a"}]}}, ["a"]),
        ({"data": [{"id": "a"}, {"id": "a"}, {"id": ""}, {"id": 3}, None, 7, " a "]}, ["a"]),  # twice, nameless, no model
        ({"data": None}, []),
        ({"data": None, "models": [{"name": "a"}]}, ["a"]),
        ([], []),
    ],
)  # fmt: skip
def test_every_shape_of_a_list_is_read(listed: Any, names: list[str]) -> None:
    assert model_names(listed) == names


@pytest.mark.asyncio
async def test_a_server_without_a_list_is_no_error_and_one_that_sends_something_else_is(upstream: FakeUpstream) -> None:
    upstream.models(["b", "a"])
    assert await client.list_models(endpoint(upstream.url)) == ["a", "b"]
    for status in (404, 405, 501):
        upstream.models(status=status)
        assert await client.list_models(endpoint(upstream.url)) == []
    upstream.list_body({"hello": "world"})
    with pytest.raises(UpstreamError) as caught:
        await client.list_models(endpoint(upstream.url))
    assert caught.value.code == "not_a_stream"
    upstream.list_body({"object": "list", "data": None})
    assert await client.list_models(endpoint(upstream.url, "anthropic")) == []
