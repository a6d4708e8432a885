"""Streams of public bug reports of comparable products, each in our own bytes; the report is named beside it as data."""

import json
from typing import Any

import pytest

from tests.upstreams.everywhere import anthropic, everywhere, openai, outcome, said

Expected = dict[str, Any]
END = said("", "stop")


def tools(*calls: Any, reason: str = "tool_calls") -> bytes:
    return openai(*({"delta": {"tool_calls": [call]}} for call in calls), {"delta": {}, "finish_reason": reason})


def call(index: int | None, id: str | None, name: str | None, arguments: str | None, **more: Any) -> dict[str, Any]:
    return {"index": index, "id": id, "function": {"name": name, "arguments": arguments}, **more}


def content(*contents: Any) -> bytes:
    return openai(*({"delta": {"content": each}} for each in contents), END)


def glued(*chunks: Any) -> bytes:
    """Events with no blank line between them."""
    return b"".join(f"data: {json.dumps({'choices': [chunk]})}\n".encode() for chunk in chunks) + b"data: [DONE]\n\n"


THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}
SUMMARY = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]}
TEXT = {"type": "text", "text": "Yes"}
ANNOTATION = {"finish_reason": None, "index": 0, "content_filter_offsets": {"check_offset": 4522}}
F1 = ("f", '{"x":1}')

OPENAI: list[tuple[str, bytes, Expected]] = [
    ("QwenLM/qwen-code#6249", tools(call(0, "a", "f", "")), {"calls": [("f", "")]}),
    ("cheshire-cat-ai/core#1140", tools(call(0, "a", "f", None)), {"calls": [("f", "")]}),
    ("BerriAI/litellm#21331", tools(call(0, "a", *F1), call(0, "b", *F1)), {"calls": [F1, F1]}),
    (
        "huggingface/smolagents#1569",
        tools(call(0, None, *F1), call(0, None, "f", '{"x":2}')),
        {"calls": [F1, ("f", '{"x":2}')]},
    ),
    (
        "agentjido/req_llm#801",
        tools(call(0, "a", "f", "{"), call(0, None, None, '"x"'), call(0, None, None, ":1}")),
        {"calls": [F1]},
    ),
    (
        "liquidos-ai/AutoAgents#99",
        tools(call(0, "a", "f", '{"x"', type=""), call(0, None, None, ":1}", type="")),
        {"calls": [F1]},
    ),
    ("BerriAI/litellm#5063", tools(call(1, "a", "f", ""), call(1, None, None, "")), {"calls": [("f", "")]}),
    (
        "envoyproxy/ai-gateway#1465",
        tools(call(1, "a", "f", "{}"), call(1, None, None, ""), call(1, None, None, '{"x":1}')),
        {"calls": [F1]},
    ),
    ("BerriAI/litellm#12481", tools(call(0, "a", *F1), reason="end_turn"), {"calls": [F1], "reason": "tool_calls"}),
    ("symfony/ai#2422", content([THOUGHT], [TEXT]), {"reasoning": "Hm", "text": "Yes"}),
    ("earendil-works/pi#7216", content([SUMMARY, TEXT]), {"reasoning": "Hm", "text": "Yes"}),
    ("open-webui/open-webui#28840", content(TEXT, ["Yes", TEXT], None, [], 5), {"text": "YesYesYes"}),
    (
        "BerriAI/litellm#8193",
        openai({"delta": {"reasoning": "Hm", "content": None}}, said("Yes"), END),
        {"reasoning": "Hm", "text": "Yes"},
    ),
    (
        "liaohch3/claude-tap#357",
        openai({"delta": {"reasoning_details": [{"type": "reasoning.text", "text": "Hm"}]}}, said("Yes"), END),
        {"reasoning": "Hm", "text": "Yes"},
    ),
    (
        "majiayu000/litellm-rs#512",
        openai({"delta": {"thinking": {"content": "Hm"}}}, said("Yes"), END),
        {"reasoning": "Hm", "text": "Yes"},
    ),
    ("ollama/ollama#4357", openai(said("Yes", ""), said("!", ""), END), {"text": "Yes!"}),
    (
        "open-webui/open-webui#16377",
        openai({"delta": {"reasoning_content": "Hm"}, "finish_reason": "stop"}, said("Yes"), END),
        {"reasoning": "Hm", "text": "Yes"},
    ),
    ("BerriAI/litellm#376", openai(said("Yes", index=1), said("", "stop", index=1)), {"text": "Yes"}),
    (
        "langchain-ai/langchain#18977",
        openai(said("Yes"), END, {"id": "", "model": "", "choices": [ANNOTATION]}),
        {"text": "Yes"},
    ),
    (
        "vercel/ai#15036",
        openai({"choices": [], "prompt_filter_results": []}, said("Yes"), {"choices": []}, END),
        {"text": "Yes"},
    ),
    ("bagofwords1/bagofwords#742", openai({"delta": None}, said("Yes"), END), {"text": "Yes"}),
    ("quack-ai/companion-vscode#76", glued(said("Y"), said("es"), END), {"text": "Yes"}),
    ("logancyang/obsidian-copilot#2284", openai(said("Yes"), said("<|im_"), said("end|>"), END), {"text": "Yes"}),
    (
        "vllm-project/vllm-ascend#9767",
        openai(said("<think>Hm</think>Yes<｜end▁of▁sentence｜>"), END),
        {"reasoning": "Hm", "text": "Yes"},
    ),
    ("earendil-works/pi#7062", openai(said("Yes")), {"text": "Yes", "reason": "unstated"}),
]


