"""The transcript: a pure fold. Events become changes, changes become the state of an answer.

Twin: static/js/shared/transcript.js folds the same changes in the browser; tests/transcripts/ is read by both.

A state is `{"parts": [part, ...], "run": {field: value}}`. A change is a list, one of

    ["add", index, part]        a new part at the end
    ["text", index, string]     more of a part's growing string: `arguments` of a call, `text` of any other
    ["set", index, {fields}]    fields of a part
    ["run", {fields}]           fields of the run

This module knows neither rows nor sockets nor what an upstream's wire looks like.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict, cast

from chat.upstreams import events as ev
from chat.upstreams.given import Source

# Of one answer: a search gives ten to twenty, and an answer of research some dozens.
MAX_SOURCES = 200

Change = list[Any]
# A part as JSON; chat.upstreams.parts has the parts that a format encodes.
StoredPart = dict[str, Any]


class Usage(TypedDict, total=False):
    """The tokens of all requests of a run, as the upstream counted them; None where it did not."""

    input_tokens: int | None
    output_tokens: int | None
    cached_input_tokens: int | None
    reasoning_tokens: int | None
    cache_write_input_tokens: int | None


class TimelineState(TypedDict):
    """A run's course; see chat.runs.timeline."""

    moments: list[list[Any]]
    every_seconds: float
    tokens: list[int]


class RunError(TypedDict, total=False):
    """What a run failed of: `message` is all of it in English, the rest are its pieces (chat.upstreams.errors)."""

    code: str
    message: str
    request_id: str | None
    sentence: str
    fields: dict[str, str | float]
    wait_seconds: float | None
    said: str


class RunState(TypedDict, total=False):
    """The fields of a run. Twin: `Run` in static/js/state/types.js. Times are ms since the epoch, by the server's clock."""

    status: str
    phase: str
    phase_since: int
    started_at: int
    attempt: int
    of: int
    wait_seconds: float
    why: str
    upstream: str
    model: str
    cut_turns: int
    left_out_tools: list[str]
    learned: list[str]
    chunks: int
    output_tokens: int
    tokens_estimated: bool
    tokens_per_second: float | None
    elapsed_seconds: float
    ttft_seconds: float
    timeline: TimelineState
    usage: Usage
    finish_reason: str
    raw_finish_reason: str
    request_id: str
    model_said: str
    error: RunError | None


class State(TypedDict):
    parts: list[StoredPart]
    run: RunState


class BrokenTranscriptError(ValueError):
    """A change that does not fit the state it is applied to."""


def empty_state() -> State:
    return {"parts": [], "run": {}}


def fold(state: State, changes: Iterable[Change]) -> State:
    """Apply `changes` to `state` in place and return it. Raises BrokenTranscriptError for a change that does not fit."""
    parts, run = state["parts"], cast("dict[str, Any]", state["run"])
    for change in changes:
        try:
            match change:
                case ["text", int(index), str(text)] if _is_index(index):
                    part = parts[index]
                    part[_growing(part)] += text
                case ["run", dict(fields)]:
                    run.update(fields)
                case ["set", int(index), dict(fields)] if _is_index(index):
                    parts[index].update(fields)
                case ["add", int(index), dict(part)] if _is_index(index) and index == len(parts):
                    parts.append(dict(part))
                case _:
                    raise BrokenTranscriptError(f"a change that does not fit: {str(change)[:80]}")
        except (IndexError, KeyError, TypeError) as error:
            raise BrokenTranscriptError(f"a change that does not fit: {str(change)[:80]}") from error
    return state


def merge(changes: Iterable[Change]) -> list[Change]:
    """The same effect in fewer changes: neighbours that grow one part, or that set fields of the run, become one."""
    merged: list[Change] = []
    fragments: list[str] = []

    def close() -> None:
        if fragments:
            merged[-1] = ["text", merged[-1][1], "".join(fragments)]
            fragments.clear()

    for change in changes:
        last = merged[-1] if merged else None
        if change[0] == "text":
            if fragments and last is not None and last[1] == change[1]:
                fragments.append(change[2])
                continue
            close()
            fragments.append(change[2])
            merged.append(change)
        else:
            close()
            if change[0] == "run" and last is not None and last[0] == "run":
                merged[-1] = ["run", {**last[1], **change[1]}]
            else:
                merged.append(change)
    close()
    return merged


