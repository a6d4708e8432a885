"""Which tool call a piece belongs to, when servers leave out, repeat or restart what should say so. Pure."""

from typing import Any

import msgspec

from chat.text import clean, clean_json

from .errors import LimitReachedError
from .events import ToolCallDelta

# At most this much text of one answer is checked for complete arguments, four times what an answer may have: a server
# that caused a check with each of 40,000 pieces blocked the process for 11 s.
MAX_JUDGED_CHARS = 32 << 20
# What is kept of calls that have no name yet; a name comes with the first pieces, or never.
MAX_NAMELESS_CHARS = 1 << 20
_NOTHING = "{}"


class _Call(msgspec.Struct):
    key: str
    id: str | None = None
    name: str | None = None
    arguments: list[str] = []
    untold: list[str] = []
    extra: dict[str, Any] | None = None
    is_told: bool = False


class ToolCalls:
    """The tool calls of one answer.

    A piece belongs to the call of its id, else of its index, else to the latest. Without an id, a piece that names a
    tool begins a new call when the call it would go to has another name, or has complete arguments already. A call is told
    once it has a name; one that never gets a name is left out.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_id: dict[str, _Call] = {}
        self._by_index: dict[int, _Call] = {}
        self._judged_chars = 0
        self._nameless_chars = 0

    def __bool__(self) -> bool:
        return any(call.name for call in self._calls)

    @property
    def are_whole(self) -> bool:
        """Every call has complete arguments, or none at all."""
        return all(self._is_complete(call) or not "".join(call.arguments) for call in self._calls if call.name)

    def has(self, call_id: str) -> bool:
        """Whether a call has this id."""
        return call_id in self._by_id

    def piece(
        self,
        index: int | None,
        call_id: str | None,
        name: str | None,
        arguments: str,
        extra: dict[str, Any] | None = None,
    ) -> list[ToolCallDelta]:
        """What one piece tells; the id and the name only where they are news."""
        call_id, name, arguments = clean(call_id or "") or None, clean(name or "") or None, clean(arguments)
        call = self._find(index, call_id, name, arguments)
        if call is None:
            call = _Call(f"call-{len(self._calls)}")
            self._calls.append(call)
        if index is not None:
            self._by_index[index] = call
        new_id = call_id if call_id and call_id != call.id else None
        new_name = name if name and name != call.name else None
        if new_id:
            call.id = new_id
            self._by_id[new_id] = call
        call.name = new_name or call.name
        call.extra = clean_json(extra) or call.extra
        self._add(call, arguments)
        if not call.name:
            self._hold(call_id, arguments, call.extra)
            return []
        if not call.is_told:
            call.is_told = True
            return [ToolCallDelta(call.key, call.id, call.name, self._untold(call), call.extra)]
        arguments = self._untold(call)
        if not (new_id or new_name or arguments or extra):
            return []
        return [ToolCallDelta(call.key, new_id, new_name, arguments, clean_json(extra))]

    def end(self) -> list[ToolCallDelta]:
        """What was held back, now that no more comes."""
        rests = ((call.key, self._untold(call, is_over=True)) for call in self._calls if call.name)
        return [ToolCallDelta(key, arguments=rest) for key, rest in rests if rest]

    def _hold(self, call_id: str | None, arguments: str, extra: dict[str, Any] | None) -> None:
        self._nameless_chars += len(call_id or "") + len(arguments) + (len(str(extra)) if extra else 0)
        if self._nameless_chars > MAX_NAMELESS_CHARS:
            raise LimitReachedError("Stopped: the arguments of a tool call did not end.")

    def _add(self, call: _Call, arguments: str) -> None:
        if call.arguments and arguments.lstrip().startswith("{"):
            if call.arguments == [_NOTHING]:  # it stood where nothing was known yet
                call.arguments, call.untold = [], []
            elif arguments.rstrip().endswith("}") and self._is_complete(call) and call.arguments == [arguments]:
                return  # said again
        if arguments:
            call.arguments.append(_NOTHING if not call.arguments and arguments.strip() == _NOTHING else arguments)
            call.untold.append(call.arguments[-1])

    def _untold(self, call: _Call, *, is_over: bool = False) -> str:
        """The arguments that were not told yet. `{}` is held back: some servers begin with it, then send the real ones."""
        if call.arguments == [_NOTHING] and not is_over:
            return ""
        untold, call.untold = call.untold, []
        return "".join(untold)

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