@pytest.mark.parametrize("report, data, expected", OPENAI, ids=[report for report, _, _ in OPENAI])
def test_a_report_in_the_openai_format(report: str, data: bytes, expected: Expected) -> None:
    check("openai", data, expected)


def check(format_name: str, data: bytes, expected: Expected) -> None:
    result, code, _ = everywhere(format_name, data)
    assert (result.text, result.reasoning) == (expected.get("text", ""), expected.get("reasoning", ""))
    assert (result.calls(), code) == (expected.get("calls", []), "")
    if "reason" in expected:
        assert [finish.reason for finish in result.finish] == [expected["reason"]]


def delta(index: int, **content: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": content}


def begins(index: int, **content: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": content}


def ended(reason: str = "end_turn") -> list[dict[str, Any]]:
    return [{"type": "message_delta", "delta": {"stop_reason": reason}}, {"type": "message_stop"}]


START = {"type": "message_start", "message": {"id": "m", "role": "assistant", "model": "m", "content": []}}
YES = delta(0, type="text_delta", text="Yes")
USE = begins(1, type="tool_use", id="a", name="f", input={})
X1 = delta(1, type="input_json_delta", partial_json='{"x":1}')

ANTHROPIC: list[tuple[str, bytes, Expected]] = [
    (
        "router-for-me/CLIProxyAPI#530",
        anthropic(begins(0, type="text", text=""), YES, START, *ended()),
        {"text": "Yes"},
    ),
    ("router-for-me/CLIProxyAPI#561", anthropic(USE, X1, *ended("tool_use")), {"calls": [F1], "reason": "tool_calls"}),
    ("BerriAI/litellm#33859", anthropic(START, START, YES, *ended()), {"text": "Yes"}),
    ("BerriAI/litellm#30115", anthropic(START, YES, *ended()), {"text": "Yes"}),
    ("farion1231/cc-switch#7396", anthropic({"type": "message_start", "message": {}}, YES, *ended()), {"text": "Yes"}),
    (
        "inflaborg/ccrelay#119",
        anthropic(START, begins(1, type="tool_use", id="a", name="f", input={"x": 1}), *ended("tool_use")),
        {"calls": [F1]},
    ),
    (
        "BerriAI/litellm#5231",
        anthropic(START, YES, {"type": "ping"}, USE, {"type": "ping"}, X1, *ended("tool_use")),
        {"text": "Yes", "calls": [F1]},
    ),
    (
        "BerriAI/litellm#29600",
        anthropic(
            START, delta(0, type="thinking_delta", thinking="Hm"), delta(1, type="text_delta", text="Yes"), *ended()
        ),
        {"reasoning": "Hm", "text": "Yes"},
    ),
    (
        "anthropics/anthropic-sdk-python#1665",
        anthropic(START, begins(0, type="compaction"), delta(0, type="compaction_delta", content="x"), YES, *ended()),
        {"text": "Yes"},
    ),
    ("ENTERPILOT/GoModel#1017", anthropic(START, YES, *ended()[:1]), {"text": "Yes"}),
]


@pytest.mark.parametrize("report, data, expected", ANTHROPIC, ids=[report for report, _, _ in ANTHROPIC])
def test_a_report_in_the_anthropic_format(report: str, data: bytes, expected: Expected) -> None:
    check("anthropic", data, expected)


CODE = {"error": {"message": "Context length exceeded", "code": "CONTEXT_LENGTH_EXCEEDED"}}
CUT = b'data: {"id":"2","choices":[{"index":0,"delta":{"role":"adata: {"id":"3","choices":[]}\n\n'
BROKEN: list[tuple[str, str, bytes, str]] = [
    (
        "vercel/ai#13506",
        "openai",
        openai(said("Yes"), done=False) + f"data: {json.dumps(CODE)}\n\n".encode(),
        "context_too_long",
    ),
    (
        "Growth-Circle/cadis#2489",
        "openai",
        b'data: {"error":{"message":"m is unknown","code":"model_not_found"}}\n\n',
        "not_found",
    ),
    (
        "Soju06/codex-lb#1833",
        "openai",
        openai(said("Yes"), {"choices": [], "error": {"message": "cut", "code": "upstream_stream_truncated"}}),
        "server_error",
    ),
    ("earendil-works/pi#8460", "openai", openai(said("Yes"), done=False), "broken_off"),
    ("anomalyco/opencode#8282", "openai", openai(said("Yes"), done=False) + CUT, "bad_json"),
    (
        "BerriAI/litellm#32159",
        "anthropic",
        anthropic(START, USE, delta(1, type="input_json_delta", partial_json='{"x')),
        "broken_off",
    ),
    (
        "BerriAI/litellm#39288",
        "openai",
        b'data: {"error": {"message": "litellm.APIConnectionError: Error parsing chunk", "code": "500"}}\n\n',
        "server_error",
    ),
]


@pytest.mark.parametrize("report, format_name, data, code", BROKEN, ids=[case[0] for case in BROKEN])
def test_a_report_of_a_stream_that_fails(report: str, format_name: str, data: bytes, code: str) -> None:
    result, found, _ = everywhere(format_name, data)
    assert (found, result.finish) == (code, [])


# 0xPlaygrounds/rig#825 and many like it: objects on lines, without the "data:" of a stream.
def test_objects_on_lines_are_a_stream() -> None:
    lines = b"".join(json.dumps({"choices": [each]}).encode() + b"\n" for each in (said("Y"), said("es"), END))
    assert everywhere("openai", lines)[0].text == "Yes"
    lines = b"".join(json.dumps(each).encode() + b"\n" for each in (START, YES, *ended()))
    assert everywhere("anthropic", lines)[0].text == "Yes"
    assert outcome("openai", [b'{"choices": [\n{"oops"\n'])[1] == "not_a_stream"


# langchain-ai/langchain#39275: arguments that were cut off are no call, whatever of them parses.
def test_arguments_cut_off_by_a_limit_are_no_call_to_run() -> None:
    result, _, _ = everywhere("openai", tools(call(0, "a", "f", '{"x":1'), reason="length"))
    assert [finish.reason for finish in result.finish] == ["length"]
