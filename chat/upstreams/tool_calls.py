"""Which tool call a piece belongs to, when servers leave out, repeat or restart what should say so. Pure."""

from typing import Any

import msgspec

from chat.text import clean, clean_json

from .events import ToolCallDelta

# At most this much text of one answer is checked for complete arguments, four times what an answer may have: a server
# that caused a check with each of 40,000 pieces blocked the process for 11 s.
MAX_JUDGED_CHARS = 32 << 20


class _Call(msgspec.Struct):
    key: str
    id: str | None = None
    name: str | None = None
    arguments: list[str] = []


class ToolCalls:
    """The tool calls of one answer.

    A piece belongs to the call of its id, else of its index, else to the latest. Without an id, a piece that names a
    tool begins a new call when the call it would go to has another name, or has complete arguments already.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_id: dict[str, _Call] = {}
        self._by_index: dict[int, _Call] = {}
        self._judged_chars = 0

    def __bool__(self) -> bool:
        return bool(self._calls)

    def piece(
        self,
        index: int | None,
        call_id: str | None,
        name: str | None,
        arguments: str,
        extra: dict[str, Any] | None = None,
    ) -> ToolCallDelta:
        """The event for one piece; its id and name are set only where they are news."""
        call_id, name, arguments = clean(call_id or "") or None, clean(name or "") or None, clean(arguments)
        call = self._find(index, call_id, name, arguments)
        if call is None:
            call = _Call(f"call-{len(self._calls)}", arguments=[])
            self._calls.append(call)
        if index is not None:
            self._by_index[index] = call
        new_id = call_id if call_id and call_id != call.id else None
        new_name = name if name and name != call.name else None
        if new_id:
            call.id = new_id
            self._by_id[new_id] = call
        if new_name:
            call.name = new_name
        if arguments:
            call.arguments.append(arguments)
        return ToolCallDelta(call.key, new_id, new_name, arguments, clean_json(extra))

    def _find(self, index: int | None, call_id: str | None, name: str | None, arguments: str) -> _Call | None:
        if call_id is not None and call_id in self._by_id:
            return self._by_id[call_id]
        if index is not None:
            call = self._by_index.get(index)
        else:
            call = self._calls[-1] if self._calls else None
        if call is None:
            return None
        if call_id is not None:  # a new id is a new call, unless the call has been waiting for its id
            return call if call.id is None else None
        if name is not None and call.name is not None:
            if name != call.name:
                return None
            if arguments.lstrip().startswith("{") and self._is_complete(call):
                return None
        return call

    def _is_complete(self, call: _Call) -> bool:
        if self._judged_chars > MAX_JUDGED_CHARS:
            return False
        text = "".join(call.arguments)
        call.arguments = [text]
        self._judged_chars += len(text)
        return _is_json(text)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True
