"""What an upstream's refusal means: its words count before its status, and reasons inside others are let through."""

import json
from typing import Any

import pytest

from chat.upstreams import classify
from chat.upstreams.errors import UpstreamError
from tests.upstreams.everywhere import anthropic, openai, outcome, said


def of(status: int, body: Any) -> UpstreamError:
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return classify.of_response(status, data, "Test")


RAW = json.dumps(
    {"error": {"type": "invalid_request_error", "message": "This model supports at most 1 image per prompt."}}
)
MODERATED = 'm requires moderation on P. Your input was flagged for "violence". No credits were charged.'
GEMINI_KEY = [{"error": {"code": 400, "message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}}]
AZURE = {
    "error": {
        "code": None,
        "message": "The response was filtered",
        "innererror": {"code": "ResponsibleAIPolicyViolation"},
    }
}
LITELLM = 'litellm.BadRequestError: OpenAIException - {"error": {"message": "Invalid image.", "code": "x"}}. Received Model Group=m'
DETAIL = [{"type": "missing", "loc": ["body", "model"], "msg": "Field required", "input": {"secret": "of a person"}}]


@pytest.mark.parametrize(
    "status, body, code, words",
    [
        # The three shapes of shared/cases: OpenRouter's nested reason, its moderation, its account's settings.
        (400, {"error": {"message": "Provider returned error", "metadata": {"raw": RAW}}}, "bad_request", "at most 1 image"),
        (403, {"error": {"message": MODERATED, "metadata": {"flagged_input": "how to"}}}, "moderated", "flagged for"),
        (404, {"error": {"message": "No endpoints found matching your data policy (Free)"}}, "policy", "data policy"),
        (404, {"error": {"message": "No endpoints available matching your guardrail restrictions"}}, "policy", "guardrail"),
        (403, {"error": {"message": "Your organization must be verified to use the model `o3`."}}, "policy", "verified"),
        (400, AZURE, "moderated", "filtered"),
        (400, {"error": {"message": "Content Exists Risk"}}, "moderated", "Content Exists Risk"),
        (400, {"code": "DataInspectionFailed", "message": "Input may be bad", "request_id": "r"}, "moderated", "may be bad"),
        (403, {"error": {"code": "unsupported_country_region_territory", "message": "Not supported"}}, "region", "Not supp"),
        (400, [{"error": {"message": "User location is not supported for the API use."}}], "region", "User location"),
        (400, GEMINI_KEY, "key_refused", "API key not valid"),
        (400, {"code": "InvalidApiKey", "message": "Wrong."}, "key_refused", "Wrong."),
        (403, {"error": {"message": "You have insufficient credits"}}, "quota", "insufficient"),
        (400, {"code": "Arrearage", "message": "Access denied"}, "quota", "Access denied"),
        (500, {"error": {"message": "余额不足或无可用资源包"}}, "quota", "余额不足"),
        (500, {"error": "the request exceeds the available context size"}, "context_too_long", "exceeds"),
        (422, {"detail": "maximum context length is 8192 tokens"}, "context_too_long", "8192"),
        (400, {"error": {"message": "The model `x` does not exist", "code": "model_not_found"}}, "not_found", "`x`"),
        (403, {"error": {"message": "no access to model", "code": "model_not_found"}}, "not_found", "no access"),
        (429, {"error": {"type": "engine_overloaded_error", "message": "busy now"}}, "overloaded", "busy now"),
        (500, {"error": {"message": "Rate limit reached for requests"}}, "rate_limited", "Rate limit"),
        (413, {"error": {"message": "Request too large", "code": "rate_limit_exceeded"}}, "too_large", "too large"),
        (422, {"detail": DETAIL}, "bad_request", "Field required"),
        (400, {"error": {"message": LITELLM}}, "bad_request", "Invalid image."),
        (400, {"error": {"message": json.dumps({"error": {"message": "deep"}})}}, "bad_request", "deep"),
        (400, {"errors": [{"message": "AiError: no such thing"}], "success": False}, "bad_request", "AiError"),
        (400, {"fault": {"faultstring": "Apigee says no"}}, "bad_request", "Apigee says no"),
        (400, {"message": None, "Message": "of a cloud"}, "bad_request", "of a cloud"),
        (400, b"plain words", "bad_request", "plain words"),
        (403, b"<!DOCTYPE html><title>Attention Required!</title>", "bad_request", "Attention"),
        (401, b"<html><center><h1>401 Authorization Required</h1></center></html>", "bad_request", "401 Auth"),
        (403, {"error": {"message": "because"}}, "key_refused", "because"),
        (401, {"error": {"message": "Too many requests with a wrong key"}}, "key_refused", "wrong key"),
    ],
)  # fmt: skip
def test_u5_u6_u7_u8_a_refusal_is_what_its_words_say(status: int, body: Any, code: str, words: str) -> None:
    error = of(status, body)
    assert (error.code, error.status) == (code, status)
    assert words in error.said
    assert "of a person" not in error.said
    assert "how to" not in error.said


def test_the_outer_words_stand_before_the_inner_ones_and_none_twice() -> None:
    error = of(400, {"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": RAW}}})
    assert error.said == "Provider returned error: This model supports at most 1 image per prompt."
    error = of(400, {"message": "Same.", "error": {"message": "Same.", "errors": [{"message": "Same."}]}})
    assert error.said == "Same."


def test_something_in_front_is_not_the_key() -> None:
    assert "firewall" in str(of(403, b"<html><body>Forbidden</body></html>"))
    assert "refused the key" in str(of(403, b"Forbidden"))


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b"[" * 5000, b'{"error": ' * 2000, b'{"error": {"message": "{{{"}}']
)
def test_a_body_that_says_nothing_is_still_an_error(body: bytes) -> None:
    assert of(400, body).code == "bad_request"


# Reported with 200, in shapes without the key `error`.
@pytest.mark.parametrize(
    "body, code",
    [
        ({"code": 20012, "message": "Model does not exist. Please check it.", "data": None}, "not_found"),
        ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "quota"),
        ({"success": False, "message": "no"}, "server_error"),
        ({"code": "InvalidParameter", "message": "Range of input length should be [1, 30720]"}, "context_too_long"),
        ([{"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}], "overloaded"),
        ({"error": {"message": "Upstream said no", "metadata": {"raw": "Rate limit exceeded"}}}, "rate_limited"),
    ],
)
def test_u32_u39_an_error_with_success_in_any_shape_is_raised(body: Any, code: str) -> None:
    event = f"data: {json.dumps(body)}\n\n".encode()
    for before in (b"", openai(said("Hello"), done=False)):
        assert outcome("openai", [before + event])[1] == code
    assert outcome("openai", [json.dumps(body).encode()])[1] == code
    assert outcome("anthropic", [event])[1] == code


@pytest.mark.parametrize(
    "body",
    [
        {"base_resp": {"status_code": 0, "status_msg": "success"}},
        {"code": 0, "message": "ok"},
        {"code": "200", "msg": "success"},
        {"message": "welcome"},
        {"status": "in_progress"},
    ],
)
def test_u43_what_only_looks_like_an_error_is_none(body: Any) -> None:
    event = f"data: {json.dumps(body)}\n\n".encode()
    result, code, _ = outcome("openai", [event + openai(said("Hello"), said("", "stop"))])
    assert (result.text, code) == ("Hello", "")
    text = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}}
    assert outcome("anthropic", [event + anthropic(text, {"type": "message_stop"})])[1] == ""
