"""Titles: like any model, the demo is asked for one in a separate short request. Pure."""

import re

from chat.demo.ask import Ask

MAX_WORDS = 6
MAX_CHARS = 48
# A title is a few words, so a request that allows more tokens than this is not for a title.
MAX_TITLE_TOKENS = 400
_ASKS = re.compile(r"\btitle\b", re.IGNORECASE)
_INSTRUCTS = re.compile(
    r"\b(words?|short|conversation|chat|summar\w+|give|write|generate|reply|answer)\b", re.IGNORECASE
)
_FILLER = re.compile(
    r"^(?:please|hello|hi|hey|can you|could you|would you|will you|i want to know|tell me|explain|show me|give me|"
    r"what is|what are|what's|how do i|how can i|how do we|how to|how are|how is|the|an|a|some|about)\b[\s,:!]*",
    re.IGNORECASE,
)
# If the whole request is one turn, the question comes after a line such as "The question:", or in quotes.
_MARKER = re.compile(
    r"^(?:the\s+)?(?:first\s+)?(?:user|human|person|question|message)\b[^:\n]{0,20}:\s*(.*)$", re.IGNORECASE
)
_QUOTED = re.compile(r"[“\"«]([^“”\"«»]{2,2000})[”\"»]")
_MARKUP = re.compile(r"[`*_#>\[\]{}|]")


def wants_title(ask: Ask) -> bool:
    """Whether this is a request for a conversation's title."""
    if ask.tools or ask.max_tokens is None or ask.max_tokens > MAX_TITLE_TOKENS:
        return False
    last = ask.questions[-1] if ask.questions else ""
    return any(_ASKS.search(text) and _INSTRUCTS.search(text) for text in (ask.system, last))


def title(ask: Ask) -> str:
    """A few words from the question that the conversation began with."""
    first = ask.questions[0] if ask.questions else ""
    return short_title(first if len(ask.questions) > 1 or not _ASKS.search(first) else _question_in(first))


def short_title(question: str) -> str:
    """The first meaningful words, with a capital letter at the start and no punctuation at the end."""
    text = " ".join(_MARKUP.sub(" ", question[:2000]).split())
    while (shorter := _FILLER.sub("", text, count=1)) != text and shorter.strip():
        text = shorter
    words = text.split(" ")[:MAX_WORDS]
    while len(words) > 1 and len(" ".join(words)) > MAX_CHARS:
        words.pop()
    text = " ".join(words)[:MAX_CHARS].strip(" .,;:!?…\"'“”")
    return text[:1].upper() + text[1:] if text else "New conversation"


def _question_in(request: str) -> str:
    """The question in a request that also contains the instruction."""
    lines = [line.strip() for line in request.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        marker = _MARKER.match(line)
        if marker:
            return marker[1] or " ".join(lines[number + 1 : number + 2])
    quote = _QUOTED.search(request)
    if quote:
        return quote[1]
    return next((line for line in lines if not _ASKS.search(line)), lines[-1] if lines else "")
