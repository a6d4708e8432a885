"""The demo's tool calls: chooses a tool by the words of the question, fills in its schema, reports its result."""

import json
import re
from typing import Any

from chat.demo.ask import Ask, Call, Said, Tool

MAX_RESULT_CHARS = 4000
_WORD = re.compile(r"[a-z]{3,}")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SUM = re.compile(r"[\d(][\d\s.()+*/%^-]*[\d)]")
_OPERATION = re.compile(r"\d\s*[-+*/%^]\s*\d")
_ADDRESS = re.compile(r"https?://\S+[^\s.,;:!?)]")
_FILE = re.compile(r"\b[\w-]+\.[a-z0-9]{2,5}\b", re.IGNORECASE)
_WANTED = re.compile(
    r"\b(?:search(?:\s+\w+)?|find|look)\b.*?\b(?:for|about|of)\s+(.{2,100})", re.IGNORECASE | re.DOTALL
)
_NOTE = re.compile(r"\A\[[^\]\n]*\]\n")
# Words that occur in any question and description.
_COMMON = frozenset(
    _WORD.findall(
        "all and any are can conversations current for from get give has have how into its name not one please read returns text "
        "that the this tool tools use used what when which who will with you your"
    )
)


def call_for(ask: Ask, question: str) -> Call | None:
    """The call for a question that asks for a tool or shares a distinctive word with a tool's name, else None."""
    if not ask.tools:
        return None
    words = _distinctive(question)
    scored = [(_score(tool, words, question), tool) for tool in ask.tools]
    score, best = max(scored, key=lambda pair: pair[0])
    wanted = ask.must_call or score >= 1 or re.search(r"\buse\b.*\btools?\b", question, re.IGNORECASE)
    return Call(best.name, json.dumps(_arguments(best, question), ensure_ascii=False)) if wanted else None


def _score(tool: Tool, words: set[str], question: str) -> float:
    """How well a tool suits a question: its name counts, its description only breaks ties."""
    signs = len(words & _distinctive(tool.name))
    if "calc" in tool.name and _OPERATION.search(question):
        signs += 2
    if "page" in tool.name and _ADDRESS.search(question):
        signs += 2
    return signs + 0.01 * len(words & _distinctive(tool.description))


def report(turns: tuple[Said, ...]) -> str:
    """What to say once the tools have answered: the results of the last round."""
    results: list[Said] = []
    for turn in reversed(turns):
        if turn.role != "tool":
            break
        results.insert(0, turn)
    said = "\n\n".join(_result(turn) for turn in results)
    return f"{said}\n\nThat is all I, a demo, can do with it: I quote it. A real model would read it and answer your question."


def _result(turn: Said) -> str:
    # Parley's note before a result is for the model only.
    text = _NOTE.sub("", turn.text).strip() or "(nothing)"
    if len(text) > MAX_RESULT_CHARS:
        text = text[:MAX_RESULT_CHARS].rstrip() + "…"
    ticks = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, ticks + 1)
    name = f"The tool `{turn.name}`" if turn.name else "The tool"
    return f"{name} answered:\n\n{fence}\n{text}\n{fence}"


def _distinctive(text: str) -> set[str]:
    return set(_WORD.findall(text.lower().replace("_", " "))) - _COMMON


def _arguments(tool: Tool, question: str) -> dict[str, Any]:
    properties = tool.schema.get("properties")
    if not isinstance(properties, dict):
        return {}
    required = tool.schema.get("required")
    names = [name for name in required if name in properties] if isinstance(required, list) else []
    return {name: _value(properties[name], str(name), question) for name in names or list(properties)[:1]}


def _value(schema: Any, name: str, question: str) -> Any:
    schema = schema if isinstance(schema, dict) else {}
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return next((one for one in schema["enum"] if str(one).lower() in question.lower()), schema["enum"][0])
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    number = _NUMBER.search(question)
    match kind:
        case "integer":
            return int(float(number[0])) if number else 1
        case "number":
            return float(number[0]) if number else 1
        case "boolean":
            return True
        case "array":
            return [_value(schema.get("items"), name, question)]
        case "object":
            return _arguments(Tool("", "", schema), question)
    return _words_for(name, question) or " ".join(question.split())[:200]


def _words_for(name: str, question: str) -> str:
    """The part of the question that a field of this name is about, or ""."""
    signs = {r"expr|formula|calc": _SUM, r"url|address": _ADDRESS, r"name|file": _FILE, r"query|search": _WANTED}
    for sign, pattern in signs.items():
        found = pattern.search(question) if re.search(sign, name) else None
        if found:
            return found[found.re.groups].strip(" ?.!\n")
    return ""
