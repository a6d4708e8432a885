"""An answer in a terminal: folds a run's patches and writes what is new. Text is written to stdout, the rest to stderr."""

import re
from typing import Any

import msgspec
from django.core.management.base import OutputWrapper

from chat.runs.feed import Patch
from chat.transcript import RunState, State, empty_state, fold

DIM, PLAIN = "\x1b[2m", "\x1b[0m"
# All control characters but tab and line feed: a model must not move the cursor, set titles or simulate typing.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def harmless(text: str) -> str:
    """The text with every control character made visible, for a terminal."""
    return _CONTROL.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    return "\u2421" if code == 0x7F else chr(0x2400 + code) if code < 0x20 else "\ufffd"


def statistics(run: RunState) -> str:
    """One line about how a run went."""
    tokens, speed, first = run.get("output_tokens"), run.get("tokens_per_second"), run.get("ttft_seconds")
    about = " (estimated)" if run.get("tokens_estimated") else ""
    pieces = [
        f"chunks {run.get('chunks', 0)}",
        f"tokens {tokens or 0}{about}",
        f"{speed:.1f} tokens/s" if speed else "",
        f"TTFT {first:.2f} s" if first is not None else "",
        f"{run.get('elapsed_seconds', 0):.1f} s",
        f"{run['status']}: {run['finish_reason']}" if run.get("finish_reason") else run["status"],
        f"{run.get('upstream')}/{run.get('model')}",
    ]
    return " · ".join(piece for piece in pieces if piece)


class Answer:
    """Knows what has been written of a run so far; `take` writes what a patch adds."""

    def __init__(self, out: OutputWrapper, err: OutputWrapper) -> None:
        self.state: State = empty_state()
        self.seq = 0
        self._out, self._err = out, err
        self._written: list[int] = []
        self._last = ""
        self._is_dim = False
        self._phase: tuple[Any, ...] = ()

    def take(self, patch: Patch) -> None:
        """Fold the patch and write what it adds. A patch from seq 0 repeats text; only what was not written is written."""
        state = self.state if patch.after else empty_state()
        self.state, self.seq = fold(state, msgspec.json.decode(patch.changes)), patch.seq
        for index, part in enumerate(self.state["parts"]):
            if index == len(self._written):
                self._written.append(0)
                self._begin(part)
            text = str(part.get("arguments" if part["type"] == "tool_call" else "text") or "")
            new, self._written[index] = text[self._written[index] :], len(text)
            if new:
                self._write(part["type"], new)
        self._tell_phase()

    def note(self, text: str) -> None:
        """Write a line to stderr, if a person sees it."""
        if self._err.isatty():
            self._light()
            self._err.write(f"{DIM}[{harmless(text)}]{PLAIN}", style_func=str)
            self._err.flush()

    def end(self) -> None:
        """Finish the last line of the answer."""
        self._light()
        if self._last and not self._last.endswith("\n"):
            self._out.write("\n", ending="")
        self._out.flush()

    def _begin(self, part: dict[str, Any]) -> None:
        if part["type"] == "seam":
            self.note(f"connection lost, continued: {part['attempt']} of {part['of']}" if part["why"] else "continued")
        elif part["type"] == "tool_call":
            self.note(f"calls {part['name']}")

    def _write(self, kind: str, text: str) -> None:
        if kind in ("text", "refusal"):
            self._light()
            self._out.write(harmless(text) if self._out.isatty() else text, ending="")
            self._out.flush()
            self._last = text
        elif kind == "reasoning" and self._err.isatty():
            opening = "" if self._is_dim else DIM
            self._err.write(opening + harmless(text), style_func=str, ending="")
            self._err.flush()
            self._is_dim = True

    def _light(self) -> None:
        if self._is_dim:
            self._err.write(f"{PLAIN}\n", style_func=str)
            self._err.flush()
            self._is_dim = False

    def _tell_phase(self) -> None:
        run = self.state["run"]
        phase = (run.get("phase"), run.get("attempt"))
        if phase != self._phase and run.get("phase") in ("retrying", "continuing"):
            self.note(f"{run['why']} Again in {run.get('wait_seconds') or 0:.0f} s, {run['attempt']} of {run['of']}")
        self._phase = phase
