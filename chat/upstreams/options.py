"""Which of a conversation's options an upstream refused, read from its own words. Pure."""

from chat.text import phrase

from . import errors
from .request import Options

# What the formats and their imitations call each option when they refuse it.
_SIGNS: dict[str, tuple[str, ...]] = {
    "temperature": ("temperature",),
    "max_tokens": ("max_tokens", "max_completion_tokens", "max_output_tokens", "max tokens", "output tokens"),
    "reasoning_effort": ("reasoning_effort", "reasoning.effort", "reasoning effort", "thinking", "budget_tokens"),
    "system": ("system prompt", "system message", "system instruction", "role 'system'", '"system"', "`system`"),
}
_SENTENCES = {
    "temperature": phrase(
        "This model does not accept the temperature of this conversation. Change it, or leave it empty."
    ),
    "max_tokens": phrase(
        "This model does not accept the length limit of this conversation. Change it, or leave it empty."
    ),
    "reasoning_effort": phrase(
        "This model does not accept the reasoning effort of this conversation. Change it, or leave it empty."
    ),
    "system": phrase(
        "This model does not accept the system prompt of this conversation. Change it, or leave it empty."
    ),
}


def naming_the_option(error: errors.UpstreamError, options: Options) -> errors.UpstreamError:
    """The same error, or where it is about an option that is set, one that says which one to change."""
    if type(error) is not errors.RequestRefusedError or error.status not in (400, 422):
        return error
    words = error.said.lower()
    found = [
        (min(words.index(sign) for sign in signs if sign in words), name)
        for name, signs in _SIGNS.items()
        if getattr(options, name) is not None and any(sign in words for sign in signs)
    ]
    if not found:
        return error
    _, name = min(found)
    return errors.OptionRefusedError(
        _SENTENCES[name], said=error.said, status=error.status, request_id=error.request_id
    )
