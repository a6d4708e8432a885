"""Which of a conversation's options an upstream refused, read from its own words. Pure."""

from . import errors
from .request import Options

# What the formats and their imitations call each option when they refuse it.
_SIGNS: dict[str, tuple[str, ...]] = {
    "temperature": ("temperature",),
    "max_tokens": ("max_tokens", "max_completion_tokens", "max_output_tokens", "max tokens", "output tokens"),
    "reasoning_effort": ("reasoning_effort", "reasoning.effort", "reasoning effort", "thinking", "budget_tokens"),
    "system": ("system prompt", "system message", "system instruction", "role 'system'", '"system"', "`system`"),
}
_NAMES = {
    "temperature": "temperature",
    "max_tokens": "length limit",
    "reasoning_effort": "reasoning effort",
    "system": "system prompt",
}


def naming_the_option(error: errors.UpstreamError, options: Options) -> errors.UpstreamError:
    """The same error, or where it is about an option that is set, one that says which one to change."""
    if type(error) is not errors.Refused or error.status not in (400, 422):
        return error
    _, mark, said = error.message.partition(" It said: ")
    words = said.lower()
    found = [
        (min(words.index(sign) for sign in signs if sign in words), name)
        for name, signs in _SIGNS.items()
        if getattr(options, name) is not None and any(sign in words for sign in signs)
    ]
    if not found:
        return error
    _, name = min(found)
    ours = f"This model does not take the {_NAMES[name]} of this conversation. Change it, or leave it to the model."
    return errors.OptionRefused(f"{ours}{mark}{said}", status=error.status, request_id=error.request_id)
