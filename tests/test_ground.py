"""Small things of the ground floor: secrets, redaction, quantities, errors."""

import copy
import json
import logging
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl import quantities
from revoctl.errors import RevoctlError
from revoctl.redact import Redactor
from revoctl.redact_logs import RedactingFilter
from revoctl.secret import Secret

VALUE = "s3cr3t-c4n4ry"


def test_a_secret_shows_itself_nowhere() -> None:
    """Neither repr, str, format nor an f-string give the value away."""
    secret = Secret(VALUE)
    texts = (repr(secret), str(secret), f"{secret:>20}", f"{secret!r}", repr([secret]))
    assert not any(VALUE in t for t in texts)
    assert secret.reveal() == VALUE


@pytest.mark.parametrize("leak", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, hash])
def test_a_secret_cannot_be_carried_off(leak) -> None:
    """Pickling, copying, JSON and hashing are refused."""
    with pytest.raises(TypeError):
        leak(Secret(VALUE))


def test_secrets_compare_by_value() -> None:
    """Equality holds between secrets only."""
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert not Secret("")


@given(st.text(min_size=4), st.text(), st.text())
def test_a_known_value_never_passes(value: str, before: str, after: str) -> None:
    """Whatever surrounds it, a learnt value does not come out."""
    text = Redactor([value])(before + value + after)
    assert value not in text.replace("<redacted>", "")


def test_percent_encoded_values_are_redacted_too() -> None:
    """A value that a server echoes in a URL is the same value."""
    redact = Redactor(["p@ss word/1"])
    assert redact("x?y=p%40ss%20word%2F1&z=p%40ss+word%2F1") == "x?y=<redacted>&z=<redacted>"


def test_the_longest_value_is_replaced_first() -> None:
    """One value that begins another leaves no tail behind."""
    assert Redactor(["token", "token-and-more"])("token-and-more") == "<redacted>"


def test_logs_are_redacted_with_their_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    """Arguments and exception texts pass the filter like the message."""
    logger = logging.getLogger("test.redact")
    logger.addFilter(RedactingFilter(Redactor([VALUE])))
    with caplog.at_level("ERROR", "test.redact"):
        try:
            raise ValueError(VALUE)
        except ValueError:
            logger.exception("failed for %s", VALUE)
    assert VALUE not in caplog.text.replace(caplog.records[0].exc_text or "", "")
    assert VALUE not in str(caplog.records[0].exc_text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10", 10), ("10s", 10), ("1h30m", 5400), ("500ms", 0.5), ("1.5m", 90), ("2d", 172800)],
)
def test_durations(text: str, seconds: float) -> None:
    """Numbers with units add up."""
    assert quantities.duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", " ", "soon", "-1", "-5s", "1x", "1h-3m", "nan", "inf", "1e99"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Negative, endless and unreadable durations are usage errors."""
    with pytest.raises(RevoctlError, match="is not a duration"):
        quantities.duration(text)


@given(st.text(max_size=20))
def test_any_text_is_a_duration_or_an_error(text: str) -> None:
    """Nothing but the documented error comes out."""
    try:
        assert 0 <= quantities.duration(text) < 1e16
    except RevoctlError as error:
        assert error.code == "usage.duration"
