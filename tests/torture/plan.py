"""The plan of one run at its upstream: a text, and how often and in which way it breaks off. Seeded."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass, field
from typing import Any

Steps = list[dict[str, Any]]

# Below the harness's silence limit of one second; a stall is well above it.
PAUSE_SECONDS, STALL_SECONDS = 0.6, 3.0
# Shorter repetitions are not cut: they happen by chance.
OVERLAP_CHARS = 12
_LETTERS = (
    "abcdefghijklmnopqrstuvwxyz" * 4,
    "äöüßéèñçøå" + "абвгдежзиклмн" + "αβγδεζ",
    "漢字仮名交じり文한국어",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇨🇭 🤷🏽‍♀️ 😀",
    "مرحبا שלום",
    "e\u0301a\u0308\u200d\u200b\u202e\u2066\u2069\ufeff",
    "\n\n\t  **`_#>|[](<&\u2028\u2029\u0085",
)


@dataclass(slots=True)
class Plan:
    """One run: `key` is the name of its model."""

    key: str
    format: str
    prefill: bool
    text: str
    breaks: list[str]
    refusals: int
    seconds: float
    rng: random.Random = field(repr=False)

    @property
    def upstream(self) -> str:
        """The slug of the upstream that is to answer."""
        return f"prefill-{self.format}" if self.prefill else self.format

    def steps(self, attempt: int, partial: str) -> Steps:
        """What the upstream sends at this attempt (1, 2, …) to a client that has `partial` already."""
        rng = self.rng
        if attempt <= self.refusals:
            return rng.choice([_UNAVAILABLE, _SLOW_DOWN, _HANG_UP])
        overlap = 0
        if partial and not self.prefill and len(partial) > OVERLAP_CHARS and rng.random() < 0.5:
            overlap = rng.randint(OVERLAP_CHARS, min(len(partial), 80))
        rest = self.text[len(partial) - overlap :]
        ending = self.breaks.pop() if self.breaks else ""
        if ending:
            rest = rest[: rng.randint(0, len(rest))]
        if ending == "no finish" and not rest:
            ending = "close"  # an empty body is another fault, after which a run is not continued
        steps: Steps = [{"split": rng.randint(1, 60)}] if rng.random() < 0.3 else []
        if not partial and rng.random() < 0.3:
            steps += [{"wait": rng.random() * 0.4}, {"reasoning": "Hm. ", "pieces": 2}]
        pieces = _pieces(rest, rng)
        seconds = self.seconds * len(rest) / max(1, len(self.text))
        for piece in pieces:
            steps.append({"text": piece})
            if rng.random() < 0.5:
                steps.append({"wait": 2 * rng.random() * seconds / max(1, len(pieces))})
            elif rng.random() < 0.02:
                steps.append({"wait": PAUSE_SECONDS})
        return [*steps, *_ending(ending, self.format)]


def make(seed: str, number: int) -> Plan:
    """The plan of run `number` under `seed`."""
    rng = random.Random(f"{seed}-{number}")
    kinds = ["close", "reset", "stall", "error", "half event", "half character", "no finish"]
    return Plan(
        key=f"torture-{seed}-{number}",
        format=rng.choice(["openai", "anthropic"]),
        prefill=rng.random() < 0.4,
        text=_text(rng),
        breaks=rng.choices(kinds, k=rng.choice([0, 0, 1, 1, 2, 3])),
        refusals=rng.choice([0, 0, 0, 1, 2]),
        seconds=rng.uniform(0.1, 4.0),
        rng=rng,
    )


def _text(rng: random.Random) -> str:
    """Words of all kinds. It begins and ends with a letter, so that no answer is blank."""
    length = rng.choice([1, 30, 300, 1000, 4000, 12000])
    words = ["Text"]
    size = 0
    while size < length:
        letters = rng.choices(_LETTERS, weights=[10, 2, 2, 1, 1, 1, 1])[0]
        words.append("".join(rng.choices(letters, k=rng.randint(1, 12))))
        words.append(rng.choice([" ", " ", " ", "", "\n"]))
        size += len(words[-2]) + 1
    return "".join(words) + "."


def _pieces(text: str, rng: random.Random) -> list[str]:
    pieces, at = [], 0
    largest = rng.choice([1, 8, 40, 400]) if len(text) < 2000 else rng.choice([40, 400])
    while at < len(text):
        size = rng.randint(1, largest)
        pieces.append(text[at : at + size])
        at += size
    return pieces


def _ending(kind: str, format: str) -> Steps:
    match kind:
        case "":
            return [{"finish": "stop"}]
        case "stall":
            return [{"wait": STALL_SECONDS}, {"close": True}]
        case "error" if format == "anthropic":
            return [{"events": [{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}]}]
        case "error":
            return [{"events": [{"error": {"message": "The server had an error", "type": "server_error"}}]}]
        case "half event":
            return [{"send": 'data: {"choices": [{"delta": {"cont'}, {"close": True}]
        case "half character":
            half = 'data: {"choices": [{"delta": {"content": "é'.encode()[:-1]
            return [{"send_base64": base64.b64encode(half).decode()}, {"reset": True}]
        case "no finish":
            return []
        case _:
            return [{kind: True}]


_UNAVAILABLE: Steps = [{"status": 503, "body": {"error": {"message": "try again"}}}]
_SLOW_DOWN: Steps = [{"status": 429, "headers": {"retry-after": "0.2"}, "body": {"error": {"message": "slower"}}}]
_HANG_UP: Steps = [{"close": True}]
