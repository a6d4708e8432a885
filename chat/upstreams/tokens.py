"""How many tokens a text is for a model, without its tokenizer: counted by what the text is written in.

Tokenizers agree on English and code, within a few percent, and differ by half on everything else. So a model's name gives its
kind of tokenizer; a name that nobody knows gets the dearest kind, because what is cut too early costs less than a request
that is refused. tests/tokens holds what real tokenizers count, and how much the estimate may differ from it.
"""

import re
from typing import NamedTuple

WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")
ACCENTED = re.compile(r"[\u00c0-\u024f]")
DIGITS = re.compile(r"\d+")
# A run of punctuation is one token as a rule, a long one a few.
MARKS = re.compile(r"[!-/:-@\[-`{-~]+")
BREAKS = re.compile(r"\n\s*| {2,}")
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
KANA = re.compile(r"[\u3040-\u30ff]")
HANGUL = re.compile(r"[\u1100-\u11ff\uac00-\ud7af]")
# Every other letter or sign: Cyrillic, Greek, Arabic, Thai, full-width punctuation, emoji.
OTHER = re.compile(r"[\u0250-\u10ff\u1200-\u303f\u3100-\u33ff\ua000-\uabff\ufb00-\uffef\U00010000-\U0001ffff]")


class Kind(NamedTuple):
    """What a kind of tokenizer makes of one character, in tokens; `foreign` is what a word outside of English adds."""

    foreign: float
    digits: int
    han: float
    kana: float
    hangul: float
    other: float


# Fitted to the counts in tests/tokens/counts.json.
O200K = Kind(foreign=0.3, digits=3, han=0.75, kana=0.75, hangul=0.78, other=0.9)
CL100K = Kind(foreign=0.7, digits=3, han=1.15, kana=1.03, hangul=1.28, other=1.0)
CLAUDE = Kind(foreign=1.05, digits=3, han=1.07, kana=1.1, hangul=1.42, other=1.0)
# Llama, Qwen, DeepSeek and their like; some of them take every digit alone.
OPEN = Kind(foreign=0.65, digits=2, han=0.71, kana=0.64, hangul=0.85, other=0.9)

UNKNOWN = CLAUDE._replace(digits=1)

KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"gpt-(3|4(?![\w.])|4-)|davinci|babbage", re.I), CL100K),
    (re.compile(r"gpt|(^|/)o\d|codex|omni", re.I), O200K),
    (re.compile(r"claude", re.I), CLAUDE),
    (
        re.compile(
            r"llama|qwen|qwq|deepseek|mi[sx]tral|magistral|devstral|gemma|gemini|glm|kimi|phi|grok|command", re.I
        ),
        OPEN,
    ),
)
# A text is foreign to English by its accented letters: each stands for this many words of German without one.
WORDS_PER_ACCENT = 8.5


def kind_of(model: str) -> Kind:
    """The kind of tokenizer that a model of this name has."""
    return next((kind for pattern, kind in KINDS if pattern.search(model)), UNKNOWN)


def estimate(text: str, model: str) -> int:
    """About how many tokens `text` is for `model`. Linear; a megabyte takes some tens of milliseconds."""
    kind = kind_of(model)
    words = len(WORD.findall(text))
    tokens = float(words) + len(BREAKS.findall(text))
    tokens += sum(-(-len(run) // kind.digits) for run in DIGITS.findall(text))
    tokens += sum(0.9 + 0.1 * len(run) for run in MARKS.findall(text))
    if not text.isascii():
        tokens += min(kind.foreign * words, WORDS_PER_ACCENT * len(ACCENTED.findall(text)))
        tokens += kind.han * len(HAN.findall(text)) + kind.kana * len(KANA.findall(text))
        tokens += kind.hangul * len(HANGUL.findall(text)) + kind.other * len(OTHER.findall(text))
    return round(tokens) + 1
