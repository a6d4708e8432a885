"""Why an answer ended: the words that servers have for it, and ours. One table for both formats, because proxies mix them. Pure."""

from .events import FinishReason

# Only what is listed as "stop", "length" or "tool_calls" is a success. What nobody knows may be a server's word for a crash.
_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "complete": "stop",
    "completed": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "tool_call": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "pause_turn": "pause",
    "content_filter": "content_filter",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "safety": "content_filter",
    "recitation": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "spii": "content_filter",
    "sensitive": "content_filter",
    "refusal": "refusal",
    "error": "error",
}
# What some servers write where others write null.
_NONE = ("", "null", "none")


def given(raw: str | None) -> str:
    """The reason that a server gave, "" where it gave none."""
    return raw if raw and raw.strip().lower() not in _NONE else ""


def reason_of(raw: str) -> FinishReason:
    """Our word for a server's reason; "unknown" for one that nobody knows."""
    return _REASONS.get(raw.strip().lower(), "unknown")
