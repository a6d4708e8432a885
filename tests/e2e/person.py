"""A person at a browser: what a person does and sees, in the words of a test."""

from __future__ import annotations

import re
from typing import Self

from playwright.sync_api import Locator, Page, expect

from tests.live.harness.machine import wait_for

ANSWER = "chat-message.message--assistant"
QUESTION = "chat-message.message--user"


class Person:
    """One tab of one person."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    # --- what is there ---

    @property
    def box(self) -> Locator:
        """Where messages are written."""
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
        """What is said of an answer that did not end well."""
        return self.answer.locator("chat-error")

    @property
    def banner(self) -> Locator:
        """The line that speaks of the connection."""
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
        """Pick a model in the menu, where both formats offer the same ones."""
        self.page.get_by_role("button", name=re.compile("^Model")).click()
        self.page.get_by_label("Find a model").fill(model)
        self.page.get_by_role("option", name=model, exact=True).nth(("openai", "anthropic").index(format)).click()
        expect(self.page.get_by_role("button", name=f"Model: {model}", exact=True)).to_be_visible()
        return self

    def sends(self, text: str) -> Self:
        """Write a message and press Enter."""
        self.box.fill(text)
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
        """Write one of one's own messages anew."""
        message = self.questions.nth(which)
        message.hover()
        message.get_by_role("button", name="Edit", exact=True).click()
        message.get_by_label("Your message").fill(text)
        message.get_by_role("button", name="Send", exact=True).click()
        return self

    # --- what a person sees ---

    def waits_for(self, text: str, seconds: float = 15) -> Self:
        """The last answer contains this."""
        expect(self.text).to_contain_text(text, timeout=seconds * 1000)
        return self

    def reads(self, text: str, seconds: float = 20) -> Self:
        """The last answer is complete, and is this text and nothing else, doubled spaces aside."""
        expect(self.answer).to_have_attribute("aria-busy", "false", timeout=seconds * 1000)
        expect(self.text).to_have_text(text.strip(), timeout=5000)
        return self

    def is_told(self, words: str | re.Pattern[str], seconds: float = 15) -> Self:
        """The last answer's fault says this."""
        expect(self.fault).to_contain_text(words, timeout=seconds * 1000)
        return self

    def until(self, question: str, seconds: float = 10) -> Self:
        """Wait for a true answer of the page's own script. (Playwright's way needs eval, which the page forbids.)"""
        wait_for(lambda: self.page.evaluate(question), question, seconds)
        return self

    @property
    def place(self) -> str:
        """Where this person is, without the host."""
        return self.page.url.removeprefix(self.url)

    def is_in_a_conversation(self) -> str:
        """Wait until the conversation has an address; its path."""
        expect(self.page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/$"))
        return self.place
