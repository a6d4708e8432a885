"""The behaviour that a model's name spells out, as a scenario's steps."""

import re
from typing import Any

from .wire import full_text

Steps = list[dict[str, Any]]

_OPTION = re.compile(r"-([nrtkxXbsoge])(\d+)")


def steps_for(model: str, body: dict[str, Any]) -> Steps:
    """The steps for a request to a model without a scenario."""
    if not model.startswith("text"):
        return [{"text": f"You said: {last_text(body, 'user')}", "pieces": 3}, {"finish": "stop"}]
    options = {letter: int(number) for letter, number in _OPTION.findall(model)}
    if "e" in options:
        return [{"status": options["e"], "body": {"error": {"message": "as you asked", "type": "fake"}}}]
    return _text_steps(options, body, "length" if model.endswith("-l") else "stop")


def _text_steps(options: dict[str, int], body: dict[str, Any], reason: str) -> Steps:
    text = full_text(options.get("n", 20))
    partial = _partial(text, body)
    words = re.findall(r"\S+\s*|\s+", text[max(0, len(partial) - options.get("o", 0)) if partial else 0 :])
    pause = 1 / options["r"] if options.get("r") else 0.0
    burst = options.get("b", 1)
    steps: Steps = [{"split": options["s"]}] if "s" in options else []
    if "t" in options:
        steps.append({"wait": options["t"] / 1000})
    steps += [{"reasoning": f"thought{number} "} for number in range(options.get("k", 0))]
    drop = options.get("X", options.get("x") if not partial else None)
    for at in range(0, len(words) if drop is None else min(drop, len(words)), burst):
        if at == options.get("g"):
            steps.append({"hold": True})
        steps.append({"texts": words[at : min(at + burst, len(words) if drop is None else drop)]})
        if pause:
            steps.append({"wait": pause * burst})
    dropped = drop is not None and drop < len(words)
    return [*steps, {"close": True}] if dropped else [*steps, {"finish": reason}]


def _partial(text: str, body: dict[str, Any]) -> str:
    """The beginning of the text that the client already has and asks to be continued, else nothing."""
    messages = body.get("messages") or [{}]
    asked = messages[-1].get("role") == "assistant" or "continue" in last_text(body, "user").lower()
    had = last_text(body, "assistant")
    if not asked or not had or had.strip() == text.strip():
        return ""
    if text.startswith(had):
        return had
    return had.rstrip() if text.startswith(had.rstrip()) else ""


def last_text(body: dict[str, Any], role: str) -> str:
    """The text of the last message with this role."""
    for message in reversed(body.get("messages") or []):
        if message.get("role") == role:
            content = message.get("content") or ""
            if isinstance(content, str):
                return content
            return "".join(block.get("text") or "" for block in content if isinstance(block, dict))
    return ""
