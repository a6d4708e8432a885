"""What can go wrong with an upstream.

    UpstreamError                       code                  retryable  carries
    ├── CannotReachError                unreachable           yes
    │   ├── NameNotFoundError           dns                   yes
    │   ├── CertificateProblemError     tls                   no
    │   ├── ConnectTimeoutError         connect_timeout       yes
    │   ├── ProxyRefusedError           proxy                 if it was 5xx
    │   └── AddressForbiddenError       address_forbidden     no
    ├── TookTooLongError
    │   ├── FirstEventTimeoutError      first_event_timeout   yes
    │   ├── SilenceTimeoutError         silence_timeout       yes
    │   └── RunTimeoutError             run_timeout           no
    ├── RequestRefusedError             bad_request           no         status
    │   ├── KeyRefusedError             key_refused           no         status 401, 403
    │   ├── NotFoundError               not_found             no         status 404
    │   ├── WrongAddressError           wrong_address         no         status 404, 405
    │   ├── OptionRefusedError          option_refused        no         status 400, 422
    │   ├── ContextTooLongError         context_too_long      no         status 400
    │   ├── TooLargeError               too_large             no         status 413
    │   ├── QuotaError                  quota                 no         status 402, 429
    │   ├── ModeratedError              moderated             no         what the message says is not allowed
    │   ├── RegionError                 region                no         where this server is
    │   ├── PolicyError                 policy                no         what the account's settings allow
    │   ├── RateLimitedError            rate_limited          yes        status 429, retry_after_seconds
    │   └── RedirectedError             redirected            no         status 3xx
    ├── ServerError                     server_error          yes        status >= 500, 408, 409
    │   └── OverloadedError             overloaded            yes        status 529, 503, retry_after_seconds
    ├── NotAStreamError                 not_a_stream          no         HTML or nothing known with 200
    │   └── NotHttpError                not_http              no
    ├── BadJsonError                    bad_json              no         what was decoded before it counts
    ├── LimitReachedError               limit                 no         a line, an event, a reply over its cap
    ├── BrokenOffError                  broken_off            yes        the answer ended without its finish reason
    ├── UnknownEndError                 unknown_end           no         its finish reason is none that we know
    └── EmptyAnswerError                empty                 no
        └── NoWordError                 empty                 no         it ended as it should, and said nothing

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
        # The same before it was shortened; for lessons.py, never shown.
        self.in_full = said
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


class CannotReachError(UpstreamError):
    """No connection to the upstream."""

    code = "unreachable"
    retryable = True


class NameNotFoundError(CannotReachError):
    """The host name has no address."""

    code = "dns"


class CertificateProblemError(CannotReachError):
    """TLS failed; there is no falling back to an unverified connection."""

    code = "tls"
    retryable = False


class ConnectTimeoutError(CannotReachError):
    """Nobody answered the connection in time."""

    code = "connect_timeout"


class ProxyRefusedError(CannotReachError):
    """The proxy on the way does not let us through, or does not get there."""

    code = "proxy"
    retryable = False


class AddressForbiddenError(CannotReachError):
    """The host is on a private network, and this upstream has no permission for that."""

    code = "address_forbidden"
    retryable = False


class TookTooLongError(UpstreamError):
    """A time limit of the endpoint was reached."""


class FirstEventTimeoutError(TookTooLongError):
    """Connected, but no first word in time."""

    code = "first_event_timeout"
    retryable = True


class SilenceTimeoutError(TookTooLongError):
    """The answer began, then nothing came for too long, or nothing but pings."""

    code = "silence_timeout"
    retryable = True


class RunTimeoutError(TookTooLongError):
    """The whole run took longer than it may."""

    code = "run_timeout"


class RequestRefusedError(UpstreamError):
    """The upstream understood the request and will not do it."""

    code = "bad_request"


class KeyRefusedError(RequestRefusedError):
    """401 or 403."""

    code = "key_refused"


class NotFoundError(RequestRefusedError):
    """404: the model."""

    code = "not_found"


class WrongAddressError(RequestRefusedError):
    """404 or 405: nothing at this address takes such requests."""

    code = "wrong_address"


class OptionRefusedError(RequestRefusedError):
    """The model does not take one of the conversation's options."""

    code = "option_refused"


class ContextTooLongError(RequestRefusedError):
    """The conversation does not fit the model."""

    code = "context_too_long"


class TooLargeError(RequestRefusedError):
    """413: the request has too many bytes."""

    code = "too_large"


class QuotaError(RequestRefusedError):
    """Nothing is left to spend; waiting a minute does not help."""

    code = "quota"


class ModeratedError(RequestRefusedError):
    """The provider does not take what the message says."""

    code = "moderated"


class RegionError(RequestRefusedError):
    """The provider does not serve the country that this server is in."""

    code = "region"


class PolicyError(RequestRefusedError):
    """The settings of the account do not allow this model."""

    code = "policy"


class RateLimitedError(RequestRefusedError):
    """Too many requests; waiting helps."""

    code = "rate_limited"
    retryable = True


class RedirectedError(RequestRefusedError):
    """3xx: never followed, so that the key goes nowhere else."""

    code = "redirected"


class ServerError(UpstreamError):
    """The upstream failed."""

    code = "server_error"
    retryable = True


class OverloadedError(ServerError):
    """The upstream has too much to do."""

    code = "overloaded"


class NotAStreamError(UpstreamError):
    """Something answered with success, but not a model."""

    code = "not_a_stream"


class NotHttpError(NotAStreamError):
    """Something answered, but not in HTTP."""

    code = "not_http"


class BadJsonError(UpstreamError):
    """An event of the stream is not JSON that can be read."""

    code = "bad_json"


class LimitReachedError(UpstreamError):
    """The answer, or a piece of it, is larger than we take."""

    code = "limit"


class BrokenOffError(UpstreamError):
    """The connection ended before the answer did."""

    code = "broken_off"
    retryable = True


class UnknownEndError(UpstreamError):
    """The answer ended for a reason that nobody knows, so that it may be cut."""

    code = "unknown_end"


class EmptyAnswerError(UpstreamError):
    """The upstream ended its answer without saying anything."""

    code = "empty"


class NoWordError(EmptyAnswerError):
    """The upstream began and ended its answer as it should; for a continuation that means: this was all."""
