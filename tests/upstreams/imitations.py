"""The servers of chat.catalogue.presets, imitated: what each refuses, lists and answers. `source` says where its shape is from.

An imitation checks a request as strictly as the real server does, so that a trait that is missing is a test that fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

Body = dict[str, Any]
Refusal = tuple[int, Any]
# What is wrong with a request; None where it is as the server wants it.
Refuse = Callable[[Body], Refusal | None]


@dataclass(frozen=True)
class Imitation:
    """One server. `path`: of its chat endpoint. `lists`: the body of its list of models, or a status.

    `calls` is what it answers to a request with tools that holds no result yet, `answers` what it answers otherwise: the
    `data:` of its events, without [DONE] where it sends none.
    """

    source: str
    path: str
    model: str
    answers: list[Any]
    calls: list[Any] = field(default_factory=list)
    lists: Any = 404
    key: tuple[str, str] = ("authorization", "Bearer KEY")
    refuse: tuple[Refuse, ...] = ()
    reasoning: str = ""
    usage: tuple[int | None, int | None] = (None, None)
    has_done: bool = True


# --- what servers refuse ---


def only(*known: str) -> Refuse:
    """A server that takes these fields of a body and no others (FastAPI with extra="forbid")."""

    def refuse(body: Body) -> Refusal | None:
        extra = [name for name in body if name not in ("model", "stream", "messages", *known)]
        detail = [
            {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"}
            for name in extra
        ]
        return (422, {"object": "error", "message": {"detail": detail}}) if extra else None

    return refuse


def never(name: str, message: str) -> Refuse:
    """A server that refuses this field."""
    return lambda body: (
        (400, {"error": {"message": message, "type": "invalid_request_error"}}) if name in body else None
    )


def roles_alternate(body: Body) -> Refusal | None:
    """Every chat template that raises an exception: system, then user and assistant in turns."""
    roles = [message["role"] for message in body["messages"] if message["role"] not in ("system", "tool")]
    right = ["user" if number % 2 == 0 else "assistant" for number in range(len(roles))]
    has_tools = any(message["role"] == "tool" for message in body["messages"])
    return None if has_tools or roles == right else (400, {"error": {"message": "Conversation roles must alternate"}})


def ids_of_nine(body: Body) -> Refusal | None:
    """Mistral: ids of calls."""
    for message in body["messages"]:
        for call in message.get("tool_calls") or []:
            if not re.fullmatch("[a-zA-Z0-9]{9}", call["id"]):
                return 400, {
                    "object": "error",
                    "message": "Tool call id was invalid, must be a-z, A-Z, 0-9, with a length of 9.",
                }
    return None


def thoughts_with_calls(body: Body) -> Refusal | None:
    """DeepSeek, Moonshot and Z.ai: thinking mode."""
    for message in body["messages"]:
        if message.get("tool_calls") and not message.get("reasoning_content"):
            return 400, {
                "error": {"message": "The `reasoning_content` in the thinking mode must be passed back to the API."}
            }
        if not message.get("tool_calls") and "reasoning_content" in message:
            return 400, {"error": {"message": "reasoning_content of a turn without tool calls"}}
    return None


def signed_calls(body: Body) -> Refusal | None:
    """Gemini 3: the first call of each step carries its signature."""
    for message in body["messages"]:
        calls = message.get("tool_calls") or []
        if calls and not calls[0].get("extra_content", {}).get("google", {}).get("thought_signature"):
            return 400, [
                {
                    "error": {
                        "code": 400,
                        "message": "Function call is missing a thought_signature.",
                        "status": "INVALID_ARGUMENT",
                    }
                }
            ]
    return None


def details_back(body: Body) -> Refusal | None:
    """OpenRouter: reasoning that must be preserved, its calls named as in the request."""
    for message in body["messages"]:
        for call in message.get("tool_calls") or []:
            details = message.get("reasoning_details") or []
            if [each.get("id") for each in details if each["type"] == "reasoning.encrypted"] != [call["id"]]:
                return 400, {"error": {"message": "Provider returned error", "code": 400}}
    return None


def properties(body: Body) -> Refusal | None:
    """OpenAI and Azure: object schemas without properties."""
    for tool in body.get("tools", []):
        if "properties" not in tool["function"]["parameters"]:
            name = tool["function"]["name"]
            return 400, {
                "error": {"message": f"Invalid schema for function '{name}': object schema missing properties."}
            }
    return None


# --- what servers answer ---


def chunk(delta: Body | None = None, finish: str | None = None, **more: Any) -> Body:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, **more}


def usage(given: int, said: int, **more: Any) -> Body:
    return {"prompt_tokens": given, "completion_tokens": said, "total_tokens": given + said, **more}


def piece(**call: Any) -> Body:
    return {"tool_calls": [{"index": 0, **call}]}


def call_in_pieces(*, before: list[Body] | None = None, id: str = "call_abc", extra: Body | None = None) -> list[Body]:
    """A call as OpenAI streams it: its name, then its arguments in pieces, then the reason."""
    name = {"id": id, "type": "function", "function": {"name": "clock", "arguments": ""}, **(extra or {})}
    return [
        *(before or []),
        chunk({"role": "assistant", "content": None, **piece(**name)}),
        chunk(piece(function={"arguments": '{"zone": '})),
        chunk(piece(function={"arguments": '"UTC"}'})),
        chunk({}, "tool_calls"),
    ]


def whole_call(
    *, before: list[Body] | None = None, id: str = "call_abc", finish: str = "tool_calls", **extra: Any
) -> list[Body]:
    """A call in one piece, as servers send it that parse the model's own words."""
    call = {"id": id, "type": "function", "function": {"name": "clock", "arguments": '{"zone": "UTC"}'}, **extra}
    return [*(before or []), chunk({"role": "assistant", "content": "", "tool_calls": [{"index": 0, **call}]}, finish)]


