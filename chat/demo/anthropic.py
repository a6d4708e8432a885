"""The demo's side of the Anthropic format: JSON body -> Ask, pieces of a reply -> SSE bytes. Pure."""

from typing import Any, Literal

from chat.demo import fields
from chat.demo.ask import Ask, BadRequestError, Call, Said, Tool
from chat.demo.fields import items, mapping, text

PATH = "/v1/messages"
REQUEST_ID_HEADER = "request-id"


def read(body: dict[str, Any]) -> Ask:
    """The request. Raises BadRequestError."""
    if body.get("max_tokens") is None:
        raise BadRequestError("`max_tokens` is required.")
    turns: list[Said] = []
    names: dict[str, str] = {}
    for message in fields.messages(body):
        role = message.get("role")
        if role not in ("user", "assistant"):
            raise BadRequestError(f"There is no role {str(role)[:40]!r}. Use user or assistant.")
        turns += _turns(role, message.get("content"), names)
    if not turns:
        raise BadRequestError("There is no user message.")
    choice = mapping(body.get("tool_choice")).get("type")
    tools = [mapping(tool) for tool in items(body.get("tools"))]
    return Ask(
        model=str(body.get("model", "")),
        turns=tuple(turns),
        system=text(body.get("system")),
        tools=()
        if choice == "none"
        else tuple(
            Tool(str(tool.get("name", "")), text(tool.get("description")), mapping(tool.get("input_schema")))
            for tool in tools
        ),
        must_call=choice in ("any", "tool"),
        stream=body.get("stream") is True,
        thinking=mapping(body.get("thinking")).get("type") in ("enabled", "adaptive"),
        max_tokens=fields.limit(body.get("max_tokens")),
    )


def _turns(role: Literal["user", "assistant"], content: Any, names: dict[str, str]) -> list[Said]:
    """A message as turns: tool results first, then what was said."""
    blocks = [mapping(block) for block in items(content)]
    for block in blocks:
        if block.get("type") == "tool_use":
            names[str(block.get("id"))] = str(block.get("name", ""))
    results = [
        Said("tool", text(block.get("content")), names.get(str(block.get("tool_use_id")), ""))
        for block in blocks
        if block.get("type") == "tool_result"
    ]
    said = text(content)
    return results if results and not said else [*results, Said(role, said)]


class Writer:
    """One answer in this format: begin(), then reasoning(), text() and call_…() in any number, then end()."""

    def __init__(self, ask: Ask, answer_id: str, created: int, input_tokens: int) -> None:
        self._message = {"id": f"msg_{answer_id}", "type": "message", "role": "assistant", "model": ask.model}
        self._call_id = f"toolu_{answer_id}"
        self._input_tokens = input_tokens
        self._blocks: list[dict[str, Any]] = []

    def begin(self) -> bytes:
        message: dict[str, Any] = {
            **self._message,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": self._usage(1),
        }
        return _event("message_start", {"message": message}) + _event("ping", {})

    def reasoning(self, piece: str) -> bytes:
        said = self._block({"type": "thinking", "thinking": "", "signature": ""})
        self._blocks[-1]["thinking"] += piece
        return said + self._delta({"type": "thinking_delta", "thinking": piece})

    def text(self, piece: str) -> bytes:
        said = self._block({"type": "text", "text": ""})
        self._blocks[-1]["text"] += piece
        return said + self._delta({"type": "text_delta", "text": piece})

    def call(self, call: Call) -> bytes:
        said = self._block({"type": "tool_use", "id": self._call_id, "name": call.name, "input": {}})
        self._blocks[-1]["input"] = call.arguments
        return said

    def arguments(self, piece: str) -> bytes:
        return self._delta({"type": "input_json_delta", "partial_json": piece})

    def end(self, cut: bool, output_tokens: int, reasoning_tokens: int) -> bytes:
        """The end of the last block, the stop reason with the usage, and the end of the message."""
        delta = {"stop_reason": self._reason(cut), "stop_sequence": None}
        ending = _event("message_delta", {"delta": delta, "usage": {"output_tokens": output_tokens}})
        return self._block_end() + ending + _event("message_stop", {})

    def whole(self, cut: bool, output_tokens: int, reasoning_tokens: int) -> dict[str, Any]:
        """The same answer as one JSON object."""
        blocks = [
            {**block, "input": fields.loads(block["input"])} if block["type"] == "tool_use" else _signed(block)
            for block in self._blocks
        ]
        ending = {"stop_reason": self._reason(cut), "stop_sequence": None, "usage": self._usage(output_tokens)}
        return {**self._message, "content": blocks, **ending}

    def _reason(self, cut: bool) -> str:
        if cut:
            return "max_tokens"
        return "tool_use" if self._blocks and self._blocks[-1]["type"] == "tool_use" else "end_turn"

    def _usage(self, output_tokens: int) -> dict[str, Any]:
        return {"input_tokens": self._input_tokens, "output_tokens": output_tokens}

    def _block(self, start: dict[str, Any]) -> bytes:
        """The bytes that open a block of this type; nothing where one is open already."""
        if self._blocks and self._blocks[-1]["type"] == start["type"]:
            return b""
        ended = self._block_end()
        self._blocks.append(dict(start))
        return ended + _event("content_block_start", {"index": len(self._blocks) - 1, "content_block": start})

    def _block_end(self) -> bytes:
        if not self._blocks:
            return b""
        signed = self._blocks[-1]["type"] == "thinking"
        signature = self._delta({"type": "signature_delta", "signature": SIGNATURE}) if signed else b""
        return signature + _event("content_block_stop", {"index": len(self._blocks) - 1})

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return _event("content_block_delta", {"index": len(self._blocks) - 1, "delta": delta})


# A provider signs reasoning so that it can tell its own when it comes back; the demo believes everybody.
SIGNATURE = "ZGVtbw=="


def error(problem: BadRequestError, request_id: str) -> dict[str, Any]:
    """A refusal in this format."""
    kind = "not_found_error" if problem.status == 404 else problem.kind
    return {"type": "error", "error": {"type": kind, "message": str(problem)}, "request_id": request_id}


def _signed(block: dict[str, Any]) -> dict[str, Any]:
    return {**block, "signature": SIGNATURE} if block["type"] == "thinking" else block


def _event(name: str, value: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {fields.dumps({'type': name, **value})}\n\n".encode()
