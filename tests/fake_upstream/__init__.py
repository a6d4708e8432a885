"""A fake upstream over real TCP: both formats, every fault, and a log of who asked and who left.

    with FakeUpstream() as upstream:                    # in a thread of this process; FakeUpstream(tls=SSLContext) for https
        upstream.url, upstream.scenario(name, steps), upstream.log(), upstream.wait_for_disconnect(), upstream.reset()
    python -m tests.fake_upstream --port 9100           # a process of its own, steered over HTTP

What it does is chosen by the request's model name.

1. `text-…` in the name itself, options in any order: `-n200` words (default 20), `-r50` words per second (0: at once,
   the default), `-t300` ms before the first word, `-k5` words of reasoning first, `-x50` drop the connection after 50 words
   (but go on to the end when asked to continue), `-X50` drop after 50 words every time, `-b4` words per write, `-s1` bytes
   per write, `-o12` repeat the last 12 characters when asked to continue, `-g40` hold after 40 words until release(),
   `-e503` answer with that status, `-l` finish "length". The text is full_text(n): "word0 word1 …". A request continues when
   its last message is the assistant's, or the last user's message contains "continue": the answer then goes on where the
   last assistant's text ends.

2. A scenario: POST /scenario {"name": model, "steps": [...]} or {"name": model, "attempts": [[...], [...]]}: the first
   request gets the first list, the second the second; the last list is for all that follow. A step is one of
     {"status": 429, "headers": {...}, "body": "…" or {...}}   a whole response
     {"head": {"status": 200, "headers": {...}, "framing": "chunked" | "close" | "length", "length": n}}
         how the stream begins; without it: 200, text/event-stream, chunked
     {"text": "…"} {"reasoning": "…"} {"tool": {"id", "name", "arguments"}}   deltas in the request's format; "pieces": n
         beside one of them sends it in n pieces
     {"finish": "stop"}    finish reason (OpenAI's word; turned into Anthropic's), usage, [DONE] or message_stop
     {"events": [{...}]}   SSE events of your own;  {"send": "…"} {"send_base64": "…"} bytes of the body as they are
     {"raw": "…"}          bytes on the socket, outside HTTP
     {"hold": true}        go on when release() has been called, or at once if it has been
     {"wait": seconds} {"hang": true} (until the client leaves) {"close": true} (FIN, nothing finished) {"reset": true} (RST)
     {"split": bytes}      from here on no write is larger, and each is a packet of its own
     {"gzip": true}        from here on (first step) the body is gzipped
     {"repeat": n, "steps": [...]}
   The end of the list ends the body as HTTP wants it: an interruption without an error where no finish was sent.

3. Anything else answers "You said: " and the last user's text.

GET /log -> {"requests": [{number, at, model, path, headers, body, attempt, disconnected_at, ended_at, bytes_sent}]}, times
of the monotonic clock, which all processes of a machine share; `disconnected_at` is set when the client left first.
POST /reset forgets scenarios and log, and holds again.
POST /release is release(). POST /models {"ids": [...]} or {"status": 404} says what GET /v1/models gives.
"""

from .server import FakeUpstream
from .wire import full_text

__all__ = ["FakeUpstream", "full_text"]
