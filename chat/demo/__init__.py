"""The demo model: a small server that speaks the OpenAI format over real HTTP on loopback. It needs no key.

It knows nothing of Django, the database or the rest of chat, to which it is an upstream like any other.
Tests and curious people can talk to it with any client.
"""

from chat.demo.server import MODELS, start

__all__ = ["MODELS", "start"]
