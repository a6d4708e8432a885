"""What the fake upstream says, as SSE bytes of the format that was asked for."""

import json
from typing import Any

Object = dict[str, Any]

_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}


def full_text(words: int) -> str:
    """The text of the model `text-n{words}`."""
    return "".join(f"word{number} " for number in range(words))


def pieces_of(text: str, count: int) -> list[str]:
    """The text in `count` pieces of nearly the same size."""
    size = max(1, -(-len(text) // max(1, count)))
    return [text[at : at + size] for at in range(0, len(text), size)] or [""]


def sse(event: Object | str, name: str = "") -> bytes:
    """One SSE event."""
    data = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
    return (f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode()


class OpenAIWire:
    """One answer in the OpenAI format."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._started = False
        self._tools = 0
        self._words = 0

    def _chunk(self, delta: Object | None, finish_reason: str | None = None, **more: Any) -> bytes:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
        chunk = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1, "model": self._model}
        return self.start() + sse({**chunk, "choices": choices, **more})

    def start(self) -> bytes:
        """What comes before the first word."""
        if self._started:
            return b""
        self._started = True
        return self._chunk({"role": "assistant", "content": ""})

    def text(self, text: str) -> bytes:
        """A piece of the answer."""
        self._words += 1
        return self._chunk({"content": text})

    def reasoning(self, text: str) -> bytes:
        """A piece of the reasoning."""
        return self._chunk({"reasoning_content": text})

    def tool(self, call: Object, pieces: int) -> list[bytes]:
        """A tool call, its arguments in pieces."""
        index, self._tools = self._tools, self._tools + 1
        first = {
            "index": index,
            "id": call["id"],
            "type": "function",
            "function": {"name": call["name"], "arguments": ""},
        }
        sent = [self._chunk({"tool_calls": [first]})]
        for piece in pieces_of(call.get("arguments", ""), pieces):
            sent.append(self._chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}))
        return sent

    def event(self, event: Object) -> bytes:
        """An event of the test's own."""
        return sse(event)

    def finish(self, reason: str) -> bytes:
        """The end of the answer."""
        usage = {"prompt_tokens": 10, "completion_tokens": self._words, "total_tokens": 10 + self._words}
        return self._chunk({}, reason) + self._chunk(None, usage=usage) + sse("[DONE]")

    def whole(self, text: str) -> Object:
        """The answer to a request without `stream`."""
        message = {"role": "assistant", "content": text}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        return {"object": "chat.completion", "model": self._model, "choices": choices, "usage": {"prompt_tokens": 10}}


class AnthropicWire:
    """One answer in the Anthropic format."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._started = False
        self._block: str | None = None
        self._index = -1
        self._words = 0

    def _event(self, event: Object) -> bytes:
        return sse(event, event["type"])

    def start(self) -> bytes:
        """What comes before the first word."""
        if self._started:
            return b""
        self._started = True
        message = {"id": "msg_fake", "type": "message", "role": "assistant", "model": self._model, "content": []}
        usage = {"input_tokens": 10, "output_tokens": 1}
        return self._event({"type": "message_start", "message": {**message, "usage": usage}})

    def _open(self, kind: str, block: Object) -> bytes:
        if self._block == kind and kind != "tool_use":
            return self.start()
        before = self.start() + self._close()
        self._block, self._index = kind, self._index + 1
        return before + self._event({"type": "content_block_start", "index": self._index, "content_block": block})

    def _close(self) -> bytes:
        if self._block is None:
            return b""
        self._block = None
        return self._event({"type": "content_block_stop", "index": self._index})

    def _delta(self, delta: Object) -> bytes:
        return self._event({"type": "content_block_delta", "index": self._index, "delta": delta})

    def text(self, text: str) -> bytes:
        """A piece of the answer."""
        self._words += 1
        return self._open("text", {"type": "text", "text": ""}) + self._delta({"type": "text_delta", "text": text})

    def reasoning(self, text: str) -> bytes:
        """A piece of the reasoning."""
        opened = self._open("thinking", {"type": "thinking", "thinking": "", "signature": ""})
        return opened + self._delta({"type": "thinking_delta", "thinking": text})

    def tool(self, call: Object, pieces: int) -> list[bytes]:
        """A tool call, its arguments in pieces."""
        sent = [self._open("tool_use", {"type": "tool_use", "id": call["id"], "name": call["name"], "input": {}})]
        for piece in pieces_of(call.get("arguments", ""), pieces):
            sent.append(self._delta({"type": "input_json_delta", "partial_json": piece}))
        return sent

    def event(self, event: Object) -> bytes:
        """An event of the test's own."""
        return sse(event, str(event.get("type", "message")))

    def finish(self, reason: str) -> bytes:
        """The end of the answer."""
        delta = {"stop_reason": _STOP_REASONS.get(reason, reason), "stop_sequence": None}
        ending = self._event({"type": "message_delta", "delta": delta, "usage": {"output_tokens": self._words}})
        return self.start() + self._close() + ending + self._event({"type": "message_stop"})

    def whole(self, text: str) -> Object:
        """The answer to a request without `stream`."""
        content = [{"type": "text", "text": text}]
        usage = {"input_tokens": 10, "output_tokens": 5}
        message = {"type": "message", "role": "assistant", "model": self._model, "content": content}
        return {**message, "stop_reason": "end_turn", "usage": usage}


Wire = OpenAIWire | AnthropicWire
