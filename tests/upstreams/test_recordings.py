"""Recorded streams decode to the expected result beside them: whole, byte by byte, and at random splits.

The project's own recordings are in tests/recordings; those of the shared folder are used, too, if it exists.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.upstreams import FORMATS
from chat.upstreams.answer import Answer
from tests.upstreams.decode import Result, cut_at, decode, total

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [ROOT / "tests" / "recordings", ROOT.parent / "shared" / "recordings"]
RECORDINGS = [path for folder in FOLDERS if folder.is_dir() for path in sorted(folder.rglob("*.sse"))]
SMALL_BYTES = 100_000

recording = pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)


def expected_of(path: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads(path.with_name(f"{path.stem}.expected.json").read_text("utf-8"))
    return expected


def assert_as_expected(result: Result, expected: dict[str, Any]) -> None:
    assert result.text == expected["text"]
    if "reasoning" in expected or "thinking" in expected:
        assert result.reasoning == (expected.get("reasoning") or expected.get("thinking") or "")
    assert [name for name, _ in result.calls()] == [tool["name"] for tool in expected["tools"]]
    raw = expected.get("finish_reason") or expected.get("stop_reason")
    assert [finish.raw for finish in result.finish] == [raw]
    for (_, arguments), tool in zip(result.calls(), expected["tools"], strict=True):
        if "arguments" in tool:
            assert arguments == tool["arguments"]
        elif result.finish[0].reason != "length":  # else the SDK shows the half of them that parses
            assert json.loads(arguments or "{}") == tool["input"]
    usage = expected["usage"]
    assert result.usage.input_tokens == usage.get("prompt", usage.get("input"))
    # xAI leaves reasoning out of its count, and the SDK shows that count; ours includes it.
    beside = (result.usage.reasoning_tokens or 0) if expected.get("source", "").startswith("xai/") else 0
    assert (result.usage.output_tokens or 0) - beside == usage.get("completion", usage.get("output", 0))


def test_there_are_recordings_of_both_formats() -> None:
    assert {expected_of(path)["format"] for path in RECORDINGS} == {"openai", "anthropic"}


@recording
def test_whole(path: Path) -> None:
    expected = expected_of(path)
    assert_as_expected(decode(expected["format"], [path.read_bytes()]), expected)


@recording
def test_byte_by_byte(path: Path) -> None:
    data, expected = path.read_bytes()[:], expected_of(path)
    if len(data) > SMALL_BYTES:
        pytest.skip("the smaller ones say the same")
    assert_as_expected(decode(expected["format"], (data[at : at + 1] for at in range(len(data)))), expected)


@recording
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.integers(0, 1 << 20), max_size=40))
def test_at_random_splits(path: Path, places: list[int]) -> None:
    expected = expected_of(path)
    assert_as_expected(decode(expected["format"], cut_at(path.read_bytes(), places)), expected)


@recording
def test_with_other_line_ends(path: Path) -> None:
    expected = expected_of(path)
    for line_end in (b"\r", b"\r\n"):
        assert_as_expected(decode(expected["format"], [path.read_bytes().replace(b"\n", line_end)]), expected)


def test_u39_a_recorded_answer_that_came_as_json_instead_of_a_stream() -> None:
    path = ROOT / "tests" / "recordings" / "litellm-anthropic-whole.json"
    expected, data = expected_of(path), path.read_bytes()
    for size in (1, 7, len(data)):
        answer = Answer(FORMATS[expected["format"]], "Test", "application/json")
        for at in range(0, len(data), size):
            answer.feed(data[at : at + size])
        answer.end()
        assert_as_expected(total(answer.take()), expected)
