"""Titles: like any model, the demo is asked for one in a separate short request. Pure."""

import re

from chat.demo.ask import Ask

MAX_WORDS = 6
MAX_CHARS = 48
# The request that chat.runs.titles sends.
_REQUEST = re.compile(
    r"give this conversation a title\b.*?\n\nthe question:\n(.*?)(?:\n\nthe answer:\n|\Z)", re.IGNORECASE | re.DOTALL
)
_FILLER = re.compile(
    r"^(?:please|hello|hi|hey|can you|could you|would you|will you|i want to know|tell me|explain|show me|give me|"
    r"what is|what are|what's|how do i|how can i|how do we|how to|how are|how is|the|an|a|some|about)\b[\s,:!]*",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[`*_#>\[\]{}|]")


def title(ask: Ask) -> str:
    """A few words of the question that a title is requested for; empty if the request is not for a title."""
    found = _REQUEST.match(ask.questions[-1]) if ask.questions else None
    return short_title(found[1]) if found else ""


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
