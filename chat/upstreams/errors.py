"""What can go wrong with an upstream.

    UpstreamError                       code                  retryable  carries
    ├── CannotReach                     unreachable           yes
    │   ├── NameNotFound                dns                   yes
    │   ├── CertificateProblem          tls                   no
    │   ├── ConnectTimeout              connect_timeout       yes
    │   ├── ProxyRefused                proxy                 if it was 5xx
    │   └── AddressForbidden            address_forbidden     no
    ├── TookTooLong
    │   ├── FirstEventTimeout           first_event_timeout   yes
    │   ├── SilenceTimeout              silence_timeout       yes
    │   └── RunTimeout                  run_timeout           no
    ├── Refused                         bad_request           no         status
    │   ├── KeyRefused                  key_refused           no         status 401, 403
    │   ├── NotFound                    not_found             no         status 404
    │   ├── OptionRefused               option_refused        no         status 400, 422
    │   ├── ContextTooLong              context_too_long      no         status 400
    │   ├── TooLarge                    too_large             no         status 413
    │   ├── Quota                       quota                 no         status 402, 429
    │   ├── RateLimited                 rate_limited          yes        status 429, retry_after_seconds
    │   └── Redirected                  redirected            no         status 3xx
    ├── ServerError                     server_error          yes        status >= 500, 408, 409
    │   └── Overloaded                  overloaded            yes        status 529, 503, retry_after_seconds
    ├── NotAStream                      not_a_stream          no         HTML or nothing known with 200
    │   └── NotHttp                     not_http              no
    ├── BadJson                         bad_json              no         what was decoded before it counts
    ├── LimitReached                    limit                 no         a line, an event, a reply over its cap
    ├── BrokenOff                       broken_off            yes        the answer ended without its finish reason
    └── EmptyAnswer                     empty                 no
        └── WithoutAWord                empty                 no         it ended as it should, and said nothing

`retryable`: whether the same request may succeed a little later. `retry_after_seconds`: what the upstream asked for, None
when it did not. `status`: the HTTP status, None when there was none or it was 200. `request_id`: the provider's, for its
support. `code`: a short word that never changes. `sentence`: for the person who waits, saying what to do; written where
the error is raised, as a literal with `{fields}`, because that is where bin/messages finds what is to be translated. A field
called `time` is in seconds. `said`: the upstream's own words. `str(error)`: all of it, in English.
"""

from chat.text import span


class UpstreamError(Exception):
    """The base of the tree; see the module's docstring."""

    code = "upstream_error"
    retryable = False

    def __init__(
        self,
        sentence: str,
        *,
        retryable: bool | None = None,
        retry_after_seconds: float | None = None,
        status: int | None = None,
        request_id: str | None = None,
        said: str = "",
        **fields: str | float,
    ) -> None:
        """The parameters are many because errors differ in what is known of them; nearly all calls give one or two."""
        super().__init__(sentence)
        self.sentence = sentence
        self.fields = fields if status is None else {**fields, "status": status}
        self.said = said
        # Set when the upstream asks for a longer wait than we allow; shown to the reader instead of being waited out.
        self.asks_to_wait_seconds: float | None = None
        if retryable is not None:
            self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds
        self.status = status
        self.request_id = request_id

    @property
    def message(self) -> str:
        """All of it in English, as it is logged and stored."""
        fields = {name: span(float(value)) if name == "time" else value for name, value in self.fields.items()}
        wait = f" It asks you to wait {span(self.asks_to_wait_seconds)}." if self.asks_to_wait_seconds else ""
        return self.sentence.format(**fields) + wait + (f" It said: {self.said}" if self.said else "")

    def report(self) -> dict[str, object]:
        """What a run stores of it: the message, and its pieces, from which it can be said in any language."""
        return {
            "code": self.code,
            "message": self.message,
            "request_id": self.request_id,
            "sentence": self.sentence,
            "fields": self.fields,
            "wait_seconds": self.asks_to_wait_seconds,
            "said": self.said,
        }

    def __str__(self) -> str:
        return self.message


class CannotReach(UpstreamError):
    """No connection to the upstream."""

    code = "unreachable"
    retryable = True


class NameNotFound(CannotReach):
    """The host name has no address."""

    code = "dns"


class CertificateProblem(CannotReach):
    """TLS failed; there is no falling back to an unverified connection."""

    code = "tls"
    retryable = False


class ConnectTimeout(CannotReach):
    """Nobody answered the connection in time."""

    code = "connect_timeout"


class ProxyRefused(CannotReach):
    """The proxy on the way does not let us through, or does not get there."""

    code = "proxy"
    retryable = False


class AddressForbidden(CannotReach):
    """The host is on a private network, and this upstream has no permission for that."""

    code = "address_forbidden"
    retryable = False


class TookTooLong(UpstreamError):
    """A time limit of the endpoint was reached."""


class FirstEventTimeout(TookTooLong):
    """Connected, but no first word in time."""

    code = "first_event_timeout"
    retryable = True


class SilenceTimeout(TookTooLong):
    """The answer began, then nothing at all came for too long."""

    code = "silence_timeout"
    retryable = True


class RunTimeout(TookTooLong):
    """The whole run took longer than it may."""

    code = "run_timeout"


class Refused(UpstreamError):
    """The upstream understood the request and will not do it."""

    code = "bad_request"


class KeyRefused(Refused):
    """401 or 403."""

    code = "key_refused"


class NotFound(Refused):
    """404: the model, or the whole address."""

    code = "not_found"


class OptionRefused(Refused):
    """The model does not take one of the conversation's options."""

    code = "option_refused"


class ContextTooLong(Refused):
    """The conversation does not fit the model."""

    code = "context_too_long"


class TooLarge(Refused):
    """413: the request has too many bytes."""

    code = "too_large"


class Quota(Refused):
    """Nothing is left to spend; waiting a minute does not help."""

    code = "quota"


class RateLimited(Refused):
    """Too many requests; waiting helps."""

    code = "rate_limited"
    retryable = True


class Redirected(Refused):
    """3xx: never followed, so that the key goes nowhere else."""

    code = "redirected"


class ServerError(UpstreamError):
    """The upstream failed."""

    code = "server_error"
    retryable = True


class Overloaded(ServerError):
    """The upstream has too much to do."""

    code = "overloaded"


class NotAStream(UpstreamError):
    """Something answered with success, but not a model."""

    code = "not_a_stream"


class NotHttp(NotAStream):
    """Something answered, but not in HTTP."""

    code = "not_http"


class BadJson(UpstreamError):
    """An event of the stream is not JSON that can be read."""

    code = "bad_json"


class LimitReached(UpstreamError):
    """The answer, or a piece of it, is larger than we take."""

    code = "limit"


class BrokenOff(UpstreamError):
    """The connection ended before the answer did."""

    code = "broken_off"
    retryable = True


class EmptyAnswer(UpstreamError):
    """The upstream ended its answer without saying anything."""

    code = "empty"


class WithoutAWord(EmptyAnswer):
    """The upstream began and ended its answer as it should; for a continuation that means: this was all."""
