"""Structured logs, without secrets and without what people wrote.

Knows structlog and the standard library but no settings: chatsite.settings passes everything to `configure`.
"""

import logging.config
import re
from collections.abc import Sequence

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
# The values of these names are never logged: keys and tokens, and what people and models write.
SECRET_NAMES = re.compile(r"(?i)(authorization|cookie|password|passwd|secret|token|api_?key|^key$|signature)")
WORDS_NAMES = frozenset(
    {"text", "prompt", "prompts", "content", "parts", "turns", "messages", "message_text", "body", "title", "frame"}
)
# Counters whose names only look like secrets.
HARMLESS_NAMES = frozenset(
    {"input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens", "tokens", "tokens_per_second"}
)
# Keys of the common upstreams, anywhere in a sentence. The lengths are bounded, so matching is linear.
KEY_SHAPES = re.compile(
    r"\b(?:sk|pk|rk|key)-[A-Za-z0-9_-]{8,200}|(?i:bearer)\s+[A-Za-z0-9._~+/=-]{8,2000}|/(?:join|setup)/[A-Za-z0-9_-]{8,200}"
)
LONGEST_VALUE_CHARS = 4_000


def configure(*, level: str, as_json: bool, secrets: Sequence[str]) -> None:
    """Send structlog's and the standard library's records through one redacting chain to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    final: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        Redact(secrets),
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0),
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "parley": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": final,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "parley"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                # Below WARNING an HTTP client logs addresses, and at DEBUG a line for each chunk.
                name: {"level": "WARNING"}
                for name in (
                    "httpx",
                    "httpcore",
                    "asyncio",
                    "daphne.http_protocol",
                    "daphne.ws_protocol",
                    "daphne.server",
                )
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared[:-1],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class Redact:
    """A structlog processor: hides values by name, hides secrets and keys in any string, and cuts long strings."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 8}, key=len, reverse=True)

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {name: self.value(name, value) for name, value in event.items()}

    def value(self, name: str, value: object) -> object:
        """The value as it may be logged under this name; of a request its path, since people's words are in its query."""
        lowered = name.lower()
        if lowered in WORDS_NAMES or (SECRET_NAMES.search(lowered) and lowered not in HARMLESS_NAMES):
            return HIDDEN
        if lowered == "request" and hasattr(value, "path"):
            return self.scrub(f"{getattr(value, 'method', '')} {value.path}")
        if isinstance(value, dict):
            return {str(key): self.value(str(key), inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value("", inner) for inner in value]
        if isinstance(value, (int, float, bool)) or value is None:
            return value
        return self.scrub(str(value))

    def scrub(self, text: str) -> str:
        """The text without known secrets and without anything that looks like a key."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = KEY_SHAPES.sub(HIDDEN, text)
        if len(text) > LONGEST_VALUE_CHARS:
            text = f"{text[:LONGEST_VALUE_CHARS]} … ({len(text)} characters)"
        return text
