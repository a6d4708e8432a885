"""Token counts in every shape that servers were seen to send."""

from typing import Any

import pytest

from chat.upstreams.events import Usage
from tests.upstreams.everywhere import anthropic, everywhere, openai, said

TEXT = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}}
STOP = {"type": "message_stop"}


def counts(input: int, output: int, **more: Any) -> dict[str, Any]:
    return {"prompt_tokens": input, "completion_tokens": output, **more}


@pytest.mark.parametrize(
    "last, expected",
    [
        ({"usage": counts(7, 5, prompt_tokens_details={"cached_tokens": 3})}, Usage(7, 5, 3)),
        # DeepSeek; Moonshot, at the top and inside the choice; Groq; Perplexity.
        ({"usage": counts(7, 5, prompt_cache_hit_tokens=3, prompt_cache_miss_tokens=4)}, Usage(7, 5, 3)),
        ({"usage": counts(7, 5, cached_tokens=3)}, Usage(7, 5, 3)),
        ({"choices": [{"index": 0, "delta": {}, "usage": counts(7, 5, cached_tokens=3)}]}, Usage(7, 5, 3)),
        ({"x_groq": {"usage": counts(7, 5)}}, Usage(7, 5)),
        ({"usage": counts(7, 5, reasoning_tokens=2)}, Usage(7, 5, None, 2)),
        # OpenRouter; LiteLLM before Anthropic, with a zero in the other field; new-api.
        ({"usage": counts(7, 5, prompt_tokens_details={"cached_tokens": 1, "cache_write_tokens": 4})}, Usage(7, 5, 1, None, 4)),
        (
            {"usage": counts(7, 5, prompt_tokens_details={"cached_tokens": 0}, cache_read_input_tokens=3, cache_creation_input_tokens=2)},
            Usage(7, 5, 3, None, 2),
        ),
        ({"usage": counts(7, 5, prompt_tokens_details={"cached_creation_tokens": 6})}, Usage(7, 5, None, None, 6)),
        # A proxy that left the cache out of the input; xAI, which leaves reasoning out of the output.
        ({"usage": counts(7, 5, cache_read_input_tokens=100)}, Usage(107, 5, 100)),
        (
            {"usage": counts(7, 5, total_tokens=32, completion_tokens_details={"reasoning_tokens": 20})},
            Usage(7, 25, None, 20),
        ),
        (
            {"usage": counts(7, 25, total_tokens=32, completion_tokens_details={"reasoning_tokens": 20})},
            Usage(7, 25, None, 20),
        ),
        # The names of another API of the same provider; llama.cpp when usage was not asked for.
        (
            {
                "usage": {
                    "input_tokens": 7, "output_tokens": 5, "input_tokens_details": {"cached_tokens": 3},
                    "output_tokens_details": {"reasoning_tokens": 2},
                }
            },
            Usage(7, 5, 3, 2),
        ),
        ({"timings": {"prompt_n": 4, "cache_n": 3, "predicted_n": 5, "predicted_per_second": 9.5}}, Usage(7, 5, 3)),
        ({"usage": counts(7, 5, prompt_tokens_details=None, completion_tokens_details={"reasoning_tokens": "2"})}, Usage(7, 5)),
        ({"usage": {}}, Usage()),
    ],
)  # fmt: skip
def test_counts_of_the_openai_format(last: dict[str, Any], expected: Usage) -> None:
    last = {"choices": [], **last}
    result, _, _ = everywhere("openai", openai(said("Hello"), said("", "stop"), last))
    assert result.usage == expected


@pytest.mark.parametrize(
    "first, last, expected",
    [
        (
            {"input_tokens": 3, "cache_creation_input_tokens": 4, "cache_read_input_tokens": 5, "output_tokens": 1},
            {"output_tokens": 9},
            Usage(12, 9, 5, None, 4),
        ),
        # A proxy that repeats the input as a zero, or without its cache.
        ({"input_tokens": 3, "cache_read_input_tokens": 5}, {"input_tokens": 0, "output_tokens": 9}, Usage(8, 9, 5)),
        ({"input_tokens": 3, "cache_read_input_tokens": 5}, {"input_tokens": 3, "output_tokens": 9}, Usage(8, 9, 5)),
        ({"input_tokens": 0, "output_tokens": 0}, {"input_tokens": 8, "output_tokens": 9}, Usage(8, 9)),
        (
            {"input_tokens": 3, "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 4}},
            {"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 6}},
            Usage(9, 9, None, 6, 6),
        ),
        ({"prompt_tokens": 3}, {"completion_tokens": 9}, Usage(3, 9)),
        ({}, {}, Usage()),
    ],
)
def test_counts_of_the_anthropic_format(first: dict[str, Any], last: dict[str, Any], expected: Usage) -> None:
    start = {"type": "message_start", "message": {"model": "m", "usage": first}}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": last}
    assert everywhere("anthropic", anthropic(start, TEXT, end, STOP))[0].usage == expected


def test_the_counts_that_bedrock_adds_to_the_end() -> None:
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    metrics = {"inputTokenCount": 7, "outputTokenCount": 9, "cacheReadInputTokenCount": 2, "invocationLatency": 1500}
    stop = {**STOP, "amazon-bedrock-invocationMetrics": metrics}
    assert everywhere("anthropic", anthropic(TEXT, end, stop))[0].usage == Usage(9, 9, 2)
