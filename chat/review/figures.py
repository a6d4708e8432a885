"""A run's outcome and figures in words, as the transcript and the lists show them."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from chat.models import Run
from chat.transcript import RunState

OUTCOMES: dict[str, Any] = {
    Run.Status.QUEUED: _("queued"),
    Run.Status.RUNNING: _("writing now"),
    Run.Status.WAITING: _("waiting for approval"),
    Run.Status.DONE: _("done"),
    Run.Status.STOPPED: _("stopped by a person"),
    Run.Status.FAILED: _("failed"),
    Run.Status.INTERRUPTED: _("interrupted"),
}

# The reason why a finished answer ended, unless it simply was complete.
REASONS = {
    "length": _("stopped at the length limit"),
    "content_filter": _("stopped by the provider's content filter"),
    "refusal": _("the model refused"),
    "error": _("ended with an error"),
    "unstated": _("done; the server gave no reason"),
}


def outcome(run: Run) -> str:
    """How the run ended, or its state while it is live."""
    words = str(OUTCOMES.get(run.status, run.status))
    reason = REASONS.get(str(run.state.get("finish_reason") or ""))
    return str(reason) if reason and run.status == Run.Status.DONE else words


def figures(run: Run) -> list[str]:
    """The known figures among tokens, first token, duration and speed, each as a short phrase with its unit."""
    state: RunState = run.state
    usage = state.get("usage") or {}
    estimated = state.get("tokens_estimated", False)
    cached, reasoning = usage.get("cached_input_tokens"), usage.get("reasoning_tokens")
    phrases = [
        _counted(run.input_tokens, _("{count} tokens in"), cached, _("{count} cached")),
        _counted(
            run.output_tokens,
            _("about {count} tokens out") if estimated else _("{count} tokens out"),
            reasoning,
            _("{count} reasoning"),
        ),
        _("first token {seconds}").format(seconds=_seconds(run.ttft_seconds)) if run.ttft_seconds is not None else "",
        _seconds(run.elapsed_seconds),
        _speed(run),
    ]
    return [phrase for phrase in phrases if phrase]


def _counted(count: int | None, words: Any, noted: int | None, note: Any) -> str:
    if count is None:
        return ""
    said = str(words).format(count=_number(count))
    return f"{said} ({str(note).format(count=_number(noted))})" if noted else said


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{_number(seconds, 2 if seconds < 10 else 0)} s"


def _number(number: float, digits: int = 0) -> str:
    return number_format(round(number, digits) if digits else round(number), digits, force_grouping=True)


def _speed(run: Run) -> str:
    speed = run.state.get("tokens_per_second")
    return (
        _("{count} tokens/s").format(count=_number(speed))
        if isinstance(speed, (int, float)) and 0 < speed < 1e6
        else ""
    )
