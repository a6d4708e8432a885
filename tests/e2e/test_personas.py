"""Personas in a browser: saved from the options, chosen for a conversation, changed as a version, shared with the team."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.fake_upstream import FakeUpstream

from .person import Person
from .test_writing import opens_options


def keeps(dialog: Locator, name: str) -> None:
    dialog.get_by_text("Save as persona").or_(dialog.get_by_text("under a new name")).click()
    dialog.get_by_label("Name of the persona").fill(name)
    dialog.get_by_label("Include the current model").check()
    dialog.get_by_role("button", name="Save persona").click()


def test_a_persona_is_kept_chosen_and_goes_up_with_its_options(
    alice: Person, sits_down: Callable[..., Person], upstream: FakeUpstream
) -> None:
    alice.opens().chooses("text-n30")
    dialog = opens_options(alice)
    dialog.get_by_label("System prompt").fill("You are terse.")
    dialog.get_by_text("Some", exact=True).click()
    dialog.get_by_label("calculator").check()
    keeps(dialog, "Editor")
    expect(dialog.get_by_text("Saved as version 1.")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()

    alice.opens().chooses("echo")
    dialog = opens_options(alice)
    dialog.get_by_role("combobox", name="Persona").select_option("Editor")
    expect(dialog.get_by_label("System prompt")).to_have_value("You are terse.")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(alice.page.get_by_role("button", name="Model: Editor, with options")).to_be_visible()
    alice.sends("Hello?").waits_for("word29")
    body = upstream.log()[-1]["body"]
    assert (body["model"], body["messages"][0]["content"]) == ("text-n30", "You are terse.")
    assert [tool["function"]["name"] for tool in body["tools"]] == ["calculator"]

    alice.reloads()
    expect(alice.page.get_by_role("button", name="Model: Editor, with options")).to_be_visible()
    dialog = opens_options(alice)
    dialog.get_by_label("System prompt").fill("You are kind.")
    keeps(dialog, "Editor")
    expect(dialog.get_by_text("Saved as version 2.")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    charlie = sits_down("charlie").opens()
    dialog = opens_options(charlie)
    expect(dialog.get_by_role("combobox", name="Persona").get_by_role("option")).to_have_text(["No persona"])
