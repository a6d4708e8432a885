"""Token counts of every shape that servers report, in our words. Pure.

OpenAI counts the cache within the input and reasoning within the output, and so do we; xAI and Gemini leave reasoning out of
the output, Anthropic and some of its proxies the cache out of the input. Later reports replace earlier ones.
"""

from typing import Any

from . import odd_json
from .events import Usage

_INPUT = ("prompt_tokens", "input_tokens", "prompt_eval_count", "inputTokenCount")
_OUTPUT = ("completion_tokens", "output_tokens", "eval_count", "outputTokenCount")
_CACHED = (
    *("prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens", "cached_tokens"),
    *("prompt_cache_hit_tokens", "cache_read_input_tokens", "cacheReadInputTokenCount"),
)
_WRITTEN = (
    *("prompt_tokens_details.cache_write_tokens", "prompt_tokens_details.cache_creation_tokens"),
    *("prompt_tokens_details.cached_creation_tokens", "cache_creation_input_tokens", "cacheWriteInputTokenCount"),
)
_REASONING = (
    *("completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens"),
    *("output_tokens_details.thinking_tokens", "reasoning_tokens"),
)


def of_openai(report: dict[str, Any]) -> Usage:
    """The counts of a `usage` object of the OpenAI format, or of one that stands in its place."""
    fresh, out = _most(report, _INPUT), _most(report, _OUTPUT)
    cached, written, reasoning = _most(report, _CACHED), _most(report, _WRITTEN), _most(report, _REASONING)
    beside = (cached or 0) + (written or 0)
    if fresh is not None and beside > fresh:
        fresh += beside
    total = odd_json.count(report.get("total_tokens"))
    if reasoning and None not in (fresh, out, total) and total == (fresh or 0) + (out or 0) + reasoning:
        out = (out or 0) + reasoning
    return Usage(fresh, out, cached, reasoning, written)


def of_timings(timings: dict[str, Any]) -> Usage:
    """The counts of llama.cpp's `timings`, which come also where usage was not asked for."""
    fresh, cached = odd_json.count(timings.get("prompt_n")), odd_json.count(timings.get("cache_n"))
    return Usage(None if fresh is None else fresh + (cached or 0), odd_json.count(timings.get("predicted_n")), cached)


def merged(before: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    """The counts after one more report, field by field; a zero replaces nothing that is known."""
    after = dict(before)
    for name, value in report.items():
        if isinstance(value, dict):
            after[name] = merged(odd_json.mapping(before.get(name)), value)
        elif odd_json.count(value) or (odd_json.count(value) == 0 and name not in before):
            after[name] = value
    return after


def of_anthropic(report: dict[str, Any]) -> Usage:
    """The counts of all `usage` objects of an answer in the Anthropic format, merged."""
    fresh, cached, written = _most(report, _INPUT), _most(report, _CACHED), _most(report, _WRITTEN)
    if written is None and (by_age := odd_json.mapping(report.get("cache_creation"))):
        written = sum(odd_json.count(value) or 0 for value in by_age.values())
    total = None if fresh is None else fresh + (cached or 0) + (written or 0)
    return Usage(total, _most(report, _OUTPUT), cached, _most(report, _REASONING), written)


def _most(report: dict[str, Any], paths: tuple[str, ...]) -> int | None:
    """The largest of what stands at these paths: gateways fill one field and leave a zero in the other."""
    counts = []
    for path in paths:
        outer, _, inner = path.partition(".")
        value = report.get(outer)
        count = odd_json.count(odd_json.mapping(value).get(inner) if inner else value)
        if count is not None:
            counts.append(count)
    return max(counts, default=None)
