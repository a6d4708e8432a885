"""The page in German: a conversation, an error and the dialogs show no English sentence."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Request, expect

from tests.fake_upstream import FakeUpstream

from .person import Person

GERMAN = {"locale": "de-DE"}
# Words that occur in no German sentence of the page; if one is shown, a translation is missing.
_ENGLISH = re.compile(
    r"\b(the|your|you|with|from|this|that|and|not|are|for|new|search|settings|close|cancel|delete|rename|save|copy|"
    r"edit|move|send|stop|share|title|answer|message|conversation|file|files|today|yesterday|archive|trash|undo)\b",
    re.IGNORECASE,
)
_SEEN = """[...document.querySelectorAll("body *")].filter((node) =>
    !node.closest("script, template, [lang=en], bdi, .listed, .header__title, .message__body, code"))
  .flatMap((node) => [
    ...[...node.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data),
    ...["aria-label", "title", "placeholder", "alt"].map((name) => node.getAttribute(name) ?? ""),
  ]).map((words) => words.trim()).filter(Boolean)"""


def reads_no_english(person: Person) -> None:
    """Assert that nothing visible, announced to a screen reader or in a tooltip is English."""
    seen: list[str] = person.page.evaluate(_SEEN)
    assert len(seen) > 20
    assert [words for words in dict.fromkeys(seen) if _ENGLISH.search(words)] == []


def test_a_conversation_an_error_and_the_dialogs_in_german(
    sits_down: Callable[..., Person], upstream: FakeUpstream
) -> None:
    upstream.scenario("refused", [{"status": 401, "body": {"error": {"message": "nope"}}}])
    alice = sits_down("alice", **GERMAN)
    page = alice.page
    asked: list[Request] = []
    page.context.on("request", lambda request: asked.append(request) if "/words/" in request.url else None)
    alice.opens()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_text("Was möchtest du wissen?")).to_be_visible()
    reads_no_english(alice)

    box = page.get_by_label("Deine Nachricht").last
    page.get_by_role("button", name=re.compile("^Modell")).first.click()
    page.get_by_label("Modell suchen").fill("echo")
    page.get_by_role("option", name="echo", exact=True).first.click()
    box.fill("Guten Morgen")
    box.press("Enter")
    expect(alice.text).to_contain_text("You said: Guten Morgen")
    expect(alice.answer).to_have_attribute("aria-label", "Antwort von echo")
    expect(alice.listed.first).to_be_visible()
    expect(page.locator(".sidebar__list")).to_contain_text("Heute")
    reads_no_english(alice)

    page.get_by_role("button", name="Teilen").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Person hinzufügen").fill("niemand-hier")
    dialog.get_by_role("button", name="Hinzufügen", exact=True).click()
    expect(dialog).to_contain_text("Niemand mit dem Benutzernamen „niemand-hier“ wurde gefunden.")
    reads_no_english(alice)
    dialog.get_by_role("button", name="Schließen").click()

    page.get_by_role("button", name=re.compile("^Modell")).first.click()
    page.get_by_label("Modell suchen").fill("refused")
    page.get_by_role("option", name="refused", exact=True).first.click()
    box.fill("Und jetzt?")
    box.press("Enter")
    expect(alice.fault).to_contain_text("hat den Schlüssel abgelehnt (401). Sag der Administration Bescheid.")
    expect(alice.fault).to_contain_text("Deine Nachricht ist gespeichert.")
    reads_no_english(alice)

    # One small file, which the browser caches.
    assert len(asked) == 1
    response = asked[0].response()
    assert response is not None
    assert "immutable" in response.headers["cache-control"]
    assert response.request.sizes()["responseBodySize"] < 20_000


def test_the_ways_in_speak_german_too(sits_down: Callable[..., Person]) -> None:
    nobody = sits_down("", **GERMAN).opens("/account/login/")
    expect(nobody.page.get_by_role("button", name="Anmelden", exact=True)).to_be_visible()
    nobody.page.get_by_role("button", name="English").click()
    expect(nobody.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    nobody.page.get_by_role("button", name="Deutsch").click()
    expect(nobody.page.locator("html")).to_have_attribute("lang", "de")


def test_another_language_keeps_what_was_typed_but_no_password(sits_down: Callable[..., Person]) -> None:
    nobody = sits_down()
    nobody.page.goto(f"{nobody.url}/account/login/")
    nobody.page.get_by_label("Username", exact=True).fill("maren.holt")
    nobody.page.get_by_label("Password").fill("a secret phrase")
    nobody.page.get_by_role("button", name="Deutsch").click()
    expect(nobody.page.locator("html")).to_have_attribute("lang", "de")
    expect(nobody.page.get_by_label("Benutzername", exact=True)).to_have_value("maren.holt")
    expect(nobody.page.get_by_label("Passwort")).to_have_value("")
    assert nobody.page.evaluate("JSON.stringify(sessionStorage)") == "{}"
    nobody.page.reload()
    expect(nobody.page.get_by_label("Benutzername", exact=True)).to_have_value("")
