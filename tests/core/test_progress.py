"""The progress of a run, with a clock that the test moves."""

from __future__ import annotations

import pytest

from chat.runs.progress import Progress
from chat.upstreams import events as ev


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(clock: Clock) -> Progress:
    progress = Progress(clock)
    progress.request_sent()
    return progress


def test_before_the_first_word_there_is_no_ttft_and_no_speed(progress: Progress, clock: Clock) -> None:
    clock.now += 2
    progress.saw(ev.Phase("waiting", 1, 3))
    fields = progress.fields()
    assert "ttft_seconds" not in fields
    assert (fields["chunks"], fields["output_tokens"], fields["tokens_per_second"]) == (0, 0, None)
    assert fields["elapsed_seconds"] == 2


def test_until_the_upstream_counts_tokens_are_an_estimate_and_say_so(progress: Progress, clock: Clock) -> None:
    clock.now += 0.25
    progress.saw(ev.Reasoning("x" * 40))
    clock.now += 2
    progress.saw(ev.Text("y" * 40))
    fields = progress.fields()
    assert (fields["output_tokens"], fields["tokens_estimated"], fields["chunks"]) == (20, True, 2)
    assert (fields["ttft_seconds"], fields["tokens_per_second"]) == (0.25, 10.0)


def test_the_upstreams_count_is_the_truth_at_the_end(progress: Progress, clock: Clock) -> None:
    progress.saw(ev.Text("words"))
    clock.now += 1
    progress.saw(ev.Finish("stop", "stop"))
    progress.saw(ev.UsageReport(ev.Usage(7, 30, 2, 5)))
    fields = progress.fields(final=True)
    assert (fields["output_tokens"], fields["tokens_estimated"], fields["tokens_per_second"]) == (30, False, 30.0)
    assert fields["usage"] == {
        "input_tokens": 7,
        "output_tokens": 30,
        "cached_input_tokens": 2,
        "reasoning_tokens": 5,
        "cache_write_input_tokens": None,
    }


def test_a_count_from_before_the_end_is_not_the_count_of_the_answer(progress: Progress, clock: Clock) -> None:
    progress.saw(ev.UsageReport(ev.Usage(7, 1, None, None)))
    progress.saw(ev.Text("w" * 400))
    clock.now += 1
    fields = progress.fields(final=True)
    assert (fields["output_tokens"], fields["tokens_estimated"]) == (100, True)
    assert (fields["usage"]["input_tokens"], fields["usage"]["output_tokens"]) == (7, None)


def test_of_a_broken_answer_the_part_that_nobody_counted_is_estimated(progress: Progress, clock: Clock) -> None:
    progress.saw(ev.Text("w" * 400))
    progress.saw(ev.UsageReport(ev.Usage(7, 1, None, None)))
    progress.request_sent()
    progress.saw(ev.Text("w" * 40))
    progress.saw(ev.Finish("stop", "end_turn"))
    progress.saw(ev.UsageReport(ev.Usage(107, 10, None, None)))
    fields = progress.fields(final=True)
    assert (fields["output_tokens"], fields["tokens_estimated"]) == (110, True)
    assert fields["usage"]["input_tokens"] == 114, "both requests were paid for"


def test_ttft_counts_from_the_request_that_was_answered(progress: Progress, clock: Clock) -> None:
    clock.now += 30
    progress.request_sent()
    clock.now += 1
    progress.saw(ev.Text("w"))
    clock.now += 5
    progress.request_sent()
    assert progress.fields()["ttft_seconds"] == 1


def test_a_report_is_due_once_a_second(progress: Progress, clock: Clock) -> None:
    due = []
    for _ in range(8):
        clock.now += 0.25
        due.append(progress.report_is_due())
    assert due == [False, False, False, True, False, False, False, True]
