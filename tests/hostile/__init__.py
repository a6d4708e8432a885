"""Hostile text: payloads.json has the texts for every field that a person, a model or a file can fill.

They are written for this project from public knowledge of XSS and Markdown injection (nothing is copied; MIT like the
rest). Each rule of `rules.py` is one attack, and combines all variants of its parts. `python -m tests.hostile` writes it.
"""

import json
from pathlib import Path

FILE = Path(__file__).with_name("payloads.json")


def payloads() -> list[str]:
    """Every payload, in a fixed order."""
    found: list[str] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