def as_changes(state: State) -> list[Change]:
    """The changes that make `state` from nothing."""
    run: list[Change] = [["run", dict(state["run"])]] if state["run"] else []
    return [*run, *(["add", index, dict(part)] for index, part in enumerate(state["parts"]))]


class Sources:
    """The sources of one answer: one for each address, numbered as its text refers to them."""

    def __init__(self) -> None:
        self._known: dict[str, StoredPart] = {}
        self._indexes: dict[str, int] = {}
        self._numbers: set[int] = set()

    def note(self, index: int, part: StoredPart) -> None:
        """Remember a source that is a part."""
        key = part.get("url") or part.get("title") or ""
        self._known[key], self._indexes[key] = dict(part), index
        self._numbers.add(part.get("number") or 0)

    def take(self, source: Source) -> tuple[int | None, int, dict[str, Any]]:
        """The index of a known source, its number (0: there are too many), and what has become known of it."""
        key = source.url or source.title
        if known := self._known.get(key):
            is_news = known["title"] == known["url"] != source.title and bool(source.title)
            fields = {"title": source.title} if is_news else {}
            known.update(fields)
            return self._indexes[key], known.get("number") or 0, fields
        if len(self._known) >= MAX_SOURCES:
            return None, 0, {}
        number = source.number
        if number is None or number in self._numbers:
            number = max(self._numbers, default=0) + 1
        return None, number, {}


