"""Cookie values and credentials leave the text, names and attributes stay."""

import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.headers.fetch.redaction import Redactor, redact_cookie

PRINTABLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=4, max_size=20)


@pytest.mark.parametrize(
    ("value", "redacted"),
    [
        ("sid=abc; Secure; HttpOnly", "sid=<redacted>; Secure; HttpOnly"),
        ("sid=; Max-Age=0", "sid=; Max-Age=0"),
        ("__Host-a = b c ;Path=/", "__Host-a = <redacted> ;Path=/"),
        ("abc; SameSite=None", "<redacted>; SameSite=None"),
        ("=abc", "=<redacted>"),
        ("a=b=c; Expires=Wed, 21 Oct 2030", "a=<redacted>; Expires=Wed, 21 Oct 2030"),
        ('a="x;y=secret;zz9"; secure', "a=<redacted>;y=<redacted>;<redacted>; secure"),
        ("a=b; Secured; samesite=lax", "a=<redacted>; Secured; samesite=lax"),
        ("", ""),
        ("a=1, b=2; Secure", "a=<redacted>; Secure"),
    ],
)
def test_cookies_keep_their_names_and_attributes(value, redacted):
    """And nothing of their values, wherever a semicolon put it."""
    assert redact_cookie(value) == redacted
    assert redact_cookie(redacted) == redacted


@given(st.text(st.characters(max_codepoint=255)))
def test_redaction_of_cookies_is_stable(value):
    """Redacting twice changes nothing more, whatever the text."""
    once = redact_cookie(value)
    assert redact_cookie(once) == once


@given(PRINTABLE, st.text(max_size=10), st.sampled_from([str, quote, quote_plus, html.escape]))
def test_no_spelling_of_a_secret_survives(secret, around, spelling):
    """As it is, percent-encoded in whole, lower case or in part, escaped for HTML or JSON."""
    redact = Redactor([("X-Token", secret)])
    spelled = spelling(secret) if spelling is not quote else quote(secret, safe="")
    lowered = "".join(f"%{ord(c):02x}" for c in secret)
    for echo in (spelled, lowered, json.dumps(secret)[1:-1]):
        assert redact.text(f"\n{echo}\n{around}").startswith("\n<redacted>\n")


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("Authorization", "Bearer tokentoken", ["tokentoken", "Bearer tokentoken"]),
        ("Authorization", "Basic dXNlcjpwYXNzd29yZA==", ["dXNlcjpwYXNzd29yZA==", "password"]),
        ("Cookie", "a=alpha; b=beta1", ["alpha", "beta1"]),
        ("X-Anything", "value", ["value"]),
        ("X-Token", "geheimniß", ["geheimni%C3%9F", "geheimni\xc3\x9f"]),
    ],
)
def test_the_secret_parts_of_headers(name, value, hidden):
    """The token behind a scheme, both halves of Basic, each cookie, UTF-8 as bytes."""
    redact = Redactor([(name, value)])
    for text in hidden:
        assert redact.text(f"<{text}>") == "<<redacted>>"


def test_harmless_headers_are_no_secrets():
    """A language is not taken out of a page."""
    redact = Redactor([("Accept-Language", "english"), ("User-Agent", "Mozilla"), ("X", "abc")])
    assert redact.text("english Mozilla abc") == "english Mozilla abc"


def test_redaction_is_linear():
    """Ten times the text takes less than thirty times the time."""
    redact = Redactor([("Authorization", "Bearer " + "ab%2f&" * 20)])

    def seconds(size: int) -> float:
        started = time.process_time()
        redact.text("ab%2f&" * size)
        return time.process_time() - started

    seconds(10)
    assert seconds(20000) < 30 * max(seconds(2000), 0.001)
