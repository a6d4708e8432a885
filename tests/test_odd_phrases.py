"""Sentences for people are plain standard English with standard terms: these phrases must not come back."""

import re

import pytest

from chat.shown.run_error import EARLIER
from chatsite import translations

ROOT = translations.ROOT
# Phrases that were on the page once, and what to write instead.
ODD = {
    r"\bwho may\b": "who can, or the roles",
    r"\bWhoever\b.*\b(may|can)\b": "name the person or the role",
    r"\bcame about\b": "Answer details",
    r"\bby itself\b": "automatically, normally",
    r"^Its (ways|own)$": "Compatibility, Default",
    r"\bPatience\b": "Timeouts",
    r"^As the (system|browser)$": "Same as system, Same as browser",
    r"^Took$|^took$": "Time taken",
    r"^Tries$": "Attempts",
    r"^Most tokens$": "Length limit",
    r"\bwill learn of\b": "will see your request",
    r"\bTake back\b|\btake back\b": "Undo, Remove, Edit",
    r"\bQuestion of this answer\b": "Go to the question",
    r"\bgoes? out\b": "will be sent",
    r"\bmessages? (that )?waits?\b|\bwaits? here\b": "queued",
    r"\bfor good\b": "permanently",
    r"\bsays nothing\b|\bsaid nothing\b$|\bwithout a word\b": "is empty, without any text",
    r"\bWhat is (in it|left empty|to be filled in)\b|\bwhat is to be filled in\b": "name the thing",
    r"\bis not yours\b": "you do not have access",
    r"\bNobody in particular\b": "No persona",
    r"\bso (many|much|long|often)\b": "the number with its noun",
    r"\bblanks?\b": "spaces",
    r"\bUser name\b|\buser name\b": "username",
    r"\b(Make|make|makes) (an|the|one) account\b|\bMake the (link|account)\b": "create",
    r"\btakes? pictures\b": "accept pictures",
    r"\bany more\b": "no longer",
    r"\bin a way that nobody\b|\btoo much at once\b|\bfell silent\.": "say what happened: not requested, too many requests",
    r"\bis told of\b|\bfinds? it out\b|\bsomething between here\b": "is offered, checks, a proxy or firewall",
    r"\bsent or taken back\b|\bThese are too many\b|\bsaid to change\b": "removed, name the thing, read-only",
    r"\bLog (in|out)\b|\bSign off\b": "Sign in, Sign out",
    r"\b1 (seconds|minutes|hours|days|tokens|messages)\b": "the singular",
    r"\bcould not be obeyed\b": "invalid",
}


def sentences() -> dict[str, str]:
    """Every sentence for people in templates, the page's scripts and the server, with a place that says it."""
    found: dict[str, str] = {}
    for domain in ("django", "djangojs"):
        for place, sentence in translations.found_in(domain):
            for form in [sentence] if isinstance(sentence, str) else sentence:
                found.setdefault(form, place)
    # What earlier versions have stored can no longer be reworded.
    return {sentence: place for sentence, place in found.items() if sentence not in EARLIER}


def test_no_odd_phrase_is_said() -> None:
    said = sentences()
    assert len(said) > 600
    odd = {
        f"{place}: {sentence}": better
        for sentence, place in said.items()
        for phrase, better in ODD.items()
        if re.search(phrase, sentence)
    }
    assert odd == {}


@pytest.mark.parametrize("sentence", ["As the system", "Take back: bad answer", "Your message goes out later.", "Took"])
def test_an_odd_phrase_is_noticed(sentence: str) -> None:
    assert any(re.search(phrase, sentence) for phrase in ODD)


def test_a_sentence_for_people_begins_with_a_capital_only_once() -> None:
    """Sentence case: no label of several words in Title Case."""
    names = (
        r"Parley|JSON|CSV|Markdown|JavaScript|MB|Enter|Upstreams|Users|Test|DNS|PDF|Stop|Anthropic|OpenAI|MCP|HTTP|MCP_STDIO|URL"
        r"|European"
    )
    titled = [
        sentence
        for sentence in sentences()
        if "." not in sentence
        if len(words := re.findall(r"[A-Za-z]{3,}", re.sub(rf"\b({names})\b|{{\w+}}|%\(\w+\)s", "", sentence))) > 1
        if all(word[0].isupper() for word in words)
    ]
    assert titled == []
