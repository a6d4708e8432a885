"""Finds which option an upstream refused in the messages of both formats and of compatible servers."""

import json

import pytest

from chat.upstreams import classify, errors
from chat.upstreams.options import naming_the_option
from chat.upstreams.request import Options

ALL = Options(system="Be brief.", temperature=0.3, max_tokens=99, reasoning_effort="high")


def refused(message: str, options: Options = ALL, status: int = 400) -> errors.UpstreamError:
    body = json.dumps({"error": {"message": message, "type": "invalid_request_error"}}).encode()
    return naming_the_option(classify.of_response(status, body, "X"), options)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Unsupported value: 'temperature' does not support 0.3 with this model.", "the temperature of this"),
        ("temperature: range: 0..1", "the temperature of this"),
        ("max_tokens is too large: 99. This model supports at most 50 completion tokens", "the length limit of this"),
        ("Unrecognized request argument supplied: reasoning_effort", "the reasoning effort of this"),
        ("thinking: Extra inputs are not permitted", "the reasoning effort of this"),
        ("Developer instruction is not enabled: no system instruction for this model", "the system prompt of this"),
        ("`temperature` and `max_tokens` are both odd", "the temperature of this"),
    ],
)
def test_the_error_says_which_option_to_change_and_keeps_the_upstreams_words(message: str, words: str) -> None:
    error = refused(message)
    assert isinstance(error, errors.OptionRefusedError)
    assert words in str(error)
    assert message in str(error)
    assert error.status == 400


def test_an_option_that_is_not_set_is_not_blamed() -> None:
    assert refused("temperature must be 1", Options(max_tokens=5)).code == "bad_request"


@pytest.mark.parametrize(("status", "code"), [(401, "key_refused"), (429, "rate_limited"), (500, "server_error")])
def test_other_errors_stay_what_they_are(status: int, code: str) -> None:
    assert refused("temperature too high", status=status).code == code
