"""A person at a browser: methods for what a person does and sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Self

from playwright.sync_api import Locator, Page, expect

from tests.live.harness.machine import wait_for

# Notes a text when it differs from the one noted before.
_NOTE = """(selector) => {
  const texts = ((window.noted ??= {})[selector] = []);
  const look = () => {
    for (const { textContent } of document.querySelectorAll(selector)) {
      const text = textContent.trim();
      if (text && texts.at(-1) !== text) texts.push(text);
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  look();
}"""
# Where a node's upper edge is once it has been there for ten frames.
_AT_REST = """(node) => new Promise((resolve) => {
  let top = NaN;
  let frames = 0;
  const look = () => {
    const now = node.getBoundingClientRect().top;
    frames = now === top ? frames + 1 : 0;
    top = now;
    if (frames < 10) requestAnimationFrame(look);
    else resolve(top);
  };
  look();
})"""
ANSWER = "chat-message.message--assistant"
QUESTION = "chat-message.message--user"


def place_of(locator: Locator) -> float:
    """Its distance from the window's upper edge, once it no longer moves."""
    return float(locator.evaluate(_AT_REST))


def comes_true(locator: Locator, question: str) -> None:
    """Wait until a script returns true for this element."""
    wait_for(lambda: locator.evaluate(question), question)


class Person:
    """One tab of one person."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    # --- what is there ---

    @property
    def box(self) -> Locator:
        """The field in which messages are written."""
        return self.page.get_by_label("Your message").last

    @property
    def answers(self) -> Locator:
        """The answers on the shown path."""
        return self.page.locator(ANSWER)

    @property
    def questions(self) -> Locator:
        """The messages of people on the shown path."""
        return self.page.locator(QUESTION)

    @property
    def answer(self) -> Locator:
        """The last answer."""
        return self.answers.last

    @property
    def text(self) -> Locator:
        """The last answer's body."""
        return self.answer.locator(".message__body")

    @property
    def status(self) -> Locator:
        """The quiet line under an answer that is being written."""
        return self.answer.locator("chat-status")

    @property
    def fault(self) -> Locator:
        """The error of an answer that failed."""
        return self.answer.locator("chat-error")

    @property
    def banner(self) -> Locator:
        """The line about the connection."""
        return self.page.locator("chat-banner")

    @property
    def listed(self) -> Locator:
        """The conversations in the list."""
        return self.page.locator(".listed")

    # --- what a person does ---

    def opens(self, path: str = "/") -> Self:
        """Go to a page of the site."""
        self.page.goto(self.url + path)
        return self

    def reloads(self) -> Self:
        """Load the page again."""
        self.page.reload()
        return self

    def chooses(self, model: str, format: str = "openai") -> Self:
        """Choose a model in the menu, in which both formats offer the same ones."""
        self.page.get_by_role("button", name=re.compile("^Model")).click()
        self.page.get_by_label("Find a model").fill(model)
        self.page.get_by_role("option", name=model, exact=True).nth(("openai", "anthropic").index(format)).click()
        expect(self.page.get_by_role("button", name=f"Model: {model}", exact=True)).to_be_visible()
        return self

    def sends(self, text: str) -> Self:
        """Write a message and press Enter, or the button on a phone, where Enter begins a new line."""
        self.box.fill(text)
        if self.page.evaluate("matchMedia('(pointer: coarse) and (hover: none)').matches"):
            self.page.get_by_role("button", name="Send", exact=True).tap()
        else:
            self.box.press("Enter")
        return self

    def asks(self, model: str, text: str = "Hello?", format: str = "openai") -> Self:
        """Begin a conversation with a model."""
        return self.opens().chooses(model, format).sends(text)

    def stops(self) -> Self:
        """Press the button that stops the answer."""
        self.page.get_by_role("button", name="Stop", exact=True).click()
        return self

    def does(self, action: str) -> Self:
        """Press a button at the last answer: "Answer again", "Continue", "Try again", "Copy"."""
        self.answer.hover()
        self.answer.get_by_role("button", name=action, exact=True).click()
        return self

    def edits(self, text: str, which: int = -1) -> Self:
        """Edit one of the person's own messages."""
        message = self.questions.nth(which)
        message.hover()
        message.get_by_role("button", name="Edit", exact=True).click()
        message.get_by_label("Your message").fill(text)
        message.get_by_role("button", name="Send", exact=True).click()
        return self

    # --- what a person sees ---

    def waits_for(self, text: str) -> Self:
        """The last answer contains this."""
        expect(self.text).to_contain_text(text)
        return self

    def reads(self, text: str) -> Self:
        """The last answer is complete, and is this text and nothing else, doubled spaces aside."""
        # The text first: the last answer may still be the one before. Its last words are shown just after its end is known.
        expect(self.text).to_have_text(text.strip())
        expect(self.answer).to_have_attribute("aria-busy", "false")
        expect(self.text).to_have_text(text.strip())
        return self

    def reads_once(self, words: list[str]) -> Self:
        """The last answer is complete and has each of these words once, in this order, whatever else stands between them."""
        expect(self.answer).to_have_attribute("aria-busy", "false")
        known = re.compile("|".join(f"\\b{word}\\b" for word in words), re.IGNORECASE)
        wait_for(lambda: known.findall(self.text.inner_text().lower()) == words, f"each once and in order: {words}")
        return self

    def is_told(self, words: str | re.Pattern[str]) -> Self:
        """The last answer's fault says this."""
        expect(self.fault).to_contain_text(words)
        return self

    def until(self, question: str) -> Self:
        """Wait for a true answer of the page's own script. (Playwright's way needs eval, which the page forbids.)"""
        wait_for(lambda: self.page.evaluate(question), question)
        return self

    def notes(self, selector: str) -> Callable[[], list[str]]:
        """From now on, note every text that such elements show: what stands for a moment only would be missed by looking.

        Gives what reads the notes, of the page that is open now.
        """
        self.page.evaluate(_NOTE, selector)
        return lambda: list(self.page.evaluate("selector => noted[selector]", selector))

    @property
    def place(self) -> str:
        """The path of the person's page."""
        return self.page.url.removeprefix(self.url)

    def is_in_a_conversation(self) -> str:
        """Wait until the conversation has an address; its path."""
        expect(self.page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/$"))
        return self.place
