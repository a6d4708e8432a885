"""The fold: state + patches == fresh state, for the shared cases, for random changes, and for every recording (C2, D1, D3)."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.runs.feed import Entry, Feed
from chat.transcript import BrokenTranscriptError, Change, State, Writer, as_changes, empty_state, fold, merge
from chat.upstreams import FORMATS, sse
from chat.upstreams import events as ev
from tests.core.scene import applied

ROOT = Path(__file__).resolve().parents[2]
CASES = sorted((ROOT / "tests" / "transcripts").glob("*.json"))
FOLDERS = [ROOT / "tests" / "recordings", ROOT.parent / "shared" / "recordings"]
RECORDINGS = [path for folder in FOLDERS if folder.is_dir() for path in sorted(folder.rglob("*.sse"))]
HARD_TEXT = st.text(
    st.sampled_from('aé\u0301👩\u200d🚀🇳🇴\u202e\u2028\x00"\\\n<') | st.characters(exclude_categories=["Cs"])
)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_cases_that_both_halves_share(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    state, merged = empty_state(), empty_state()
    for patch in case["changes"]:
        fold(state, patch)
    assert state == case["state"]
    fold(merged, merge(change for patch in case["changes"] for change in patch))
    assert merged == case["state"]


def test_the_shared_cases_have_every_kind_of_change_and_part() -> None:
    changes = [change for path in CASES for patch in json.loads(path.read_text())["changes"] for change in patch]
    assert {change[0] for change in changes} == {"add", "text", "set", "run"}
    parts = {change[2]["type"] for change in changes if change[0] == "add"}
    assert parts >= {
        "text",
        "reasoning",
        "tool_call",
        "tool_result",
        "attachment",
        "refusal",
        "seam",
        "source",
        "provider_call",
    }


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """Changes that fit one another, from the empty state on."""
    kinds: list[str] = []
    changes: list[Change] = []
    for _ in range(draw(st.integers(0, 25))):
        kind = draw(st.sampled_from(["add", "run"] + ["text", "text", "text", "set"] * bool(kinds)))
        if kind == "add":
            part = draw(st.sampled_from(["text", "reasoning", "tool_call", "refusal"]))
            field = "arguments" if part == "tool_call" else "text"
            changes.append(["add", len(kinds), {"type": part, field: draw(HARD_TEXT)}])
            kinds.append(part)
        elif kind == "run":
            fields = st.dictionaries(st.sampled_from(["status", "phase", "chunks"]), st.integers(0, 9))
            changes.append(["run", draw(fields)])
        else:
            index = draw(st.integers(0, len(kinds) - 1))
            value: Any = draw(HARD_TEXT) if kind == "text" else {"name": draw(HARD_TEXT)}
            changes.append([kind, index, value])
    return changes


@given(histories())
def test_merging_changes_nothing_and_is_never_longer(changes: list[Change]) -> None:
    before = copy.deepcopy(changes)
    merged = merge(changes)
    assert fold(empty_state(), merged) == fold(empty_state(), changes)
    assert len(merged) <= len(changes)
    assert merge(merged) == merged
    assert changes == before, "the changes themselves stay as they are"


@given(histories())
def test_a_state_can_be_told_in_changes(changes: list[Change]) -> None:
    state = fold(empty_state(), changes)
    assert fold(empty_state(), as_changes(state)) == state


@given(histories())
def test_as_json_it_is_the_same(changes: list[Change]) -> None:
    assert msgspec.json.decode(msgspec.json.encode(changes)) == changes


@given(histories(), st.data())
def test_state_and_patches_are_the_fresh_state_wherever_a_reader_joins(
    changes: list[Change], data: st.DataObject
) -> None:
    feed, states = Feed(1), [empty_state()]
    for seq, entry in enumerate(_in_ticks(changes, data), start=1):
        feed.extend(Entry.of(seq, merge(entry)))
        states.append(copy.deepcopy(feed.state))
    for seq, state in enumerate(states):
        assert applied(copy.deepcopy(state), feed.after(seq)) == feed.state == states[-1]


def _in_ticks(changes: list[Change], data: st.DataObject) -> Iterator[list[Change]]:
    rest = list(changes)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        yield rest[:size]
        rest = rest[size:]


@pytest.mark.parametrize(
    "change",
    [
        ["add", 1, {"type": "text", "text": ""}], ["add", -1, {}], ["add", "0", {}], ["add", 0, None], ["text", 0, "x"],
        ["text", -1, "x"], ["text", 0, 5], ["set", 3, {}], ["set", 0, []], ["run", None], ["run"], [], ["drop", 0], "text",
        None, ["text", 0, "x", "y"], ["text", True, "x"],
    ],
)  # fmt: skip
def test_a_change_that_does_not_fit_is_refused(change: Any) -> None:
    with pytest.raises(BrokenTranscriptError):
        fold(empty_state(), [change])


@pytest.mark.parametrize(
    "change", [["text", -1, "x"], ["set", -1, {"a": 1}], ["text", True, "x"], ["add", True, {"type": "text"}]]
)
def test_only_whole_numbers_from_zero_are_indexes(change: Any) -> None:
    state: State = {"parts": [{"type": "text", "text": ""}], "run": {}}
    with pytest.raises(BrokenTranscriptError):
        fold(state, [change])


def test_a_part_that_was_told_is_not_changed_by_what_comes_later() -> None:
    part = {"type": "text", "text": "one"}
    fold(empty_state(), [["add", 0, part], ["text", 0, " two"]])
    assert part["text"] == "one"


# --- What an upstream says ---


def told(events: list[ev.Event], parts: list[dict[str, Any]] | None = None) -> State:
    """The state after these events."""
    state: State = {"parts": copy.deepcopy(parts or []), "run": {}}
    writer = Writer(state["parts"])
    for event in events:
        fold(state, writer.apply(event))
    return state


def test_text_grows_and_reasoning_comes_before_it() -> None:
    state = told([ev.Reasoning("hm"), ev.Reasoning("m"), ev.Text("A"), ev.Text(""), ev.Text("B")])
    assert state["parts"] == [{"type": "reasoning", "text": "hmm"}, {"type": "text", "text": "AB"}]


def test_signed_reasoning_is_closed() -> None:
    state = told(
        [ev.Reasoning("a"), ev.ReasoningSignature("s"), ev.Reasoning("b"), ev.RedactedReasoning("r"), ev.Reasoning("c")]
    )
    assert state["parts"] == [
        {"type": "reasoning", "text": "a", "signature": "s"},
        {"type": "reasoning", "text": "b"},
        {"type": "reasoning", "text": "", "redacted": "r"},
        {"type": "reasoning", "text": "c"},
    ]


def test_text_that_was_reasoning_becomes_reasoning() -> None:
    state = told([ev.Reasoning("a"), ev.Text("b"), ev.Text("c"), ev.TextWasReasoning(), ev.Text("d")])
    kinds = [(part["type"], part["text"]) for part in state["parts"]]
    assert kinds == [("reasoning", "a"), ("reasoning", "bc"), ("text", "d")]
    earlier = [{"type": "text", "text": "x"}, {"type": "tool_result", "id": "1", "name": "f", "text": "y"}]
    state = told([ev.Text("b"), ev.TextWasReasoning()], earlier)
    assert [part["type"] for part in state["parts"]] == ["text", "tool_result", "reasoning"]


def test_parallel_calls_keep_their_arguments_apart() -> None:
    state = told(
        [
            ev.ToolCallDelta("a", id="1", name="f", arguments="{"),
            ev.ToolCallDelta("b", id="2", name="g", arguments="["),
            ev.ToolCallDelta("a", arguments="}"),
            ev.ToolCallDelta("b", arguments="]"),
            ev.Text("done"),
        ]
    )
    calls = [(part["id"], part["name"], part["arguments"]) for part in state["parts"][:2]]
    assert calls == [("1", "f", "{}"), ("2", "g", "[]")]


def test_after_a_seam_the_text_is_a_part_of_its_own() -> None:
    writer, state = Writer(), empty_state()
    for changes in (writer.apply(ev.Text("a")), [writer.seam(attempt=2, of=3, why="lost")], writer.apply(ev.Text("b"))):
        fold(state, changes)
    assert [part["type"] for part in state["parts"]] == ["text", "seam", "text"]


def test_events_about_the_run_change_no_part() -> None:
    about = [ev.Finish("stop", "stop"), ev.UsageReport(ev.Usage()), ev.Identity(), ev.Phase("waiting", 1, 1)]
    assert told([*about])["parts"] == []


WORDS = st.sampled_from([
    ev.Text("a"), ev.Text("b"), ev.Text(""), ev.Reasoning("c"), ev.Reasoning("d"), ev.ReasoningSignature("s"), ev.Refusal("e"),
    ev.ToolCallDelta("k", id="1", name="f", arguments="{}"), ev.Finish("stop", "stop"),
])  # fmt: skip


@given(st.lists(WORDS, max_size=12))
def test_neighbours_that_are_joined_say_the_same(events: list[ev.Event]) -> None:
    joined = ev.joined(events)
    assert told(joined) == told(events)
    assert not any(type(one) is type(two) in (ev.Text, ev.Reasoning) for one, two in pairwise(joined))


def events_of(path: Path) -> list[ev.Event]:
    """The events of a recording."""
    format_name = json.loads(path.with_name(f"{path.stem}.expected.json").read_text("utf-8"))["format"]
    lines, decoder = sse.Decoder(), FORMATS[format_name].Decoder("Test")
    found: list[ev.Event] = []
    for event in [*lines.feed(path.read_bytes()), *lines.flush()]:
        found += decoder.feed(event)
    return [*found, *decoder.end()]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_of_every_recording_state_and_patches_are_the_fresh_state(path: Path) -> None:
    writer, feed = Writer(), Feed(1)
    states = [empty_state()]
    for event in events_of(path)[:400]:
        changes = writer.apply(event)
        if changes:
            feed.extend(Entry.of(feed.seq + 1, merge(changes)))
            states.append(copy.deepcopy(feed.state))
    for seq in {*range(0, len(states), max(1, len(states) // 20)), len(states) - 1}:
        assert applied(states[seq], feed.after(seq)) == feed.state
    assert feed.state["parts"]
