"""Hostile text: payloads.json, what tests feed to every field that a person, a model or a file can fill.

Written for this project from what is publicly known of XSS and Markdown injection (nothing is copied; MIT like the rest):
each rule of `rules.py` is one way in, and crosses what can stand in its places. `python -m tests.hostile` writes the file.
"""

import json
from pathlib import Path

FILE = Path(__file__).with_name("payloads.json")


def payloads() -> list[str]:
    """Every payload, in a fixed order."""
    found: list[str] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
