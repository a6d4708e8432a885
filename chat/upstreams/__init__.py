"""Who answers: the wire formats that upstreams speak, and the one client that talks to them.

Depends on the standard library, msgspec and chat.text; httpx is used in exchange.py alone, httpcore in network.py and http1.py,
h11 in http1.py. Must know nothing of Django or the rest of chat.
A new format is one module with the members of `Format`, one line here, and recordings to test it with.
"""

from . import anthropic, openai
from .format import Format

# By the name that a row or a preset stores. The choices of the administration are made from this table.
FORMATS: dict[str, Format] = {"openai": openai, "anthropic": anthropic}
