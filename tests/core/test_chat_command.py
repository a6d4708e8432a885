"""`manage.py chat`: the answer on stdout, the rest on stderr, a stored conversation, and an exit code for the outcome."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chat.management.terminal import harmless, statistics
from chat.models import Conversation, Message, Process, Run, User
from tests.environment import set_upstream
from tests.fake_upstream import FakeUpstream, full_text

pytestmark = pytest.mark.django_db(transaction=True)


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def chat(*arguments: str, terminal: bool = False) -> tuple[int, str, str]:
    """(exit code, stdout, stderr)"""
    out, err = (Terminal(), Terminal()) if terminal else (io.StringIO(), io.StringIO())
    code = 0
    try:
        call_command("chat", *arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as ending:
        code = int(ending.code or 0)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("model", ["text-n30-b3", "openai/text-n30-b3", "anthropic/text-n30-b3"])
def test_the_answer_goes_to_stdout_and_the_statistics_to_stderr(
    model: str, upstream: FakeUpstream, ada: User, settings: Any
) -> None:
    for slug in ("openai", "anthropic"):
        set_upstream(settings, slug, models=("text-n30-b3",))
    code, out, err = chat("--model", model, "Count for me")
    assert (code, out) == (0, full_text(30) + "\n")
    assert "done: stop" in err
    assert "tokens/s" in err or "TTFT" in err
    assert upstream.log()[0]["path"].endswith("messages" if model.startswith("anthropic") else "completions")


def test_the_conversation_is_stored_like_any_other(upstream: FakeUpstream, ada: User) -> None:
    chat("What is a fold?")
    conversation = Conversation.objects.get()
    assert (conversation.title, conversation.role_of(ada)) == ("What is a fold?", "owner")
    assert [message.text for message in conversation.messages.all()] == ["What is a fold?", full_text(5)]
    assert Run.objects.get().status == "done"
    assert not Process.objects.exists()


def test_the_question_can_come_from_stdin(upstream: FakeUpstream, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("From a pipe\n"))
    assert chat("-")[0] == 0
    assert Message.objects.earliest("pk").text == "From a pipe\n"


def test_ctrl_c_stops_the_answer_and_keeps_the_text(upstream: FakeUpstream, ada: User) -> None:
    def press() -> None:
        while not upstream.log() or (
            upstream.log()[0]["bytes_sent"] == 0 and time.monotonic() - upstream.log()[0]["at"] < 0.5
        ):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    code, out, err = chat("--model", "openai/text-n1000-r40", "Go")
    assert code == 130
    assert "stopped" in err
    stored = Message.objects.get(role="assistant").text
    assert out == stored + "\n"
    assert stored
    assert full_text(1000).startswith(stored)
    upstream.wait_for_disconnect()


def test_a_failure_says_what_to_do_and_exits_with_1(upstream: FakeUpstream, ada: User) -> None:
    code, out, err = chat("--model", "openai/text-e401", "Go")
    assert (code, out) == (1, "")
    assert "key" in err
    assert "failed" in err


def test_a_broken_answer_is_continued_and_a_pipe_sees_nothing_of_it(upstream: FakeUpstream, ada: User) -> None:
    code, out, _ = chat("--model", "openai/text-n60-x20", "Go")
    assert (code, out) == (0, full_text(60) + "\n")


def test_on_a_terminal_reasoning_is_dim_and_the_seam_shows(upstream: FakeUpstream, ada: User) -> None:
    code, out, err = chat("--model", "openai/text-n60-x20-k3", "Go", terminal=True)
    assert (code, out) == (0, full_text(60) + "\n")
    assert "\x1b[2mthought0 " in err
    assert "continued: 2 of 3" in err
    assert err.count("\x1b[2m") == err.count("\x1b[0m")


def test_reasoning_stays_out_of_a_pipe(upstream: FakeUpstream, ada: User) -> None:
    _, out, err = chat("--model", "openai/text-n5-k3", "Go")
    assert "thought" not in out + err


def test_terminal_escapes_are_made_visible_on_a_terminal_and_passed_on_in_a_pipe(
    upstream: FakeUpstream, ada: User
) -> None:
    evil = "a\x1b]0;title\x07b\x1b[2Jc\x9bd\re\x7f\tf\n"
    model = upstream.scenario("evil", [{"text": evil}, {"finish": "stop"}])
    _, out, _ = chat("--model", f"openai/{model}", "Go", terminal=True)
    assert out == "a␛]0;title␇b␛[2Jc\ufffdd␍e␡\tf\n"
    assert chat("--model", f"openai/{model}", "Go")[1] == evil


def test_nothing_that_others_left_is_taken_over(upstream: FakeUpstream, ada: User) -> None:
    Process.objects.create(id="dead", host="elsewhere", pid=1)
    chat("Go")
    left = Conversation.start(ada).messages.create(role="assistant")
    run = Run.objects.create(message=left, upstream="openai", model="text-n5", process="gone", status="running")
    chat("--model", "openai/text-n60-r100", "Go")
    run.refresh_from_db()
    assert (run.process, run.claims, run.status) == ("gone", 0, "running")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["  "], "Give a question first"),
        (["--model", "nobody/knows", "Hi"], "openai/text-n5"),
        (["--user", "nobody", "Hi"], "no account named 'nobody'"),
        (["x" * 100_001], "at most 100,000"),
    ],
)
def test_a_mistake_is_explained(arguments: list[str], complaint: str, upstream: FakeUpstream, ada: User) -> None:
    with pytest.raises(CommandError, match=complaint):
        chat(*arguments)


def test_who_asks_must_be_clear(upstream: FakeUpstream, alice: User) -> None:
    with pytest.raises(CommandError, match="no administrator"):
        chat("Hi")
    assert chat("--user", "alice", "Hi")[0] == 0
    for name in ("ada", "grace"):
        User.objects.create_superuser(name)
    with pytest.raises(CommandError, match="--user"):
        chat("Hi")


def test_without_a_model_the_command_says_how_to_get_one(ada: User) -> None:
    with pytest.raises(CommandError, match="DEMO=on"):
        chat("Hi")


@pytest.mark.parametrize(
    ("text", "shown"), [("plain\ttext\n", "plain\ttext\n"), ("\x00\x1f\x80", "␀␟\ufffd"), ("é\u202e😀", "é\u202e😀")]
)
def test_harmless_text(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_statistics_of_a_run_that_never_began_are_short() -> None:
    assert (
        statistics({"status": "stopped", "upstream": "u", "model": "m"})
        == "chunks 0 · tokens 0 · 0.0 s · stopped · u/m"
    )
