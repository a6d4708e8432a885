"""The timeline of a run: bounded, however long the run takes and however often its phase changes."""

from __future__ import annotations

from chat.runs.progress import Progress
from chat.runs.timeline import MOST_MOMENTS, MOST_POINTS, Timeline
from chat.upstreams import events as ev


def test_it_says_when_which_phase_began_and_how_fast_the_text_came() -> None:
    timeline = Timeline(4)
    timeline.enter("waiting", 0.0)
    timeline.enter("writing", 1.234)
    for at_seconds in (1.3, 1.4, 2.1):
        timeline.count(40, at_seconds)
    assert timeline.as_json() == {
        "moments": [["waiting", 0.0], ["writing", 1.23]],
        "every_seconds": 0.5,
        "tokens": [0, 0, 20, 0, 10],
    }


def test_an_hour_is_told_in_as_few_points_as_a_minute() -> None:
    timeline = Timeline(4)
    for second in range(3600):
        timeline.count(200, float(second))
    told = timeline.as_json()
    assert len(told["tokens"]) <= MOST_POINTS
    assert sum(told["tokens"]) == 3600 * 50
    assert told["every_seconds"] == 64


def test_text_after_a_very_long_silence_is_counted_at_the_end() -> None:
    timeline = Timeline(4)
    timeline.count(4, 0.1)
    timeline.count(8, 100_000.0)
    told = timeline.as_json()
    assert (told["tokens"][0], told["tokens"][-1], sum(told["tokens"])) == (1, 2, 3)
    assert len(told["tokens"]) <= MOST_POINTS


def test_of_many_phases_the_first_ones_and_the_last_one_are_told() -> None:
    timeline = Timeline(4)
    for number in range(200):
        timeline.enter(f"phase {number}", float(number))
    moments = timeline.as_json()["moments"]
    assert len(moments) == MOST_MOMENTS
    assert (moments[0][0], moments[-1][0]) == ("phase 0", "phase 199")


def test_the_report_at_the_end_has_it_and_every_tenth_before_and_another_process_goes_on_with_it() -> None:
    now = [100.0]
    progress = Progress(lambda: now[0])
    progress.request_sent()
    progress.entered("writing")
    had = []
    for _ in range(22):
        now[0] += 1
        progress.saw(ev.Text("w" * 40))
        assert progress.report_is_due()
        had.append("timeline" in progress.fields())
    assert [place for place, has in enumerate(had) if has] == [0, 10, 20]
    left = progress.fields(final=True)
    later = Progress(lambda: now[0], left)
    later.entered("continuing")
    now[0] += 1
    later.saw(ev.Text("w" * 40))
    timeline = later.fields(final=True)["timeline"]
    assert [phase for phase, _ in timeline["moments"]] == ["writing", "continuing"]
    assert sum(timeline["tokens"]) == 230
