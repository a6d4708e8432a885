"""Writing: the queue, drafts, prompts, options and the model menu; nothing typed is lost."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.fake_upstream import FakeUpstream, full_text
from tests.live.harness import Server, Site
from tests.live.harness.machine import wait_for

from .person import Person, comes_true, place_of
from .proxy import Network
from .test_people import shares

SitsDown = Callable[..., Person]


def queued(person: Person) -> Locator:
    """The queued messages above the composer."""
    return person.page.locator(".queued")


def questions(person: Person, *texts: str) -> None:
    """Assert that exactly these are the questions on the shown path, in this order."""
    expect(person.questions.locator(".message__body")).to_have_text(list(texts))


# --- the queue ---


def test_what_is_sent_meanwhile_waits_for_all_to_see_is_taken_back_hurried_and_goes_out_without_a_browser(
    sits_down: SitsDown, upstream: FakeUpstream
) -> None:
    alice, bob = sits_down("alice"), sits_down("bob")
    alice.asks("text-n300-r60-g150", "Begin").waits_for("word3")
    place = alice.is_in_a_conversation()
    shares(alice, "bob")
    bob.opens(place).waits_for("word4")

    alice.sends("Second")
    expect(queued(alice)).to_contain_text(["Second"])
    expect(queued(alice)).to_contain_text(["Will be sent when the answer is complete"])
    alice.sends("A thought too early")
    expect(alice.box).to_have_value("")
    # Bob's comes after what the server has, not after what Alice has written.
    expect(queued(bob).locator(".queued__text")).to_have_text(["Second", "A thought too early"])
    bob.sends("Mine, too")
    for person in (alice, bob):
        expect(queued(person).locator(".queued__text")).to_have_text(["Second", "A thought too early", "Mine, too"])
    expect(queued(alice).nth(2)).to_contain_text("bob")
    expect(queued(alice).nth(2).get_by_role("button", name="Edit before it is sent")).to_be_hidden()

    alice.box.fill("and more")
    queued(alice).nth(1).get_by_role("button", name="Edit before it is sent").click()
    expect(alice.box).to_have_value("A thought too early\n\nand more")
    expect(queued(bob)).to_have_count(2)
    alice.box.fill("")

    queued(alice).first.get_by_role("button", name="Send now").click()
    questions(bob, "Begin", "Second")
    expect(alice.box).to_be_focused()
    alice.page.close()
    bob.page.close()
    upstream.release()
    later = sits_down("alice").opens(place)
    questions(later, "Begin", "Second", "Mine, too")
    expect(queued(later)).to_have_count(0)
    expect(later.page.locator(".branch:visible")).to_have_count(0)


def test_arrow_up_takes_back_what_waits_and_then_edits_what_was_sent(alice: Person, upstream: FakeUpstream) -> None:
    upstream.scenario("silent", [{"hang": True}])
    alice.asks("silent", "Begin")
    expect(alice.status).to_contain_text(re.compile("waiting|connecting"))
    alice.sends("Wait for me")
    expect(queued(alice).get_by_role("button", name="Edit before it is sent")).to_be_visible()
    alice.box.press("ArrowUp")
    expect(alice.box).to_have_value("Wait for me")
    expect(queued(alice)).to_have_count(0)
    alice.box.fill("")
    alice.box.press("ArrowUp")
    editor = alice.questions.first.get_by_label("Your message")
    expect(editor).to_have_value("Begin")
    editor.press("Escape")
    alice.stops()


def test_after_a_failure_queued_messages_are_held_and_sent_on_demand(alice: Person, upstream: FakeUpstream) -> None:
    upstream.scenario("broken", [{"hold": True}, {"status": 400, "body": {"error": {"message": "No."}}}])
    alice.asks("broken", "Begin")
    expect(alice.status).to_contain_text(re.compile("waiting|connecting"))
    alice.chooses("echo").sends("Then this")
    # Stored there: one that is still on its way when the answer fails has nothing to wait for.
    expect(queued(alice)).to_contain_text(["Will be sent when the answer is complete"])
    upstream.release()
    expect(queued(alice)).to_contain_text(["On hold: the answer failed"])
    queued(alice).get_by_role("button", name="Send now").click()
    # Nothing stands between the two messages, so the model reads them as one.
    alice.reads("You said: BeginThen this")
    questions(alice, "Begin", "Then this")
    expect(queued(alice)).to_have_count(0)


# --- without a connection ---


def test_c5_what_is_written_in_a_tunnel_waits_over_a_reload_and_goes_out_once_in_order(
    sits_down: SitsDown, server: Server, network: Network, upstream: FakeUpstream
) -> None:
    alice = sits_down("alice", network.url)
    alice.asks("echo", "Before").reads("You said: Before")
    place = alice.is_in_a_conversation()
    network.cut()
    expect(alice.banner).to_be_visible()
    alice.sends("One").sends("Two").sends("Three")
    expect(queued(alice)).to_contain_text(["Two", "Three"])
    expect(queued(alice).first).to_contain_text("Will be sent when the connection is back")
    alice.box.fill("Four, half writ")
    network.mend()
    alice.page.goto(network.url + place)
    questions(alice, "Before", "One", "Two", "Three")
    alice.reads("You said: Three")
    expect(alice.box).to_have_value("Four, half writ")
    assert [request["body"]["messages"][-1]["content"] for request in upstream.log()] == [
        "Before",
        "One",
        "Two",
        "Three",
    ]


# --- drafts ---


def test_a_draft_follows_its_writer_and_two_devices_overwrite_nothing(sits_down: SitsDown, network: Network) -> None:
    desk, phone = sits_down("dora"), sits_down("dora", network.url, viewport={"width": 390, "height": 844})
    desk.asks("echo", "Hello").reads("You said: Hello")
    place = desk.is_in_a_conversation()
    phone.opens(place).reads("You said: Hello")
    desk.box.press_sequentially("I was thinking")
    expect(phone.box).to_have_value("I was thinking")
    desk.reloads()
    expect(desk.box).to_have_value("I was thinking")

    network.cut()
    expect(phone.banner).to_be_visible()
    phone.box.fill("On the train: no.")
    desk.box.fill("I was thinking of ships.")
    later = sits_down("dora")
    later.opens(place)
    expect(later.box).to_have_value("I was thinking of ships.")
    network.mend()
    offer = phone.page.get_by_role("button", name="Use the other draft")
    expect(offer).to_be_visible()
    expect(phone.box).to_have_value("On the train: no.")
    offer.click()
    expect(phone.box).to_have_value("I was thinking of ships.")
    phone.page.get_by_role("button", name="Undo").click()
    expect(phone.box).to_have_value("On the train: no.")
    expect(desk.box).to_have_value("On the train: no.")

    phone.box.press("Enter")
    phone.reads("You said: On the train: no.")
    for person in (desk, later):
        expect(person.box).to_have_value("")
    phone.reloads().reads("You said: On the train: no.")
    expect(phone.box).to_have_value("")


def test_the_draft_of_a_conversation_that_begins_is_kept_and_each_conversation_has_its_own(sits_down: SitsDown) -> None:
    emil = sits_down("emil").opens()
    emil.box.fill("Not yet sent")
    emil.reloads()
    expect(emil.box).to_have_value("Not yet sent")
    other = sits_down("emil").opens()
    expect(other.box).to_have_value("Not yet sent")
    emil.box.press("Enter")
    emil.is_in_a_conversation()
    emil.box.fill("In here")
    expect(other.box).to_have_value("")
    emil.page.get_by_role("link", name="New conversation").first.click()
    expect(emil.box).to_have_value("")
    emil.page.go_back()
    expect(emil.box).to_have_value("In here")


# --- keys ---


def test_enter_sends_nothing_while_an_input_method_composes(alice: Person) -> None:
    alice.opens().chooses("echo").box.fill("にほん")
    for fields in ("isComposing: true", "keyCode: 229"):
        alice.box.evaluate(
            f"""(box) => box.dispatchEvent(new KeyboardEvent("keydown",
                {{ key: "Enter", bubbles: true, cancelable: true, {fields} }}))"""
        )
    expect(alice.box).to_have_value("にほん")
    expect(alice.questions).to_have_count(0)
    session = alice.page.context.new_cdp_session(alice.page)
    alice.box.focus()
    session.send("Input.imeSetComposition", {"selectionStart": 1, "selectionEnd": 1, "text": "ご"})
    session.send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": "Process", "code": "Enter"},
    )
    session.send("Input.insertText", {"text": "語"})
    expect(alice.box).to_have_value(re.compile("語"))
    expect(alice.questions).to_have_count(0)
    alice.box.press("Enter")
    expect(alice.questions).to_have_count(1)


def test_the_composer_grows_to_a_limit_then_scrolls_and_what_is_read_stays_put(
    alice: Person, upstream: FakeUpstream
) -> None:
    upstream.release()
    alice.asks("text-n300-r60-g150").reads(full_text(300))
    alice.page.locator("chat-timeline").evaluate("(node) => node.scrollTo(0, 0)")
    first = place_of(alice.questions.first)
    alice.box.fill("\n".join(f"line {number}" for number in range(60)))
    comes_true(alice.box, "node => node.scrollHeight > node.clientHeight && node.getBoundingClientRect().height > 150")
    place_of(alice.page.locator(".composer"))
    box = alice.box.bounding_box()
    assert box is not None
    assert 150 < box["height"] <= 330
    assert place_of(alice.questions.first) == first
    alice.box.fill("")
    expect(alice.box).to_have_css("height", re.compile(r"^(39|4\d)"))


# --- prompts ---


def test_a_slash_calls_a_prompt_and_tab_goes_through_what_is_to_be_filled_in(sits_down: SitsDown) -> None:
    alice = sits_down("alice").opens().chooses("echo")
    keys = alice.page.keyboard
    keys.type("/")
    alice.page.get_by_role("button", name="Manage prompts").click()
    dialog = alice.page.get_by_role("dialog", name="Prompts")
    for name, text in (("translate", "Translate into {language}: {text}"), ("tone", "Write warmly.")):
        dialog.get_by_label("Name, without spaces").fill(name)
        dialog.get_by_label("Text", exact=True).fill(text)
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.locator(".prompt").filter(has_text=f"/{name}")).to_be_visible()
    keys.press("Escape")
    expect(alice.box).to_be_focused()
    expect(alice.box).to_have_value("")

    keys.type("/t")
    options = alice.page.get_by_role("option")
    expect(options).to_contain_text(["/tone", "/translate"])
    keys.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    keys.press("Escape")
    expect(options).to_have_count(0)
    keys.type("r")
    expect(options).to_contain_text(["/translate"])
    keys.press("Enter")
    expect(alice.box).to_have_value("Translate into {language}: {text}")
    keys.type("German")
    keys.press("Tab")
    keys.type("good morning")
    expect(alice.box).to_have_value("Translate into German: good morning")
    keys.press("Enter")
    alice.reads("You said: Translate into German: good morning")

    keys.type("/usr/bin is a path")
    expect(options).to_have_count(0)
    keys.press("Enter")
    alice.reads("You said: /usr/bin is a path")


def test_administrators_write_prompts_for_everybody(sits_down: SitsDown) -> None:
    ada, bob = sits_down("ada").opens(), sits_down("bob").opens()
    ada.box.press_sequentially("/")
    ada.page.get_by_role("button", name="Manage prompts").click()
    dialog = ada.page.get_by_role("dialog", name="Prompts")
    dialog.get_by_label("Name, without spaces").fill("minutes")
    dialog.get_by_label("Text", exact=True).fill("Write the minutes of this meeting.")
    dialog.get_by_label("Share with the team").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".prompt")).to_contain_text(["team"])
    bob.box.press_sequentially("/min")
    expect(bob.page.get_by_role("option")).to_contain_text(["team"])
    bob.box.press("Tab")
    expect(bob.box).to_have_value("Write the minutes of this meeting.")


# --- options ---


def opens_options(person: Person) -> Locator:
    """The dialog, opened from the model menu."""
    person.page.get_by_role("button", name=re.compile("^Model")).click()
    person.page.get_by_role("button", name="Conversation options").click()
    return person.page.get_by_role("dialog", name="Conversation options")


def test_options_of_a_new_conversation_go_up_with_its_first_message_and_are_seen_by_its_members(
    sits_down: SitsDown, upstream: FakeUpstream
) -> None:
    alice, bob = sits_down("alice").opens().chooses("echo"), sits_down("bob")
    dialog = opens_options(alice)
    dialog.get_by_label("System prompt").fill("Be brief.")
    dialog.get_by_label("Temperature").fill("0.3")
    dialog.get_by_role("button", name="Save").click()
    expect(alice.page.get_by_role("button", name="Model: echo, with options")).to_be_focused()
    alice.reloads()
    expect(alice.page.get_by_role("button", name="Model: echo, with options")).to_be_visible()
    alice.sends("Hello").reads("You said: Hello")
    place = alice.is_in_a_conversation()
    body = upstream.log()[-1]["body"]
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert body["temperature"] == 0.3
    shares(alice, "bob")

    bob.opens(place)
    dialog = opens_options(bob)
    expect(dialog.get_by_label("System prompt")).to_have_value("Be brief.")
    dialog.get_by_role("button", name="Reset to defaults").click()
    dialog.get_by_text("High", exact=True).click()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    alice.sends("Again")
    expect(alice.answers).to_have_count(2)
    alice.reads("You said: Again")
    body = upstream.log()[-1]["body"]
    assert body["reasoning_effort"] == "high"
    assert "temperature" not in body
    alice.opens()
    expect(alice.page.get_by_role("button", name="Model: echo", exact=True)).to_be_visible()


def test_a_refused_option_is_named_and_one_click_leads_to_it(alice: Person, upstream: FakeUpstream) -> None:
    said = {"error": {"message": "temperature is too high for this model", "type": "invalid_request_error"}}
    upstream.scenario("refused", attempts=[[{"status": 400, "body": said}], [{"text": "Gladly."}, {"finish": "stop"}]])
    alice.opens().chooses("refused")
    dialog = opens_options(alice)
    dialog.get_by_label("Temperature").fill("0.3")
    dialog.get_by_role("button", name="Save").click()
    alice.sends("Hello").is_told("does not accept the temperature of this conversation")
    alice.fault.get_by_role("button", name="Change the options").click()
    dialog.get_by_label("Temperature").fill("")
    dialog.get_by_role("button", name="Save").click()
    alice.does("Answer again").reads("Gladly.")


# --- the model menu ---


@pytest.fixture
def many(prepared: Site) -> Iterator[Server]:
    """A server with 200 models, and as many again in the other format."""
    names = ",".join(f"vendor{number % 7}/model-{number}" for number in range(200))
    server = prepared.copy(OPENAI_MODELS=names, ANTHROPIC_MODELS=names).serve()
    yield server
    server.remove()


def test_a_menu_of_hundreds_opens_at_once_finds_by_words_and_begins_with_those_used_last(
    sits_down: SitsDown, many: Server
) -> None:
    alice = sits_down("alice", on=many).opens()
    button = alice.page.get_by_role("button", name=re.compile("^Model"))
    alice.page.evaluate(
        """() => { window.longest = 0;
        new PerformanceObserver((list) => { for (const entry of list.getEntries()) longest = Math.max(longest, entry.duration) })
          .observe({ entryTypes: ["longtask"] }) }"""
    )
    for words, name in (("model-150 vend", "vendor3/model-150"), ("vendor2 -9", "vendor2/model-9")):
        button.click()
        alice.page.get_by_label("Find a model").fill(words)
        alice.page.keyboard.press("Enter")
        expect(alice.page.get_by_role("button", name=f"Model: {name}", exact=True)).to_be_visible()
    began = time.monotonic()
    button.press("Enter")
    expect(alice.page.get_by_role("group", name="Last used").get_by_role("option")).to_have_count(2)
    assert time.monotonic() - began < 10
    wait_for(lambda: alice.page.locator(".models__option").count() > 400, "all models of both formats are listed")
    for _ in range(3):
        alice.page.keyboard.press("ArrowDown")
    alice.page.keyboard.press("Escape")
    expect(button).to_be_focused()
    assert alice.page.evaluate("longest") < 1000, "on a machine that does other things, too; alone it is under 50 ms"
