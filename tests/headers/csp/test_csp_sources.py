"""Source expressions: what they are and what they cover."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.headers.syntax.csp_cover import Coverage
from revoctl.headers.syntax.csp_sources import (
    HASH,
    HOST,
    INVALID,
    KEYWORD,
    NONCE,
    SCHEME,
    TARGETED,
    read_source,
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("'self'", KEYWORD),
        ("'UNSAFE-Inline'", KEYWORD),
        ("'unsafe-inlin'", INVALID),
        ("'self", INVALID),
        ("'", INVALID),
        ("''", INVALID),
        ("'nonce-aB+/-_=='", NONCE),
        ("'NONCE-a'", NONCE),
        ("'nonce-'", INVALID),
        ("'nonce-a==='", INVALID),
        ("'nonce-{{x}}'", INVALID),
        ("'sha256-abc'", HASH),
        ("'SHA512-abc='", HASH),
        ("'sha1-abc'", INVALID),
        ("'url-sha256-abc'", TARGETED),
        ("'eval-sha384-abc'", TARGETED),
        ("https:", SCHEME),
        ("localhost:", SCHEME),
        (":", INVALID),
        ("1a:", INVALID),
        ("*", HOST),
        ("https://*", HOST),
        ("https://*:443", HOST),
        ("*.a.example", HOST),
        ("a_b.example", HOST),
        ("localhost:3000", HOST),
        ("a.example:*", HOST),
        ("a.example:99999", INVALID),
        ("a.example:x", INVALID),
        ("https://", INVALID),
        ("//a.example", INVALID),
        ("*.*", INVALID),
        ("a.*.example", INVALID),
        ("[::1]", INVALID),
        ("/path", INVALID),
        ("self", HOST),
    ],
)
def test_what_a_source_is(text: str, kind: int) -> None:
    """Sources are told apart as by the grammar, and as laxly as browsers do."""
    assert read_source(text).kind == kind


def test_the_parts_of_a_host() -> None:
    """Host and scheme are lowered, the path is not, a query is not looked at."""
    found = read_source("HTTPS://CDN.Example:8443/Lib/?q=1")
    assert (found.scheme, found.host, found.port, found.path) == (
        "https",
        "cdn.example",
        "8443",
        "/Lib/",
    )


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ("*", "https://a.example", True),
        ("*", "https:", True),
        ("*", "data:", False),
        ("https:", "https://a.example:8443/x", True),
        ("https:", "a.example", True),
        ("https:", "http://a.example", False),
        ("http:", "https:", True),
        ("https:", "http:", False),
        ("*.a.example", "b.a.example", True),
        ("*.a.example", "c.b.a.example", True),
        ("*.a.example", "*.b.a.example", True),
        ("*.a.example", "a.example", False),
        ("a.example", "*.a.example", False),
        ("*.a.example", "ba.example", False),
        ("a.example", "https://a.example", True),
        ("https://a.example", "a.example", True),
        ("http://a.example", "https://a.example", True),
        ("https://a.example", "http://a.example", False),
        ("a.example", "a.example:8443", False),
        ("a.example:*", "a.example:8443", True),
        ("https://a.example", "https://a.example:443", True),
        ("a.example/x/", "a.example/x/y.js", True),
        ("a.example/x", "a.example/x/y.js", False),
        ("a.example", "a.example/x", True),
        ("a.example/x", "a.example", False),
        ("'self'", "https://www.own.example", True),
        ("https://www.own.example", "'self'", True),
        ("https:", "'self'", True),
        ("a.example", "'self'", False),
        ("'self'", "https://other.example", False),
        ("'unsafe-eval'", "'wasm-unsafe-eval'", True),
        ("'self'", "'unsafe-inline'", False),
        ("'self'", "'report-sample'", True),
        ("wss:", "wss://a.example", True),
        ("https://*", "https://a.example:8443", False),
    ],
)
def test_which_source_covers_which(wide: str, narrow: str, covered: bool) -> None:
    """Coverage follows scheme, host, port and path matching of CSP Level 3."""
    coverage = Coverage([read_source(wide)], "www.own.example")
    assert coverage.covers(read_source(narrow)) is covered


@given(st.text(), st.lists(st.text(alphabet="'*:/.a-=?#[]0 ", max_size=12)))
def test_any_text_is_a_source_of_some_kind(text: str, others: list[str]) -> None:
    """Nothing raises, and a list covers each of its own sources."""
    sources = [read_source(t) for t in (text, *others)]
    coverage = Coverage(sources)
    assert all(coverage.covers(s) for s in sources)


def test_coverage_takes_linear_time() -> None:
    """Many paths of one host, which a hostile policy may hold, are not compared pairwise."""

    def seconds(count: int) -> float:
        sources = [read_source(f"a.example/{i}") for i in range(count)]
        start = time.process_time()
        coverage = Coverage(sources)
        for source in sources:
            coverage.covers(source)
        return time.process_time() - start

    assert seconds(10_000) < 30 * max(min(seconds(1_000) for _ in range(3)), 0.001)
