"""Every sentence has a German translation with the same fields, and no translation is unused."""

import json
import re

import pytest
from babel.messages.catalog import Message
from django.test import Client
from django.utils import translation
from django.utils.translation import ngettext

from chat.language import language_for
from chat.models import User
from chat.shown.run_error import EARLIER, words_of_error
from chat.text import span
from chat.upstreams.classify import of_response
from chat.upstreams.retry import heed
from chatsite import translations

DOMAINS = ("django", "djangojs")
# `{braces}` is not a field: the sentence is about braces.
FIELD = re.compile(r"%\(\w+\)s|\{(?!braces|Klammern)\w+\}|</?\w+[^>]*>")


def forms(text: object) -> list[str]:
    return list(text) if isinstance(text, (list, tuple)) else [str(text)]


def german(domain: str) -> dict[object, Message]:
    catalog = translations.read_catalog(translations.LOCALE / f"de/LC_MESSAGES/{domain}.po")
    assert not catalog.obsolete
    return {message.id: message for message in catalog if message.id}


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_sentence_of_the_code_is_said_in_german_and_no_other(domain: str) -> None:
    said = german(domain)
    wanted = {sentence for _, sentence in translations.found_in(domain)}
    assert len(wanted) > 50
    assert sorted(map(str, wanted - set(said))) == [], "run bin/messages, then translate"
    assert sorted(map(str, set(said) - wanted)) == [], "run bin/messages"
    assert [id for id, message in said.items() if not translations.is_said(message)] == []
    assert [id for id, message in said.items() if message.fuzzy] == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_sentence_keeps_its_fields_and_its_marks(domain: str) -> None:
    wrong = [
        (original, form)
        for id, message in german(domain).items()
        for original in [forms(id)[-1]]
        for form in forms(message.string)
        if set(FIELD.findall(form)) != set(FIELD.findall(original))
    ]
    assert wrong == []


def test_german_is_written_with_german_quotes() -> None:
    texts = [text for domain in DOMAINS for message in german(domain).values() for text in forms(message.string)]
    assert [
        text for text in texts if '"' in text.replace('="', "").replace('">', "") or "“" in text.split("„")[0]
    ] == []


def test_the_page_counts_as_gettext_does() -> None:
    catalog = translations.read_catalog(translations.LOCALE / "de/LC_MESSAGES/djangojs.po")
    words = translations.page_words(catalog)
    assert words["forms"] == {"one": 0, "other": 1}
    assert isinstance(words["sentences"], dict)
    assert words["sentences"]["{count} token"] == ("{count} Token", "{count} Token")
    assert len(json.dumps(words)) < 60_000


def test_the_language_is_the_persons_then_the_browsers() -> None:
    bob = User(preferences={"language": "de"})
    assert language_for(bob, {"django_language": "en"}, "en") == "de"
    assert language_for(User(), {"django_language": "de"}, "en") == "de"
    assert language_for(None, {}, "fr, de-AT;q=0.8, en;q=0.5") == "de"
    assert language_for(User(preferences={"language": "xx"}), {"django_language": "../de"}, "*") == "en"


def test_a_page_is_in_the_language_of_its_reader(alice: User, browser_of: object) -> None:
    browser: Client = browser_of(alice)  # type: ignore[operator]
    here = browser.get("/", headers={"accept-language": "de"})
    assert '<html lang="de"' in here.text
    assert "Neue Unterhaltung" in here.text
    assert "words/de.json" in here.text
    there = browser.get("/", headers={"accept-language": "en"})
    assert "New conversation" in there.text
    assert "words/" not in there.text
    User.objects.filter(pk=alice.pk).update(preferences={"language": "de"})
    assert '<html lang="de"' in browser.get("/", headers={"accept-language": "en"}).text


@pytest.mark.parametrize("sentence", EARLIER)
def test_what_an_earlier_version_stored_is_still_said_in_german_on_both_sides(sentence: str) -> None:
    with translation.override("de"):
        assert words_of_error({"sentence": sentence, "message": sentence}) != sentence
    assert translations.is_said(german("djangojs")[sentence])


def test_what_went_wrong_at_an_upstream_is_kept_once_and_said_in_any_language() -> None:
    error = of_response(429, b'{"error": {"message": "Slow down."}}', "Acme {x}")
    heed(error, {"retry-after": "7200"}, 0)
    kept = json.loads(json.dumps(error.report()))
    assert kept["message"] == str(error) == words_of_error(kept)
    assert str(error) == (
        "Acme {x} is getting too many requests. Try again in a while. It asks you to wait 2 hours. It said: Slow down."
    )
    with translation.override("de"):
        assert words_of_error(kept) == (
            "Acme {x} bekommt gerade zu viele Anfragen. Versuch es später noch einmal. "
            "Er bittet dich, 2 Stunden zu warten. Er sagt: Slow down."
        )
        assert words_of_error({"code": "old", "message": "An older {one}."}) == "An older {one}."


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [(1, "1 second", "1 Sekunde"), (59, "59 seconds", "59 Sekunden"), (7200, "2 hours", "2 Stunden")],
)
def test_a_span_of_time_is_counted_in_every_language(seconds: float, english: str, german: str) -> None:
    assert span(seconds) == english
    with translation.override("de"):
        assert span(seconds, ngettext) == german


def test_every_error_that_is_raised_is_a_sentence_that_can_be_translated() -> None:
    sentences = {str(sentence) for place, sentence in translations.found_in("djangojs") if place.endswith(".py")}
    assert len(sentences) > 40
    assert [
        sentence for sentence in sentences if "{error" in sentence or not sentence.endswith((".", "?", "words}"))
    ] == []
