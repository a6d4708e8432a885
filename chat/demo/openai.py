"""The OpenAI format at the server's side: turns a JSON body into an Ask, and pieces of a reply into SSE bytes. Pure."""

from typing import Any

from chat.demo import fields
from chat.demo.ask import Ask, BadRequestError, Call, Said, Tool
from chat.demo.fields import items, mapping, text

PATH = "/v1/chat/completions"
REQUEST_ID_HEADER = "x-request-id"


def read(body: dict[str, Any]) -> Ask:
    """Parse a request. Raises BadRequestError."""
    turns: list[Said] = []
    system: list[str] = []
    names: dict[str, str] = {}
    for message in fields.messages(body):
        content = text(message.get("content"))
        match message.get("role"):
            case "system" | "developer":
                system.append(content)
            case "user":
                turns.append(Said("user", content))
            case "assistant":
                calls = [mapping(call) for call in items(message.get("tool_calls"))]
                names |= {str(call.get("id")): str(mapping(call.get("function")).get("name", "")) for call in calls}
                turns.append(Said("assistant", content))
            case "tool":
                turns.append(Said("tool", content, names.get(str(message.get("tool_call_id")), "")))
            case role:
                raise BadRequestError(f"There is no role {str(role)[:40]!r}. Use system, user, assistant or tool.")
    if not turns:
        raise BadRequestError("There is no user message.")
    choice = body.get("tool_choice")
    functions = [mapping(mapping(tool).get("function")) for tool in items(body.get("tools"))]
    tools = [
        Tool(str(one.get("name", "")), text(one.get("description")), mapping(one.get("parameters")))
        for one in functions
    ]
    return Ask(
        model=str(body.get("model", "")),
        turns=tuple(turns),
        system="\n".join(system),
        tools=() if choice == "none" else tuple(tools),
        must_call=choice == "required" or isinstance(choice, dict),
        stream=body.get("stream") is True,
        usage=mapping(body.get("stream_options")).get("include_usage") is True,
        max_tokens=fields.limit(body.get("max_completion_tokens", body.get("max_tokens"))),
    )


class Writer:
    """Writes an answer: begin(), then any number of reasoning(), text(), call() and arguments(), then end()."""

    def __init__(self, ask: Ask, answer_id: str, created: int, input_tokens: int) -> None:
        self._ask = ask
        self._head = {"id": f"chatcmpl-{answer_id}", "created": created, "model": ask.model}
        self._call_id = f"call_{answer_id}"
        self._input_tokens = input_tokens
        self._reasoning: list[str] = []
        self._text: list[str] = []
        self._call: Call | None = None

    def begin(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def reasoning(self, piece: str) -> bytes:
        self._reasoning.append(piece)
        return self._chunk({"reasoning_content": piece})

    def text(self, piece: str) -> bytes:
        self._text.append(piece)
        return self._chunk({"content": piece})

    def call(self, call: Call) -> bytes:
        self._call = call
        return self._chunk({"tool_calls": [{"index": 0, **self._tool_call(call.name, "")}]})

    def arguments(self, piece: str) -> bytes:
        return self._chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})

    def end(self, cut: bool, output_tokens: int, reasoning_tokens: int) -> bytes:
        """The finish reason, the usage if it was requested, and the end of the stream."""
        said = self._chunk({}, self._reason(cut))
        if self._ask.usage:
            usage = self._usage(output_tokens, reasoning_tokens)
            said += _event({**self._head, "object": "chat.completion.chunk", "choices": [], "usage": usage})
        return said + b"data: [DONE]\n\n"

    def whole(self, cut: bool, output_tokens: int, reasoning_tokens: int) -> dict[str, Any]:
        """The same answer as one JSON object."""
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._text)}
        if self._reasoning:
            message["reasoning_content"] = "".join(self._reasoning)
        if self._call:
            message["tool_calls"] = [self._tool_call(self._call.name, self._call.arguments)]
        choice = {"index": 0, "message": message, "finish_reason": self._reason(cut)}
        usage = self._usage(output_tokens, reasoning_tokens)
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": usage}

    def _reason(self, cut: bool) -> str:
        return "length" if cut else "tool_calls" if self._call else "stop"

    def _usage(self, output_tokens: int, reasoning_tokens: int) -> dict[str, Any]:
        return {
            "prompt_tokens": self._input_tokens,
            "completion_tokens": output_tokens,
            "total_tokens": self._input_tokens + output_tokens,
            "completion_tokens_details": {"reasoning_tokens": reasoning_tokens},
        }

    def _tool_call(self, name: str, arguments: str) -> dict[str, Any]:
        return {"id": self._call_id, "type": "function", "function": {"name": name, "arguments": arguments}}

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return _event({**self._head, "object": "chat.completion.chunk", "choices": [choice]})


def error(problem: BadRequestError, request_id: str) -> dict[str, Any]:
    """A refusal in this format."""
    code = "model_not_found" if problem.status == 404 else None
    return {"error": {"message": str(problem), "type": problem.kind, "param": None, "code": code}}


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + fields.dumps(value).encode() + b"\n\n"
