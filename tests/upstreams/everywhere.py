"""Feeds an answer whole, byte by byte and cut in two at every place: the outcome has to be the same."""

import json
from typing import Any

from chat.upstreams import FORMATS, errors
from chat.upstreams.answer import Answer
from chat.upstreams.events import Event
from tests.upstreams.decode import Result, cut_at, total

Outcome = tuple[Result, str, bool]


def openai(*chunks: Any, done: bool = True) -> bytes:
    """A stream of these choices, or of whole chunks."""
    found = [chunk if "choices" in chunk else {"choices": [{"index": 0, **chunk}]} for chunk in chunks]
    return "".join(f"data: {json.dumps(each)}\n\n" for each in found).encode() + (b"data: [DONE]\n\n" if done else b"")


def anthropic(*events: Any) -> bytes:
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def outcome(format_name: str, pieces: list[bytes], *, breaks: bool = False) -> Outcome:
    """The answer's sum, the code of its error, and whether it counts as whole; `breaks`: the connection is lost at the end."""
    answer = Answer(FORMATS[format_name], "Test")
    code, events = "", list[Event]()
    try:
        for piece in pieces:
            answer.feed(piece)
        if breaks:
            raise answer.cut() or errors.BrokenOffError("The connection broke.")
        answer.end()
    except errors.UpstreamError as error:
        code = "" if answer.whole_despite(error) else error.code
    events += answer.take()
    return total(events), code, answer.said


def everywhere(format_name: str, data: bytes, *, thorough: bool = True, **more: Any) -> Outcome:
    """The outcome, which is the same however the bytes are cut; not `thorough`: only whole and byte by byte."""
    whole = outcome(format_name, [data], **more)
    assert outcome(format_name, [data[at : at + 1] for at in range(len(data))], **more) == whole
    for place in range(1, len(data)) if thorough else ():
        assert outcome(format_name, cut_at(data, [place]), **more) == whole, place
    return whole


def said(text: str, reason: str | None = None, **more: Any) -> dict[str, Any]:
    """A choice of the OpenAI format with a piece of text."""
    return {"delta": {"content": text}, "finish_reason": reason, **more}
