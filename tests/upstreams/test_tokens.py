"""The estimate of tokens beside what real tokenizers count; tests/tokens/measure.mjs says how they were asked."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from chat.upstreams.tokens import estimate

TEXTS = Path(__file__).resolve().parent.parent / "tokens"
COUNTS: dict[str, dict[str, int]] = json.loads((TEXTS / "counts.json").read_text())
# A model of each tokenizer that was asked.
MODELS = {
    "o200k": ("gpt-4o", "gpt-5-mini", "o3", "openai/gpt-oss-120b"),
    "cl100k": ("gpt-4", "gpt-3.5-turbo", "gpt-4-turbo"),
    "claude": ("claude-sonnet-4-5", "anthropic/claude-opus-4"),
    "llama3_1": ("llama3.1:8b", "meta-llama/Llama-3.3-70B-Instruct"),
    "qwen3": ("qwen3:32b", "Qwen/Qwen3-235B"),
}


@pytest.mark.parametrize("name", COUNTS)
def test_an_estimate_is_at_most_ten_percent_under_and_thirty_percent_over(name: str) -> None:
    text = (TEXTS / f"{name}.txt").read_text(encoding="utf-8")
    for tokenizer, count in COUNTS[name].items():
        for model in MODELS[tokenizer]:
            assert 0.9 <= estimate(text, model) / count <= 1.3, f"{model}: {estimate(text, model)} for {count}"


@pytest.mark.parametrize("name", COUNTS)
def test_a_model_that_nobody_knows_is_never_taken_for_cheaper_than_it_is(name: str) -> None:
    text = (TEXTS / f"{name}.txt").read_text(encoding="utf-8")
    assert estimate(text, "in-house-7") >= 0.9 * max(COUNTS[name].values())


def test_every_text_was_counted() -> None:
    assert {path.stem for path in TEXTS.glob("*.txt")} == set(COUNTS)


def test_an_estimate_grows_with_its_text_and_no_faster() -> None:
    text = (TEXTS / "english.txt").read_text() + (TEXTS / "korean.txt").read_text()
    once = estimate(text, "gpt-4o")
    assert abs(estimate(text * 50, "gpt-4o") / (50 * once) - 1) < 0.02
    for shape in ("a" * 300_000, "1" * 300_000, "\n " * 150_000, "-" * 300_000, "é" * 300_000):
        begin = time.process_time()
        estimate(shape, "m")
        assert time.process_time() - begin < 2
