"""A run's outcome and figures in words, as the transcript and the lists show them."""

from __future__ import annotations

from typing import Any

from chat.models import Run

OUTCOMES: dict[str, str] = {
    Run.Status.QUEUED: "queued",
    Run.Status.RUNNING: "writing now",
    Run.Status.WAITING: "waits for a decision",
    Run.Status.DONE: "done",
    Run.Status.STOPPED: "stopped by a person",
    Run.Status.FAILED: "failed",
    Run.Status.INTERRUPTED: "interrupted",
}

# Why an answer that is done ended, where it was not simply at its end.
REASONS = {
    "length": "stopped at the length limit",
    "content_filter": "stopped by the provider's content filter",
    "refusal": "the model refused",
    "error": "ended with an error",
}


def outcome(run: Run) -> str:
    """How the run ended, or how it stands."""
    words = OUTCOMES.get(run.status, run.status)
    reason = REASONS.get(str(run.state.get("finish_reason") or ""))
    return reason if reason and run.status == Run.Status.DONE else words


def figures(run: Run) -> list[str]:
    """Tokens, first token, duration and speed: those that are known, each a short phrase with its unit."""
    usage: dict[str, Any] = run.state.get("usage") or {}
    estimated = bool(run.state.get("tokens_estimated"))
    cached, reasoning = usage.get("cached_input_tokens"), usage.get("reasoning_tokens")
    phrases = [
        _tokens(run.input_tokens, "in", f"{cached:,} cached" if cached else ""),
        _tokens(run.output_tokens, "out", f"{reasoning:,} reasoning" if reasoning else "", estimated=estimated),
        _seconds("first token ", run.ttft_seconds),
        _seconds("", run.elapsed_seconds),
        _speed(run),
    ]
    return [phrase for phrase in phrases if phrase]


def _tokens(count: int | None, which: str, note: str, *, estimated: bool = False) -> str:
    if count is None:
        return ""
    return f"{'about ' if estimated else ''}{count:,} tokens {which}" + (f" ({note})" if note else "")


def _seconds(what: str, seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{what}{seconds:.2f} s" if seconds < 10 else f"{what}{seconds:,.0f} s"


def _speed(run: Run) -> str:
    speed = run.state.get("tokens_per_second")
    return f"{speed:.0f} tokens/s" if isinstance(speed, (int, float)) and 0 < speed < 1e6 else ""
