"""What a refusal teaches about a model: the same question is asked again without what was refused, or in another shape. Pure.

A refusal is never recognised by its sentence. What it names of the things that were sent is tried first; a refusal that
names nothing is taken to be about the tools, then about the system prompt, which most often are what a server lacks.
A lesson holds once the upstream answers; where it refuses in the same words again, it was not that.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from . import errors
from .endpoint import Endpoint
from .request import Request

# A value that is out of range is for a person to change: another name of the field would only hide the limit.
_RANGE = re.compile(
    r"too (?:large|small|high|low|long)|at (?:most|least)|(?:greater|less|larger|more) than|between|range|exceed|maximum|minimum"
    r"|[<>]=?",
    re.IGNORECASE,
)
# Which of several functions is meant, where only its place in the list is said: Gemini, Anthropic, OpenAI.
_PLACE = re.compile(r"function_declarations\[(\d+)\]|\btools\.(\d+)\b|\btools\[(\d+)\](?!\.function_declarations)")
_UNNAMED = ("tools", "system")


class Lesson(msgspec.Struct, frozen=True):
    """A trait of one model, as it has turned out; `said` are the words of the refusal that taught it."""

    trait: str
    value: Any
    said: str = ""

    @property
    def is_felt(self) -> bool:
        """Whether something that a person asked for is left out, not only sent in another shape."""
        return self.trait in ("tools", "left_out", "temperature", "pictures") or self.value == "none"


# What a request can hold, the words that name it, and what to try without it, in this order.
_TABLE: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, Any], ...]], ...] = (
    ("effort:budget", ("thinking", "budget"), (("effort", "adaptive"), ("effort", "none"))),
    ("effort:adaptive", ("thinking", "adaptive", "output_config", "effort"), (("effort", "budget"), ("effort", "none"))),
    ("effort:thinking", ("thinking",), (("effort", "effort"), ("effort", "none"))),
    ("effort:effort", ("effort", "thinking"), (("effort", "none"),)),
    ("effort:reasoning", ("reasoning", "effort"), (("effort", "effort"), ("effort", "none"))),
    ("temperature", ("temperature",), (("temperature", False),)),
    ("max_tokens", ("max_tokens", "max_completion_tokens"), (("max_tokens_field", "max_completion_tokens"),)),
    ("max_completion_tokens", ("max_tokens", "max_completion_tokens"), (("max_tokens_field", "max_tokens"),)),
    ("stream_options", ("stream_options", "stream options", "include_usage"), (("stream_options", False),)),
    ("pictures", ("image", "vision", "multimodal", "modalit"), (("pictures", False),)),
    ("prefill", ("prefill", "assistant message", "last message", "final message"), (("prefill", False),)),
    ("tools", ("tool", "function"), (("tools", False),)),
    ("system", ("system", "developer instruction", "roles must alternate"), (("system", False),)),
)  # fmt: skip


class Learning:
    """One question to one model, asked until it is taken: `endpoint` knows what the refusals so far have taught."""

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        self.endpoint = endpoint
        self.lessons: list[Lesson] = []
        self._untaught = endpoint
        self._model = model
        self._tried: set[tuple[str, str]] = set()
        self._refusal: tuple[int | None, str] | None = None

    def learn(self, error: errors.UpstreamError, request: Request) -> bool:
        """Whether to ask again with the present `endpoint`, after `request` was refused with `error`."""
        refusal = error.status, error.in_full
        if self.lessons and refusal == self._refusal:
            self.lessons.pop()
        self._refusal = refusal
        lesson = next((each for each in self._candidates(error, request) if self._is_new(each)), None)
        if lesson is None:
            self.lessons = []
        else:
            self._tried.add((lesson.trait, repr(lesson.value)))
            self.lessons = [each for each in self.lessons if each.trait != lesson.trait] + [lesson]
        self.endpoint = self._untaught.knowing(self._model, {each.trait: each.value for each in self.lessons})
        return lesson is not None

    def settle(self) -> list[Lesson]:
        """The lessons that hold, because the upstream has answered; they are news once."""
        held, self.lessons, self._untaught = self.lessons, [], self.endpoint
        return held

    def _is_new(self, lesson: Lesson) -> bool:
        return (lesson.trait, repr(lesson.value)) not in self._tried

    def _candidates(self, error: errors.UpstreamError, request: Request) -> Iterator[Lesson]:
        if type(error) not in (errors.RequestRefusedError, errors.NotFoundError, errors.ServerError):
            return
        said, words = error.said, error.in_full.lower()
        if (left_out := self._named_tool(error.in_full, request)) is not None:
            known = self.endpoint.traits_of(self._model).left_out
            yield Lesson("left_out", (*known, left_out), said)
        named = [
            (min(words.index(sign) for sign in signs if sign in words), number)
            for number, (what, signs, _) in enumerate(_TABLE)
            if what in request.holds and any(sign in words for sign in signs)
        ]
        is_a_persons = False
        for _, number in sorted(named):
            what, _, ways = _TABLE[number]
            if what in ("temperature", "max_tokens", "max_completion_tokens") and _RANGE.search(words):
                is_a_persons = True
                continue
            for trait, value in ways:
                yield Lesson(trait, value, said)
        if error.status in (400, 422, 501) and not is_a_persons:
            yield from (Lesson(what, False, said) for what in _UNNAMED if what in request.holds)

    def _named_tool(self, words: str, request: Request) -> str | None:
        """The tool, by our name, of which a refusal says the name or the place."""
        if len(request.tools) < 2:
            return None
        for wire, ours in request.tools.items():
            if re.search(rf"(?<![\w-]){re.escape(wire)}(?![\w-])", words):
                return ours
        place = _PLACE.search(words)
        number = int(next(filter(None, place.groups()))) if place else len(request.tools)
        return list(request.tools.values())[number] if number < len(request.tools) else None
