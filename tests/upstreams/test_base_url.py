"""The address that a person enters, as the provider shows it, leads to the right endpoint."""

import pytest
from django.core.exceptions import ValidationError

from chat.models.upstream import validate_base_url
from chat.upstreams import classify
from chat.upstreams.base_url import api_url

ASK, LIST = "/chat/completions", "/models"


@pytest.mark.parametrize(
    ("base", "leads_to"),
    [
        ("https://api.example", "https://api.example/v1"),
        ("https://api.example/", "https://api.example/v1"),
        ("https://api.example/v1", "https://api.example/v1"),
        (" https://api.example/v1/ ", "https://api.example/v1"),
        ("https://openrouter.ai/api", "https://openrouter.ai/api/v1"),
        # A version that is there is kept (elixir-ai-sdk#6, llmio#4).
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "https://generativelanguage.googleapis.com/v1beta/openai"),
        ("https://ark.cn-beijing.volces.com/api/v3", "https://ark.cn-beijing.volces.com/api/v3"),
        ("https://dashscope.aliyuncs.com/compatible-mode/v1", "https://dashscope.aliyuncs.com/compatible-mode/v1"),
        ("https://api.z.ai/api/paas/v4", "https://api.z.ai/api/paas/v4"),
        ("https://gateway.ai.cloudflare.com/v1/a/b/compat", "https://gateway.ai.cloudflare.com/v1/a/b/compat"),
        # "v" and a number inside a word is no version.
        ("https://api.example/dev2/llm", "https://api.example/dev2/llm/v1"),
        # A whole endpoint, pasted.
        ("https://api.example/v1/chat/completions", "https://api.example/v1"),
        ("https://api.perplexity.ai/chat/completions", "https://api.perplexity.ai"),
        ("https://api.example/v1/models/", "https://api.example/v1"),
        ("http://127.0.0.1:11434/api/chat", "http://127.0.0.1:11434/v1"),
        ("http://127.0.0.1:11434/api/tags/", "http://127.0.0.1:11434/v1"),
    ],
)  # fmt: skip
def test_an_address_leads_to_its_endpoints(base: str, leads_to: str) -> None:
    assert (api_url(base, ASK), api_url(base, LIST)) == (leads_to + ASK, leads_to + LIST)


def test_a_query_stays_behind_the_path() -> None:
    base = "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21"
    assert api_url(base, ASK) == base
    assert api_url(base, "/models?limit=5").endswith("/deployments/d/models?api-version=2024-10-21&limit=5")


def test_an_address_may_have_a_query_but_no_key_in_it() -> None:
    validate_base_url("https://r.example/openai?api-version=2024-10-21")
    for query in ("key=abc", "api_key=abc", "access-token=", "x=1&sig=abc"):
        with pytest.raises(ValidationError):
            validate_base_url(f"https://r.example/openai?{query}")
    with pytest.raises(ValidationError):
        validate_base_url("https://r.example/#v1")


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, b'{"error":{"message":"The model `m` does not exist","type":"invalid_request_error"}}', "not_found"),
        (404, b'{"type":"error","error":{"type":"not_found_error","message":"model: m"}}', "not_found"),
        (404, b'{"error":"model \'m\' not found"}', "not_found"),
        (404, b'{"error":{"code":"DeploymentNotFound","message":"It does not exist."}}', "not_found"),
        (404, b'{"error":{"message":"Invalid URL (POST /v1/v1/chat/completions)"}}', "wrong_address"),
        (404, b'{"detail":"Not Found"}', "wrong_address"),
        (404, b"404 page not found", "wrong_address"),
        (404, b"", "wrong_address"),
        (404, b"<html><title>Our models</title>", "wrong_address"),
        (405, b'{"detail":"Method Not Allowed"}', "wrong_address"),
    ],
)
def test_a_wrong_address_is_not_a_missing_model(status: int, body: bytes, code: str) -> None:
    assert classify.of_response(status, body, "X").code == code
