"""Who answers: the wire formats that upstreams speak, and the one client that talks to them.

Depends on the standard library, httpx and msgspec alone; must know nothing of Django or the rest of chat.
A new format is one module with `encode`, `headers` and `Decoder`, one line here, and recordings to test it with.
"""

from types import ModuleType

from . import anthropic, openai

FORMATS: dict[str, ModuleType] = {"openai": openai, "anthropic": anthropic}