def text(*pieces: str, finish: str = "stop") -> list[Body]:
    return [
        chunk({"role": "assistant", "content": ""}),
        *(chunk({"content": each}) for each in pieces),
        chunk({}, finish),
    ]


def _list(model: str) -> Body:
    return {"object": "list", "data": [{"id": model, "object": "model", "created": 1, "owned_by": "x"}]}


_ID_LIST = _list("m")
_USAGE_AFTER = [chunk(usage=usage(9, 3))]


def _thinking(field_name: str, *pieces: str) -> list[Body]:
    return [chunk({"role": "assistant", field_name: each, "content": None}) for each in pieces]


SAID = ("It is ", "noon.")


def _claude(*blocks: tuple[Body, list[Body]], stop: str) -> list[Body]:
    """An answer in the Anthropic format."""
    events: list[Body] = [
        {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 9, "output_tokens": 1}}}
    ]
    for index, (block, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    return [
        *events,
        {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    ]


_THOUGHT = (
    {"type": "thinking", "thinking": ""},
    [{"type": "thinking_delta", "thinking": "Hm."}, {"type": "signature_delta", "signature": "c2ln"}],
)


def adaptive_and_signed(body: Body) -> Refusal | None:
    """Claude from Opus 4.7 on: no budget, and its own thoughts before its own calls."""
    if body.get("thinking", {}).get("type") == "enabled":
        return 400, {
            "type": "error",
            "error": {"type": "invalid_request_error", "message": '"thinking.type.enabled" is not supported.'},
        }
    for message in body["messages"]:
        blocks = message["content"]
        if any(block["type"] == "tool_use" for block in blocks) and blocks[0].get("signature") != "c2ln":
            return 400, {
                "type": "error",
                "error": {"type": "invalid_request_error", "message": "Expected a thinking block"},
            }
    return None


_CLAUDE = Imitation(
    "docs.anthropic.com/en/api/messages-streaming; anthropic-sdk-python 0.121; opencode#23007",
    "/v1/messages", "claude-opus-4-7",
    _claude(_THOUGHT, ({"type": "text", "text": ""}, [{"type": "text_delta", "text": each} for each in SAID]), stop="end_turn"),
    _claude(_THOUGHT, (
        {"type": "tool_use", "id": "toolu_01", "name": "clock", "input": {}},
        [{"type": "input_json_delta", "partial_json": '{"zone": "UTC"}'}],
    ), stop="tool_use"),
    {"data": [{"id": "claude-opus-4-7", "type": "model"}], "has_more": False},
    key=("x-api-key", "KEY"), refuse=(adaptive_and_signed,), reasoning="Hm.", usage=(9, 3), has_done=False,
)  # fmt: skip
IMITATIONS: dict[str, Imitation] = {
    "anthropic": _CLAUDE,
    "megallm-anthropic": replace(_CLAUDE, source="docs.megallm.io"),
    "openai": Imitation(
        "platform.openai.com/docs/api-reference/chat/streaming; openai-python 3.3",
        "/v1/chat/completions", "m", [*text(*SAID), *_USAGE_AFTER], call_in_pieces(), _ID_LIST,
        refuse=(properties, never("max_tokens", "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")),
        usage=(9, 3),
    ),
    "gemini": Imitation(
        "ai.google.dev/gemini-api/docs/openai and /thought-signatures",
        "/v1beta/openai/chat/completions", "gemini-3-pro-preview",
        [chunk({"role": "assistant", "content": "It is "}, usage=usage(9, 1)), chunk({"content": "noon."}, "stop", usage=usage(9, 3))],
        whole_call(id="function-call-1", finish="stop", extra_content={"google": {"thought_signature": "c2ln"}}),
        {"object": "list", "data": [{"id": "models/gemini-3-pro-preview", "object": "model", "owned_by": "google"}]},
        refuse=(signed_calls,), usage=(9, 3),
    ),
    "mistral": Imitation(
        "docs.mistral.ai/api; vercel/ai packages/mistral",
        "/v1/chat/completions", "m",
        [chunk({"role": "assistant", "content": "It is "}), chunk({"content": "noon."}, "stop", usage=usage(9, 3))],
        whole_call(id="D681PevKs"), _ID_LIST,
        refuse=(only("tools", "temperature", "max_tokens", "reasoning_effort"), ids_of_nine, roles_alternate), usage=(9, 3),
    ),
    "deepseek": Imitation(
        "api-docs.deepseek.com/guides/thinking_mode; opencode#24722",
        "/v1/chat/completions", "deepseek-chat", [*_thinking("reasoning_content", "Hm. ", "Noon."), *text(*SAID), *_USAGE_AFTER],
        call_in_pieces(before=_thinking("reasoning_content", "Look."), id="call_00_x"), _list("deepseek-chat"),
        refuse=(thoughts_with_calls,), reasoning="Hm. Noon.", usage=(9, 3),
    ),
    "groq": Imitation(
        "console.groq.com/docs/api-reference; vercel/ai packages/groq",
        "/openai/v1/chat/completions", "m",
        [*_thinking("reasoning", "Hm."), *text(*SAID), chunk({}, x_groq={"usage": usage(9, 3)}), *_USAGE_AFTER],
        whole_call(before=_thinking("reasoning", "Look.")), _ID_LIST,
        refuse=(never("max_tokens", "max_tokens is deprecated in favor of max_completion_tokens"),), reasoning="Hm.", usage=(9, 3),
    ),
    "xai": Imitation(
        "docs.x.ai/docs/api-reference; vercel/ai packages/xai",
        "/v1/chat/completions", "m", [*_thinking("reasoning_content", "Hm."), *text(*SAID), *_USAGE_AFTER], whole_call(), _ID_LIST,
        refuse=(never("max_tokens", "Argument not supported: max_tokens"),
                never("reasoning_effort", "Argument not supported on this model: reasoningEffort")), reasoning="Hm.", usage=(9, 3),
    ),
    "perplexity": Imitation(
        "docs.perplexity.ai/api-reference/chat-completions-post",
        "/chat/completions", "sonar",
        # Each chunk repeats the sources, the usage so far, and a whole `message`.
        [{**chunk({"role": "assistant", "content": each}, finish, usage=usage(9, number)), "citations": ["https://a.example"],
          "object": "chat.completion.done" if finish else "chat.completion.chunk"}
         for number, each, finish in ((1, "It is ", None), (3, "noon.", "stop"))],
        refuse=(roles_alternate, never("tools", "Tool calling is not supported for this model"),
                never("stream_options", "unexpected field")), usage=(9, 3), has_done=False,
    ),
    "moonshot": Imitation(
        "platform.moonshot.ai/docs/api/chat and /guide/use-kimi-k2-thinking-model; MoonshotAI/K2-Vendor-Verifier",
        "/v1/chat/completions", "kimi-k2-thinking", [*_thinking("reasoning_content", "Hm."), *text(*SAID), *_USAGE_AFTER],
        call_in_pieces(before=_thinking("reasoning_content", "Look."), id="functions.clock:0"), _list("kimi-k2-thinking"),
        refuse=(thoughts_with_calls, never("reasoning_effort", "Invalid request")), reasoning="Hm.", usage=(9, 3),
    ),
    "zai": Imitation(
        "docs.z.ai/api-reference/llm/chat-completion and /guides/capabilities/thinking-mode",
        "/api/paas/v4/chat/completions", "glm-4.6",
        [*_thinking("reasoning_content", "Hm."), *text(*SAID)[:-1], chunk({"role": "assistant", "content": ""}, "stop", usage=usage(9, 3))],
        whole_call(before=_thinking("reasoning_content", "Look."), id="call_-7823"),
        refuse=(thoughts_with_calls, never("reasoning_effort", "unknown parameter")), reasoning="Hm.", usage=(9, 3),
    ),
    "openrouter": Imitation(
        "openrouter.ai/docs/api-reference/streaming and /use-cases/reasoning-tokens; RooCodeInc/Roo-Code#9506",
        "/api/v1/chat/completions", "google/gemini-3-pro-preview",
        [{**chunk({"role": "assistant", "content": "", "reasoning": "Hm.",
                   "reasoning_details": [{"type": "reasoning.text", "text": "Hm.", "index": 0}]}), "provider": "Google"},
         *text(*SAID), *_USAGE_AFTER],
        [*whole_call(id="tool_0_clock")[:-1],
         chunk({"reasoning": "Look.", "reasoning_details": [{"type": "reasoning.text", "text": "Look.", "index": 0}]}),
         *whole_call(id="tool_0_clock")[:1],
         chunk({"reasoning_details": [{"type": "reasoning.encrypted", "data": "blob", "id": "tool_0_clock", "index": 1}]})],
        {"data": [{"id": "google/gemini-3-pro-preview", "architecture": {"input_modalities": ["text", "image"]}}]},
        refuse=(details_back, never("reasoning_effort", "use reasoning")), reasoning="Hm.", usage=(9, 3),
    ),
    "together": Imitation(
        "docs.together.ai/reference/chat-completions-1; open-webui#1826",
        "/v1/chat/completions", "m", [*text(*SAID)[:-1], chunk({"content": ""}, "eos", usage=usage(9, 3))], call_in_pieces(),
        [{"id": "m", "object": "model", "type": "chat"}, {"id": "flux", "object": "model", "type": "image"}], usage=(9, 3),
    ),
    "fireworks": Imitation(
        "docs.fireworks.ai/api-reference/post-chatcompletions",
        "/inference/v1/chat/completions", "m", [*text(*SAID)[:-1], chunk({}, "stop", usage=usage(9, 3))],
        call_in_pieces(id="call_x1"), _ID_LIST, usage=(9, 3),
    ),
    "azure": Imitation(
        "learn.microsoft.com/azure/ai-services/openai/reference and /api-version-lifecycle",
        "/openai/v1/chat/completions", "m",
        # Before the first word, what its filter found in the question, in a chunk without a choice.
        [chunk(prompt_filter_results=[{"prompt_index": 0, "content_filter_results": {}}]), *text(*SAID), *_USAGE_AFTER],
        call_in_pieces(), _ID_LIST, key=("api-key", "KEY"),
        refuse=(properties, never("max_tokens", "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")),
        usage=(9, 3),
    ),
    "cloudflare": Imitation(
        "developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility",
        "/client/v4/accounts/ACCOUNT_ID/ai/v1/chat/completions", "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
        [*text(*SAID), *_USAGE_AFTER], whole_call(id="chatcmpl-tool-1"), 405, usage=(9, 3),
    ),
    "portkey": Imitation(
        "portkey.ai/docs/api-reference/inference-api/chat; Portkey-AI/gateway",
        "/v1/chat/completions", "m", [*text(*SAID), *_USAGE_AFTER], call_in_pieces(), _ID_LIST,
        key=("x-portkey-api-key", "KEY"), usage=(9, 3),
    ),
    "ollama": Imitation(
        "github.com/ollama/ollama docs/openai.md",
        "/v1/chat/completions", "m", [*_thinking("reasoning", "Hm."), *text(*SAID), *_USAGE_AFTER],
        whole_call(id="call_k1"), {"models": [{"name": "m", "model": "m"}]}, reasoning="Hm.", usage=(9, 3),
    ),
    "llama-cpp": Imitation(
        "github.com/ggml-org/llama.cpp tools/server/README.md; LLMKube#126",
        "/v1/chat/completions", "m", [*text(*SAID), chunk(usage=usage(9, 3), timings={"predicted_n": 3})],
        call_in_pieces(id=""), {**_ID_LIST, "models": [{"name": "m"}]}, usage=(9, 3),
    ),
    "vllm": Imitation(
        "docs.vllm.ai serving/openai_compatible_server; vllm#9986",
        "/v1/chat/completions", "m", [*_thinking("reasoning", "Hm."), *text(*SAID), *_USAGE_AFTER],
        call_in_pieces(id="chatcmpl-tool-8f"), _ID_LIST, refuse=(roles_alternate,), reasoning="Hm.", usage=(9, 3),
    ),
    "sglang": Imitation(
        "docs.sglang.ai backend/openai_api_completions",
        "/v1/chat/completions", "m", [*_thinking("reasoning_content", "Hm."), *text(*SAID), *_USAGE_AFTER],
        call_in_pieces(id="call_2b"), _ID_LIST, reasoning="Hm.", usage=(9, 3),
    ),
    "lm-studio": Imitation(
        "lmstudio.ai/docs/app/api/endpoints/openai and /tools",
        "/v1/chat/completions", "m", [*text(*SAID), *_USAGE_AFTER], call_in_pieces(id="365174485"), _ID_LIST, usage=(9, 3),
    ),
    "litellm": Imitation(
        "docs.litellm.ai/docs/proxy/user_keys; recordings/litellm-openai-text.sse",
        "/v1/chat/completions", "m", [*text(*SAID), *_USAGE_AFTER], call_in_pieces(), _ID_LIST, usage=(9, 3),
    ),
    "megallm": Imitation(
        "docs.megallm.io", "/v1/chat/completions", "m", [*text(*SAID), *_USAGE_AFTER], call_in_pieces(), _ID_LIST, usage=(9, 3),
    ),
}  # fmt: skip


def events_of(answers: list[Any], has_done: bool) -> bytes:
    """The events as bytes."""
    data = b"".join(b"data: %s\n\n" % json.dumps(each, ensure_ascii=False).encode() for each in answers)
    return data + (b"data: [DONE]\n\n" if has_done else b"")