class Writer:
    """Turns an upstream's content events into changes, given the parts that are there already."""

    def __init__(self, parts: Iterable[StoredPart] = ()) -> None:
        self._types: list[str] = []
        # The last part that is no source: a source is listed apart and ends no text.
        self._last = -1
        self._calls: dict[str, int] = {}
        self._provider_calls: dict[str, int] = {}
        self._reasoning_is_signed = False
        self._sources = Sources()
        for part in parts:
            self._note(part)

    def apply(self, event: ev.Event) -> list[Change]:
        """The changes `event` makes; none for events that are about the run and not about its content."""
        match event:
            case ev.Text(text=text):
                return self._grow("text", text)
            case ev.Reasoning(text=text):
                return self._grow("reasoning", text)
            case ev.Refusal(text=text):
                return self._grow("refusal", text)
            case ev.TextWasReasoning():
                return self._turn_to_reasoning()
            case ev.ReasoningSignature(signature=signature):
                return self._sign(signature)
            case ev.ReasoningDetails(details=details):
                return self._detail(details)
            case ev.RedactedReasoning(data=data):
                self._reasoning_is_signed = True
                return [self._add({"type": "reasoning", "text": "", "redacted": data})]
            case ev.ToolCallDelta():
                return self._call(event)
            case ev.ProviderCall() | ev.ProviderResult():
                return self._provider_call(event)
            case Source():
                return self._source(event)
            case _:
                return []

    def seam(self, *, attempt: int, of: int, why: str) -> Change:
        """The visible mark between what came before a broken connection and what came after it."""
        self._calls.clear()
        return self._add({"type": "seam", "attempt": attempt, "of": of, "why": why})

    def result(self, part: StoredPart) -> Change:
        """A tool's result; what follows the last one is a new round."""
        return self._add(part)

    def file(self, part: StoredPart) -> Change:
        """The part of a file that the model gave."""
        return self._add(part)

    def end_round(self) -> list[int]:
        """The indexes of the tool calls of this round, in their order; later pieces belong to another round."""
        indexes = sorted(self._calls.values())
        self._calls.clear()
        return indexes

    def kind(self, index: int) -> str:
        """The type of the part at `index`."""
        kind: str = self._types[index]
        return kind

    def last(self, kind: str) -> int | None:
        """The index of the newest part of that type."""
        return next((index for index in reversed(range(len(self._types))) if self._types[index] == kind), None)

    def _note(self, part: StoredPart) -> None:
        index = len(self._types)
        self._types.append(part["type"])
        if part["type"] == "source":
            self._sources.note(index, part)
        else:
            self._last = index

    def _add(self, part: StoredPart) -> Change:
        self._note(part)
        return ["add", len(self._types) - 1, part]

    def _grow(self, kind: str, text: str) -> list[Change]:
        if not text:
            return []
        fresh = self._last < 0 or self._types[self._last] != kind or (kind == "reasoning" and self._reasoning_is_signed)
        if fresh:
            self._reasoning_is_signed = False
            return [self._add({"type": kind, "text": text})]
        return [["text", self._last, text]]

    def take_back(self) -> list[Change]:
        """Empty the texts of the unfinished round: the model has begun it anew."""
        changes: list[Change] = []
        for index in reversed(range(len(self._types))):
            if self._types[index] == "tool_result":
                break
            if self._types[index] == "text":
                changes.append(["set", index, {"text": ""}])
        return changes[::-1]

    def _turn_to_reasoning(self) -> list[Change]:
        """Make reasoning of the text that the request at work has brought."""
        changes: list[Change] = []
        for index in reversed(range(len(self._types))):
            if self._types[index] in ("seam", "tool_result"):
                break
            if self._types[index] == "text":
                self._types[index] = "reasoning"
                changes.append(["set", index, {"type": "reasoning"}])
        return changes[::-1]

    def _sign(self, signature: str) -> list[Change]:
        is_open = self._last >= 0 and self._types[self._last] == "reasoning"
        opening = [] if is_open else [self._add({"type": "reasoning", "text": ""})]
        self._reasoning_is_signed = True
        return [*opening, ["set", self._last, {"signature": signature}]]

    def _detail(self, details: list[dict[str, Any]]) -> list[Change]:
        """To the last reasoning of this round; where there is none that people could read, to one without text."""
        index = self.last("reasoning")
        if index is None or index < (self.last("tool_result") or 0):
            change = self._add({"type": "reasoning", "text": "", "details": details})
            return [change]
        return [["set", index, {"details": details}]]

    def _call(self, delta: ev.ToolCallDelta) -> list[Change]:
        index = self._calls.get(delta.key)
        if index is None:
            # Some servers never send an id; both formats pair a result with its call by one.
            made = delta.id or f"call_{len(self._types)}"
            part = {"type": "tool_call", "id": made, "name": delta.name or "", "arguments": delta.arguments}
            change = self._add(part | ({"extra": delta.extra} if delta.extra else {}))
            self._calls[delta.key] = len(self._types) - 1
            return [change]
        fields = {"id": delta.id, "name": delta.name, "extra": delta.extra}
        known = {name: value for name, value in fields.items() if value}
        changes: list[Change] = [["set", index, known]] if known else []
        return [*changes, ["text", index, delta.arguments]] if delta.arguments else changes

    def _provider_call(self, event: ev.ProviderCall | ev.ProviderResult) -> list[Change]:
        index = self._provider_calls.get(event.id)
        opening: list[Change] = []
        if index is None:
            name = event.name if isinstance(event, ev.ProviderCall) else ""
            opening = [self._add({"type": "provider_call", "id": event.id, "name": name, "arguments": ""})]
            index = self._provider_calls[event.id] = len(self._types) - 1
        if isinstance(event, ev.ProviderCall):
            return [*opening, ["text", index, event.arguments]] if event.arguments else opening
        links = [{"type": "source", "title": link.title, "url": link.url} for link in event.links]
        failed = {"is_error": True} if event.is_error else {}
        return [*opening, ["set", index, {"text": event.text, **({"contents": links} if links else {}), **failed}]]

    def _source(self, source: Source) -> list[Change]:
        index, number, fields = self._sources.take(source)
        changes: list[Change] = []
        if index is None and number:
            changes = [self._add({"type": "source", "number": number, "title": source.title, "url": source.url})]
        elif index is not None and fields:
            changes = [["set", index, fields]]
        return [*changes, *self._grow("text", f"[{number}]")] if source.is_cited and number else changes


def _is_index(index: int) -> bool:
    # Python would take -1 for the last part and True for the second; the twin takes neither.
    return index >= 0 and index is not True and index is not False


def _growing(part: StoredPart) -> str:
    return "arguments" if part["type"] in ("tool_call", "provider_call") else "text"
