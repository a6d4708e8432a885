"""Chooses one of the prepared answers by the words of the question. Pure."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TEXTS = Path(__file__).parent / "texts"
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: the file with its answer, its subject in a few words, and the words that lead to it."""

    slug: str
    about: str
    words: tuple[str, ...]


# Of equals the first wins. A phrase counts once for each of its words.
TOPICS = (
    Topic("recap", "the conversation so far", ("what did i ask", "did i say", "remember", "recap", "summarize", "summarise",
          "so far", "asked before", "earlier", "my last question", "my first question")),
    Topic("connect", "connecting a real model", ("connect", "api key", "key", "keys", "upstream", "upstreams", "provider", "openai",
          "anthropic", "claude", "gpt", "ollama", "openrouter", "megallm", "llama", "real model", "own model", "configure", "setup",
          "set up", "add a model", "local model")),
    Topic("people", "inviting people", ("invite", "invitation", "people", "person", "colleague", "colleagues", "team", "share",
          "sharing", "member", "members", "roles", "role", "viewer", "editor", "sign up", "together", "add someone")),
    Topic("safety", "how answers are kept safe", ("safe", "safety", "secure", "security", "lost", "lose", "kept", "keep", "crash",
          "crashes", "durable", "reload", "offline", "reconnect", "connection lost", "disconnect", "stored", "reliable")),
    Topic("review", "review, export and audit", ("who can read", "review", "audit", "export", "admin", "administrator",
          "privacy", "csv", "jsonl", "compliance")),
    Topic("branches", "edits, branches and stopping", ("edit", "regenerate", "branch", "branches", "try again", "another answer", "stop",
          "continue", "retry", "undo")),
    Topic("code", "code", ("code", "python", "javascript", "js", "program", "function", "script", "snippet", "programming",
          "write code", "example code")),
    Topic("table", "a table", ("table", "tables", "compare", "comparison", "columns", "versus", "vs")),
    Topic("math", "formulas", ("math", "maths", "mathematics", "formula", "formulas", "equation", "latex", "integral", "calculate",
          "sum", "probability")),
    Topic("list", "a list", ("list", "lists", "steps", "todo", "checklist", "plan", "bullet", "bullets")),
    Topic("long", "a long text", ("long", "story", "essay", "in detail", "detailed", "lengthy", "how does it work", "how do you work",
          "under the hood", "architecture")),
    Topic("thinking", "reasoning", ("reasoning", "reason", "think", "thinking", "thoughts", "chain of thought")),
    Topic("tools", "tools", ("tool", "tools", "function calling", "mcp", "tool call", "tool calls")),
    Topic("help", "what the demo can talk about", ("help", "what can you do", "what can i ask", "questions", "commands",
          "topics", "options", "examples")),
    Topic("who", "the demo itself", ("who are you", "what are you", "are you real", "demo", "your name", "are you", "what model",
          "which model", "ai", "chatbot", "bot")),
    Topic("what", "what Parley is", ("parley", "what is this", "what is parley", "about this", "this place", "self-hosted",
          "what's this", "features", "product")),
    Topic("thanks", "thanks", ("thanks", "thank you", "thank", "great", "nice", "cool", "wow", "awesome", "perfect", "bye")),
    Topic("hello", "a greeting", ("hello", "hi", "hey", "good morning", "good evening", "test", "ping", "yo", "moin", "hallo")),
)  # fmt: skip
GENERIC = Topic("generic", "something the demo knows nothing of", ())


def topic_of(question: str) -> Topic:
    """The topic with the most words in the question; GENERIC if no topic has any."""
    said = f" {' '.join(_WORD.findall(question[:4000].lower()))} "
    best, most = GENERIC, 0
    for topic in TOPICS:
        score = sum(len(word.split()) for word in topic.words if f" {_plain(word)} " in said)
        if score > most:
            best, most = topic, score
    return best


def text_of(topic: Topic, variant: int) -> str:
    """The prepared answer of a topic, with one of its openings."""
    openings, body = _read(topic.slug)
    return f"{openings[variant % len(openings)]}\n\n{body}"


@cache
def _plain(word: str) -> str:
    return " ".join(_WORD.findall(word.lower()))


@cache
def _read(slug: str) -> tuple[tuple[str, ...], str]:
    """A file's openings, one per line, and the text after its line of equal signs."""
    head, _, body = (_TEXTS / f"{slug}.md").read_text(encoding="utf-8").partition("\n===\n")
    return tuple(head.splitlines()), body.strip()
